// `mo-postback serve-media`: the provider's content host.

import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { createServer, STATUS_CODES } from 'node:http';
import type { OutgoingHttpHeaders } from 'node:http';
import { relative, resolve, sep } from 'node:path';
import sendFile from 'send';
import { contentTypeOf } from './content-types.ts';
import { aborted, listening, originOf } from './listen.ts';
import { colorsOf, Failure, harmless, reasonOf } from './terminal.ts';
import type { Terminal } from './terminal.ts';

export interface ServeMediaOptions {
  readonly port: number;
  readonly host: string;
  readonly json?: boolean | undefined;
}

const MOST_SHOWN = 20;

/** What "send" says of what it does not answer. */
interface HttpError {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
}

/** Serves a folder's files until the signal aborts. */
export async function serveMedia(
  folder: string,
  { port, host, json }: ServeMediaOptions,
  { stdout, signal }: Terminal,
): Promise<void> {
  const root = resolve(folder);
  const files = await filesIn(root, folder);
  const { bold, dim, green, red } = colorsOf(stdout);
  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    response.once('finish', () => {
      const { statusCode: status } = response;
      const shown = (status < 400 ? green : red)(String(status));
      stdout.write(
        json
          ? `${JSON.stringify({ event: 'request', method, url, status })}\n`
          : `${dim(new Date().toTimeString().slice(0, 8))} ${shown} ${method} ${harmless(url)}\n`,
      );
    });
    const refuse = (status: number, headers: OutgoingHttpHeaders = {}): void => {
      if (!response.headersSent)
        response
          .writeHead(status, { 'content-type': 'text/plain', ...headers })
          .end(`${String(STATUS_CODES[status])}\n`);
      // A file that could not be read to its end.
      else if (!response.writableEnded) response.destroy();
    };
    if (method !== 'GET' && method !== 'HEAD') {
      refuse(405, { allow: 'GET, HEAD' });
      return;
    }
    sendFile(request, url.replace(/\?.*/s, ''), { root, index: false, dotfiles: 'ignore' })
      .on('error', ({ status, headers }: HttpError) => {
        refuse(status, headers);
      })
      .on('directory', () => {
        refuse(404);
      })
      // A pipe or a device might never end. What is answered already is left alone.
      .on('file', (_, stats: Stats) => {
        if (!stats.isFile()) refuse(404);
      })
      .on('headers', (_, path: string) => response.setHeader('content-type', contentTypeOf(path)))
      .pipe(response);
  });
  const bound = await listening(server, port, host);
  const base = `${originOf(host, bound)}/`;
  const urls = files.map((file) => base + file.split(sep).map(encoded).join('/'));
  if (json) {
    stdout.write(`${JSON.stringify({ event: 'listening', url: base, files: urls })}\n`);
  } else {
    stdout.write(`${bold(`Serving ${folder} on ${base}`)}\n`);
    for (const url of urls.slice(0, MOST_SHOWN)) stdout.write(`  ${url}\n`);
    if (urls.length > MOST_SHOWN) stdout.write(`  and ${String(urls.length - MOST_SHOWN)} more\n`);
    if (urls[0] !== undefined)
      stdout.write(`Send one to your server:\n  npx mo-postback send http://localhost:8080/ --mms ${urls[0]}\n`);
  }
  await aborted(signal);
  server.close();
  server.closeAllConnections();
}

/** A segment of a path, without what a shell might take for its own. */
function encoded(name: string): string {
  return encodeURIComponent(name).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

async function filesIn(root: string, folder: string): Promise<string[]> {
  try {
    if (!(await stat(root)).isDirectory())
      throw new Failure(`Cannot serve ${folder}: it is no folder. Name the folder that it is in.`);
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, resolve(entry.parentPath, entry.name)))
      .filter((file) => !file.split(sep).some((name) => name.startsWith('.')))
      .sort();
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`Cannot serve ${folder}: ${reasonOf(error)}. Name a folder that can be read.`);
  }
}
