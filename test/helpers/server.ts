// Servers on 127.0.0.1 that are closed after each test.

import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import { sleep } from './sleep.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Runs a function after the current test. */
export function afterTest(close: () => unknown): void {
  closers.push(close);
}

/** Starts a server and resolves to its port. */
export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterTest(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  );
  return (server.address() as AddressInfo).port;
}

/** Serves a listener and posts to it. Resolves to the status and the body of the answer. */
export async function postTo(
  listener: RequestListener,
  body: BodyInit,
  headers: Record<string, string>,
  path = '/',
): Promise<[status: number, text: string]> {
  const port = await listening(createServer(listener));
  const init = { method: 'POST', headers, body, duplex: 'half' };
  const response = await fetch(`http://127.0.0.1:${String(port)}${path}`, init);
  return [response.status, await response.text()];
}

/** Sends the head and a part of the body of a request, and disconnects after a while. */
export async function sendPartTo(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined).write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n<POSTBACK>');
  await sleep(30);
  socket.destroy();
}

/** A request that a server has received. */
export interface Received {
  readonly head: IncomingMessage;
  readonly body: Buffer;
}

/** A server, and the requests that it has received. `statusOf` chooses the status; 0 means no answer. */
export async function servingPostbacks(
  statusOf: (n: number) => number = () => 200,
  answer: string | Uint8Array = '',
): Promise<{ url: string; received: Received[]; server: Server }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
    });
    request.once('end', () => {
      received.push({ head: request, body: Buffer.concat(chunks) });
      const status = statusOf(received.length);
      if (status !== 0) response.writeHead(status).end(answer);
    });
  });
  return { url: `http://127.0.0.1:${String(await listening(server))}/`, received, server };
}
