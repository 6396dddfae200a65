// Servers on 127.0.0.1 that are closed after each test.

import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

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
