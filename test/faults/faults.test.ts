// Faults of the network and signals to the process.

import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { basicAuth } from '../../src/authorize.ts';
import { createReceiver } from '../../src/receive/receive.ts';
import type { BodySource } from '../../src/receive/request.ts';
import { createHandler } from '../../src/use/http.ts';
import type { ReceiverOptions } from '../../src/use/http.ts';
import { bundle, single, smsFields } from '../helpers/documents.ts';
import { callbacks, postbackRequest } from '../helpers/postback-request.ts';
import { afterTest, listening } from '../helpers/server.ts';
import { sleep } from '../helpers/sleep.ts';

async function serve(
  options: Partial<ReceiverOptions> = {},
): Promise<{ port: number; texts: string[]; server: Server }> {
  const texts: string[] = [];
  const server = createServer(
    createHandler({
      onSms: ({ text }) => {
        texts.push(text);
      },
      onMms: () => undefined,
      ...(options as object),
    }),
  );
  return { port: await listening(server), texts, server };
}

const post = async (port: number, body: string): Promise<number> =>
  (await fetch(`http://127.0.0.1:${String(port)}/`, { method: 'POST', body })).status;
const requestOf = (body: string, length = body.length): string =>
  `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nContent-Length: ${String(length)}\r\n\r\n${body}`;
const open = (port: number): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      resolve(socket);
    });
    socket.on('error', () => undefined);
  });

/** Resolves to everything that is received until the connection is closed, or until `isEnough` returns true. */
function answerOn(socket: Socket, isEnough: (text: string) => boolean = () => false): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += String(chunk);
      if (isEnough(text)) resolve(text);
    });
    socket.on('close', () => {
      resolve(text);
    });
  });
}

