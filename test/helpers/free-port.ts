import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** Resolves to a port of 127.0.0.1 that nobody uses. For processes that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
