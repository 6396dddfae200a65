// A client that reads an answer only when it is told to.

import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterTest } from './server.ts';

/** The length of an answer of which the buffers of a connection can hold only a part. */
export const LARGE: number = 32 * 1024 * 1024;

/** Requests a URL, and waits until the answer has started. */
export async function startReading(url: string): Promise<Socket> {
  const { hostname, port, pathname, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  afterTest(() => socket.destroy());
  socket.on('error', () => undefined).write(`GET ${pathname} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  await once(socket, 'readable');
  return socket;
}

/** Reads the body of an answer until the connection is closed. */
export async function bodyOf(socket: Socket): Promise<Buffer> {
  const answer = await buffer(socket);
  return answer.subarray(answer.indexOf('\r\n\r\n') + 4);
}
