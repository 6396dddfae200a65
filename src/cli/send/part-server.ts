// The server of the parts of a picture message that are not served elsewhere.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Failure, reasonOf } from '../failure.ts';
import { answerError, answerFile, createFileServer, pathOf } from '../file-server.ts';
import { bindServer, originOf, stopServer } from '../server.ts';
import type { LocalPart } from './parts.ts';

/** A part that is served. */
export interface ServedPart {
  /** Its path as it was given, or its name. */
  readonly file: string;
  readonly url: string;
}

export interface PartServer {
  /** Its URL without a path. */
  readonly origin: string;
  /** The parts in the given order. */
  readonly parts: readonly ServedPart[];
  /** The parts that were not sent completely yet. */
  readonly unfetched: ReadonlySet<ServedPart>;
  /** Resolves when each part was sent completely once, and no answer is being sent. */
  readonly fetched: Promise<void>;
  readonly close: () => void;
}

/**
 * Serves the parts on a free port. `onFetched` is called when a part was sent completely for the first time.
 * @throws Failure
 */
export async function startPartServer(
  parts: readonly LocalPart[],
  host: string,
  onFetched: (part: ServedPart) => void,
): Promise<PartServer> {
  const byPath = new Map(parts.map((part) => [part.urlPath, part]));
  const server = createFileServer((request, response) => {
    answerPart(byPath.get(pathOf(request)), request, response);
  });
  const origin = originOf(host, await bind(server, host));
  const served = new Map(parts.map(({ file, urlPath }) => [urlPath, { file, url: origin + urlPath }]));
  return {
    origin,
    parts: [...served.values()],
    ...watchTransfers(server, served, onFetched),
    close() {
      stopServer(server);
    },
  };
}

async function bind(server: Server, host: string): Promise<number> {
  try {
    return await bindServer(server, 0, host);
  } catch (error) {
    throw new Failure(`Cannot listen on ${host}: ${reasonOf(error)}. Choose another host with --serve-host.`);
  }
}

function answerPart(part: LocalPart | undefined, request: IncomingMessage, response: ServerResponse): void {
  if (part === undefined) {
    answerError(response, 404);
    return;
  }
  const { content, contentType } = part;
  if ('bytes' in content) {
    const { bytes } = content;
    response.writeHead(200, { 'content-type': contentType, 'content-length': bytes.length }).end(bytes);
    return;
  }
  const path = encodeURIComponent(content.path.toWellFormed());
  // With a range, a client would fetch only a part of the file.
  answerFile(request, response, { path, dotfiles: 'allow', acceptRanges: false, isServed: () => true });
}

function watchTransfers(
  server: Server,
  served: ReadonlyMap<string, ServedPart>,
  onFetched: (part: ServedPart) => void,
): Pick<PartServer, 'unfetched' | 'fetched'> {
  const unfetched = new Set(served.values());
  let transfers = 0;
  const fetched = new Promise<void>((resolve) => {
    server.on('request', (request, response) => {
      transfers++;
      response.once('close', () => {
        transfers--;
        const part = served.get(pathOf(request));
        if (part !== undefined && isComplete(request, response) && unfetched.delete(part)) onFetched(part);
        if (unfetched.size === 0 && transfers === 0) resolve();
      });
    });
  });
  return { unfetched, fetched };
}

/** Whether the whole file was sent. */
function isComplete({ method, socket }: IncomingMessage, { statusCode, writableFinished }: ServerResponse): boolean {
  // If the client closes the connection, an answer whose end was written before is "finished", too.
  return method === 'GET' && statusCode === 200 && writableFinished && !socket.destroyed;
}
