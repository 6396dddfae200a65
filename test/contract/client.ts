// A client of the application: posts like a provider, and reads the journal.

import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { sleep } from '../helpers/sleep.ts';
import type { Entry } from './app.ts';

/** An answer. */
interface Answered {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** A client of one instance of a situation. */
export interface Client {
  readonly path: string;
  readonly post: (
    body: BodyInit | null,
    headers?: Record<string, string>,
    method?: string,
    query?: string,
  ) => Promise<Answered>;
  /**
   * Sends text as it is. Resolves to everything received until the connection is closed, or until `isWhole` returns
   * true.
   */
  readonly raw: (
    text: string,
    isWhole?: (answer: string) => boolean,
    meanwhile?: (socket: Socket) => void,
  ) => Promise<string>;
  readonly journal: () => Promise<Entry[]>;
  /** Waits until `isWanted` returns true for the journal. */
  readonly until: (isWanted: (journal: Entry[]) => boolean) => Promise<Entry[]>;
}

const XML = { 'content-type': 'text/xml' };
let instances = 0;

/** Creates a client of a new instance. */
export function client(port: number, situation: string): Client {
  const path = `/${situation}/${String(++instances)}`;
  const url = `http://127.0.0.1:${String(port)}${path}`;
  const journal = async (): Promise<Entry[]> => (await (await fetch(`${url}/journal`)).json()) as Entry[];
  return {
    path,
    async post(body, headers = XML, method = 'POST', query = '') {
      const response = await fetch(url + query, {
        method,
        headers,
        body,
        ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
      });
      return { status: response.status, text: await response.text(), headers: response.headers };
    },
    raw: (text, isWhole, meanwhile) =>
      new Promise((resolve) => {
        let answer = '';
        const socket = connect(port, '127.0.0.1', () => {
          socket.write(text, 'latin1');
          meanwhile?.(socket);
        });
        socket.setEncoding('latin1').on('data', (chunk) => {
          answer += String(chunk);
          if (isWhole?.(answer) === true) socket.destroy();
        });
        socket
          .on('error', () => undefined)
          .on('close', () => {
            resolve(answer);
          });
      }),
    journal,
    async until(isWanted) {
      for (;;) {
        const entries = await journal();
        if (isWanted(entries)) return entries;
        await sleep(10);
      }
    },
  };
}
