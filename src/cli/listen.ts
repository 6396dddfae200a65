// A server that prints each message that is posted to it: to see what arrives, with nothing to set up.

import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHandler } from '../use/http.ts';
import type { NotificationContext } from '../use/http.ts';

/** Where {@link listen} writes, a line at a time. */
export interface Output {
  /** Messages, as JSON. */
  readonly message: (line: string) => void;
  /** All else: how to use it, and what could not be read. */
  readonly note: (line: string) => void;
}

/** Serves on a port of this machine (0: any that is free) until the server is closed. */
export function listen(port: number, { message, note }: Output): Promise<Server> {
  const print = (notification: object, { warnings }: NotificationContext): void => {
    message(JSON.stringify(notification));
    for (const { code, line, column, path } of warnings) note(`mended: ${code} at line ${String(line)}, column ${String(column)} (${path})`);
  };
  const server = createServer(
    createHandler({
      // What is posted twice to try it is to be seen twice.
      dedupe: false,
      onSms: print,
      onMms: print,
      onOther: print,
      onReject: ({ errors }) => {
        for (const error of errors) note(`rejected: ${error.code}: ${error.message}`);
      },
    }),
  );
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, 'localhost', () => {
      // A server on a port has such an address; others are of pipes.
      const { port: bound } = server.address() as AddressInfo;
      const url = `http://localhost:${String(bound)}/`;
      note(`Listening on ${url}. Post the sample messages to it with`);
      for (const sample of ['protocol-sms', 'provider-page-2']) {
        note(`  curl -H 'Content-Type: text/xml' --data-binary @fixtures/${sample}.xml ${url}`);
      }
      resolve(server);
    });
  });
}