describe('a server', () => {
  const request = requestOf(single(smsFields('hi', 'T1')));

  it('calls no callback and keeps no connection if the client disconnects, at every tenth byte', async () => {
    const { port, texts, server } = await serve();
    for (let length = 0; length < request.length; length += 10) {
      const socket = await open(port);
      await new Promise<void>((resolve) =>
        socket.write(request.slice(0, length) || '\r\n', () => {
          resolve();
        }),
      );
      socket.destroy();
    }
    await vi.waitUntil(
      () =>
        new Promise((resolve) => {
          server.getConnections((_, count) => {
            resolve(count === 0);
          });
        }),
      { timeout: 20_000 },
    );
    expect(texts).toEqual([]);
    expect(await post(port, single(smsFields('hi', 'T1')))).toBe(200);
    expect(texts).toEqual(['hi']);
  });

  it('answers 408 to a client that sends a byte now and then', async () => {
    const { port, texts } = await serve({ bodyTimeoutMs: 300 });
    const socket = await open(port);
    const answering = answerOn(socket);
    socket.write(request.slice(0, -50));
    const dripping = setInterval(() => socket.write(' '), 20);
    expect(await answering).toMatch(/^HTTP\/1\.1 408 .*BODY_TIMEOUT/s);
    clearInterval(dripping);
    expect(texts).toEqual([]);
  });

  it('answers 408 to a Content-Length that is too large, and 400 to one that is too small', async () => {
    const xml = single(smsFields('hi', 'T1'));
    const { port, texts } = await serve({ bodyTimeoutMs: 200 });
    const long = await open(port);
    const answering = answerOn(long);
    long.write(requestOf(xml, xml.length + 10));
    expect(await answering).toMatch(/^HTTP\/1\.1 408 /);
    const short = await open(port);
    const answered = answerOn(short);
    short.write(requestOf(xml, xml.length - 10));
    // Node.js answers 400 to the rest, because it is not a request.
    expect(await answered).toMatch(/^HTTP\/1\.1 400 .*MALFORMED.*HTTP\/1\.1 400 |^HTTP\/1\.1 400 /s);
    expect(texts).toEqual([]);
  });

  it('answers pipelined requests in their order', async () => {
    const { port, texts } = await serve({
      onSms: async ({ text }) => {
        await sleep(text === 'one' ? 50 : 0);
        texts.push(text);
      },
    });
    const socket = await open(port);
    const answering = answerOn(socket, (text) => text.split('HTTP/1.1 ').length === 4);
    socket.write([single(smsFields('one')), single(smsFields('two')), '<'].map((body) => requestOf(body)).join(''));
    expect((await answering).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400']);
    socket.destroy();
    expect(texts).toEqual(['two', 'one']);
  });

  it('answers a client while 1 000 others send nothing or half a request', async () => {
    const { port, texts } = await serve({ maxInFlight: 1000 });
    const idle = await Promise.all(Array.from({ length: 1000 }, () => open(port)));
    afterTest(() => {
      for (const socket of idle) socket.destroy();
    });
    for (const socket of idle.slice(0, 900)) socket.write(request.slice(0, -1));
    for (let n = 0; n < 50; n++) expect(await post(port, single(smsFields(String(n))))).toBe(200);
    expect(texts).toHaveLength(50);
  });
});

it('reads the body only if authorize admits the request', async () => {
  let reads = 0;
  const body =
    (): BodySource =>
    ({ onEnd }) => {
      reads++;
      queueMicrotask(onEnd);
      return () => undefined;
    };
  const receiver = createReceiver({ ...callbacks, authorize: basicAuth('sky', 'secret') });
  expect(await receiver.answer(postbackRequest(body))).toMatchObject({ status: 401 });
  expect(reads).toBe(0);
  const headers = { authorization: `Basic ${Buffer.from('sky:secret').toString('base64')}` };
  expect(await receiver.answer(postbackRequest(body, headers))).toMatchObject({ status: 400, body: 'EMPTY' });
  expect(reads).toBe(1);
});

it('keeps no timer that would keep the process running after an answer', async () => {
  const { status } = await new Promise<{ status: number | null }>((resolve) => {
    const child = fork(join(import.meta.dirname, 'once.js'));
    child.once('exit', (code) => {
      resolve({ status: code });
    });
  });
  expect(status).toBe(0);
});

describe('SIGTERM', () => {
  it.each([
    [
      'while a callback runs',
      single(smsFields('0', 'T0')),
      { ackTimeoutMs: 9000, isAnsweredBefore: false, status: 200 },
    ],
    ['during a late callback', single(smsFields('0', 'T0')), { ackTimeoutMs: 20, isAnsweredBefore: true, status: 503 }],
    [
      'in the middle of a bundle',
      bundle(...Array.from({ length: 10 }, (_, n) => smsFields(String(n)))),
      { ackTimeoutMs: 9000, isAnsweredBefore: false, status: 503 },
    ],
  ])(
    'waits for the running callback and starts no further one: %s',
    async (_, xml, { ackTimeoutMs, isAnsweredBefore, status }) => {
      const folder = mkdtempSync(join(tmpdir(), 'mo-postback-sigterm-'));
      const journal = join(folder, 'journal');
      const child = fork(join(import.meta.dirname, 'server.js'), [journal, String(ackTimeoutMs)]);
      const exited = new Promise((resolve) => child.once('exit', resolve));
      const port = await new Promise<number>((resolve) =>
        child.once('message', (message) => {
          resolve(message as number);
        }),
      );
      const answering = post(port, xml);
      const written = (): string => (existsSync(journal) ? readFileSync(journal, 'utf8') : '');
      await vi.waitUntil(() => written().includes('start 0'), { timeout: 20_000 });
      if (isAnsweredBefore) {
        await answering;
        expect(written()).toBe('start 0\n');
      }
      child.kill('SIGTERM');
      expect(await answering).toBe(status);
      expect(await exited).toBe(0);
      // The callback that had started has ended, and none has started after the signal.
      expect(written()).toBe('start 0\nend 0\n');
      rmSync(folder, { recursive: true });
    },
  );
});
