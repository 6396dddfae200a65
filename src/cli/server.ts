// Starting and stopping the servers of `listen`, `serve-media` and `send`.

import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { codeOf, Failure, reasonOf } from './failure.ts';

/** Error codes that are about the host and not about the port. */
const HOST_ERRORS = ['ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL', 'EINVAL'];

/** A server whose requests wait until there is a listener for them. */
interface WaitingServer {
  readonly server: Server;
  readonly passTo: (listener: RequestListener) => void;
}

export function createWaitingServer(): WaitingServer {
  const waiting: Parameters<RequestListener>[] = [];
  const wait: RequestListener = (...exchange) => void waiting.push(exchange);
  const server = createServer(wait);
  const passTo = (listener: RequestListener): void => {
    server.off('request', wait).on('request', listener);
    for (const exchange of waiting) listener(...exchange);
  };
  return { server, passTo };
}

/** Starts a server on the port and host of --port and --host. Resolves to its port. */
export async function startServer(server: Server, port: number, host: string): Promise<number> {
  try {
    return await bindServer(server, port, host);
  } catch (error) {
    const advice = HOST_ERRORS.includes(String(codeOf(error)))
      ? 'Choose another host with --host; 0.0.0.0 means all addresses of this machine.'
      : 'Choose another port with --port; 0 means any free port.';
    throw new Failure(`Cannot listen on port ${port} of ${host}: ${reasonOf(error)}. ${advice}`);
  }
}

/** Starts a server. Resolves to its port, or rejects with the error of the system. */
export function bindServer(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, host, () => {
      // The address is a string only for servers on a pipe.
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Stops a server at once. Answers that have not been sent completely are aborted. */
export function stopServer(server: Server): void {
  server.close();
  server.closeAllConnections();
}

/** The URL of a server, without a path. */
export function originOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}
