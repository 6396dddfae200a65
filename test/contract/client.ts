// What a test sees of a server: what a provider sees, and the journal.

import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Entry } from './app.ts';

/** What was answered. */
interface Answered {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** An instance of a situation on a server. */
export interface Client {
  readonly path: string;
  readonly post: (
    body: BodyInit | null,
    headers?: Record<string, string>,
    method?: string,
    query?: string,
  ) => Promise<Answered>;
  /** Sends text as it is, and resolves to all that came back when the connection was closed, or `isWhole` is true of it. */
  readonly raw: (
    text: string,
    isWhole?: (answer: string) => boolean,
    meanwhile?: (socket: Socket) => void,
  ) => Promise<string>;
  readonly journal: () => Promise<Entry[]>;
  /** Waits until the journal is as wanted. */
  readonly until: (isWanted: (journal: Entry[]) => boolean) => Promise<Entry[]>;
}

const XML = { 'content-type': 'text/xml' };
let instances = 0;

/** A fresh instance. */
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
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}
