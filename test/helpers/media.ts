// Content hosts for tests of mo-postback/media.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MediaOptions } from '../../src/media/node.ts';
import { afterTest, listening } from './server.ts';

/** Options that allow the hosts of tests, and do not wait long. */
export const LOCAL: MediaOptions = { allowAddresses: ['127.0.0.0/8'], retryDelayMs: 1 };

/** Starts a content host. Resolves to the URL of its root. */
export async function hosting(listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${String(await listening(createServer(listener)))}/`;
}

/** The same with TLS, and a certificate that nobody trusts. */
export async function hostingHttps(listener: RequestListener): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'mo-postback-tls-'));
  afterTest(() => {
    rmSync(folder, { recursive: true });
  });
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  const command = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout ${key} -out ${cert}`;
  execFileSync('openssl', command.split(' '), { stdio: 'ignore' });
  const server = createHttpsServer({ key: readFileSync(key), cert: readFileSync(cert) }, listener);
  return `https://127.0.0.1:${String(await listening(server))}/`;
}

/** Starts a content host that does not speak valid HTTP. `onRequest` gets the connection after its first bytes. */
export async function hostingRaw(onRequest: (socket: Socket, n: number) => void): Promise<string> {
  const sockets = new Set<Socket>();
  let requests = 0;
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      onRequest(socket, ++requests);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterTest(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
}

type Answer = string | Uint8Array | ((response: ServerResponse, request: IncomingMessage) => unknown);

/** Starts a content host with these files, by path. The content type is that of the second item. */
export async function hostingFiles(
  files: Readonly<Record<string, Answer | readonly [content: string | Uint8Array, contentType: string]>>,
): Promise<string> {
  return hosting((request, response) => {
    const answer = files[String(request.url).slice(1).replace(/\?.*/s, '')];
    if (answer === undefined) response.writeHead(404).end();
    else if (typeof answer === 'function') answer(response, request);
    else if (typeof answer === 'string' || answer instanceof Uint8Array) response.end(answer);
    else response.setHeader('content-type', answer[1]).end(answer[0]);
  });
}

/** A JPEG of 1x1 pixel, as far as its type is concerned. */
export const JPEG: Uint8Array = Buffer.concat([
  Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'),
  Buffer.alloc(100, 7),
  Buffer.from('ffd9', 'hex'),
]);

/** A content host whose answers take 20 ms. `most`: how many it has answered at the same time. */
export async function hostingSlowly(): Promise<{ readonly base: string; readonly most: () => number }> {
  let open = 0;
  let most = 0;
  const base = await hosting((_, response) => {
    most = Math.max(most, ++open);
    setTimeout(() => {
      open--;
      response.end('a');
    }, 20);
  });
  return { base, most: () => most };
}
