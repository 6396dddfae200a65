// The receiver behind node:http and node:http2, over real sockets.

import { once } from 'node:events';
import { createServer, request as httpRequest, ServerResponse } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect, createServer as createHttp2Server } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { PostbackError } from '../../src/index.ts';
import { createHandler, ReceiveError, readPostback } from '../../src/use/http.ts';
import type { RequestHead } from '../../src/authorize.ts';
import type { ReadOptions, ReceiverOptions, Rejection, NodeRequest } from '../../src/use/http.ts';
import { bundle, single, smsFields } from '../helpers/documents.ts';
import { afterTest, listening, sendPartTo } from '../helpers/server.ts';
import { sleep } from '../helpers/sleep.ts';

const xml = single(smsFields('hi'));

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Serves a handler that records its calls. */
async function serve(options: Partial<ReceiverOptions<IncomingMessage>> = {}) {
  const calls: string[] = [];
  const rejections: Rejection[] = [];
  const note = ({ kind }: { kind: string }): void => {
    calls.push(kind);
  };
  const handler = createHandler({
    onSms: note,
    onMms: note,
    onReject: (rejection) => {
      rejections.push(rejection);
    },
    ...options,
  });
  const port = await listening(createServer(handler));
  const post = async (
    body: BodyInit | null,
    headers: Record<string, string> = { 'content-type': 'text/xml' },
    method = 'POST',
  ) => {
    const response = await fetch(`http://127.0.0.1:${String(port)}/`, {
      method,
      headers,
      body,
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
    });
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  return { calls, rejections, port, post };
}

/** Sends text as it is. Resolves to everything that was received, when the server closes the connection. */
function raw(port: number, text: string, meanwhile: (socket: Socket) => void = () => undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connectSocket(port, '127.0.0.1', () => {
      socket.write(text);
      meanwhile(socket);
    });
    socket.setEncoding('latin1').on('data', (chunk) => {
      answer += String(chunk);
    });
    socket
      .on('close', () => {
        resolve(answer);
      })
      .on('error', reject);
  });
}

describe('node:http', () => {
  it('answers 500 if other code has read the body or called setEncoding', async () => {
    const handler = createHandler({ onSms: () => undefined, onMms: () => undefined });
    const port = await listening(
      createServer((request, response) => {
        if (request.url === '/encoding') {
          request.setEncoding('utf8');
          handler(request, response);
        } else {
          request.resume().on('end', () => {
            handler(request, response);
          });
        }
      }),
    );
    for (const path of ['/', '/encoding']) {
      const response = await fetch(`http://127.0.0.1:${String(port)}${path}`, {
        method: 'POST',
        body: xml,
      });
      expect([response.status, await response.text()]).toEqual([500, 'BODY_ALREADY_READ']);
    }
  });

  it('answers 500 if the getter of a parsed body throws, and 400 if the body was empty', async () => {
    const handler = createHandler({ onSms: () => undefined, onMms: () => undefined });
    const port = await listening(
      createServer((request, response) => {
        Object.defineProperty(request, 'body', {
          get: () => {
            throw new Error('Invalid JSON');
          },
        });
        request.resume().on('end', () => {
          setImmediate(() => {
            handler(request, response);
          });
        });
      }),
    );
    for (const [body, answer] of [
      [xml, [500, 'BODY_ALREADY_READ']],
      ['', [400, 'EMPTY']],
    ] as const) {
      const response = await fetch(`http://127.0.0.1:${String(port)}/`, { method: 'POST', body });
      expect([response.status, await response.text()]).toEqual(answer);
    }
  });

  it('rejects with ABORTED at once if the client disconnected before the body was read', async () => {
    const request = deferred<IncomingMessage>();
    const port = await listening(
      createServer((incoming) => {
        request.resolve(incoming);
      }),
    );
    const client = httpRequest({
      port,
      method: 'POST',
      headers: { 'content-type': 'text/xml', 'content-length': '100' },
    });
    client.on('error', () => undefined);
    client.flushHeaders();
    const incoming = await request.promise;
    const closed = new Promise((resolve) => incoming.on('close', resolve));
    client.destroy();
    await closed;
    await expect(readPostback(incoming)).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it.each<[string, (request: IncomingMessage) => void]>([
    [
      "listens to 'readable'",
      (request) => {
        request.on('readable', () => undefined);
      },
    ],
    [
      'pauses it later',
      (request) => {
        setImmediate(() => {
          request.pause();
        });
      },
    ],
  ])('reads a body if other code %s', async (_, meddle) => {
    const results = deferred<number>();
    const port = await listening(
      createServer((request, response) => {
        meddle(request);
        void readPostback(request).then(({ length }) => {
          results.resolve(length);
          response.end();
        });
      }),
    );
    const client = httpRequest({ port, method: 'POST', headers: { 'content-type': 'text/xml' } });
    client.write('<POSTBACK>');
    setTimeout(() => {
      client.end(`${smsFields('hi')}</POSTBACK>`);
    }, 50);
    expect(await results.promise).toBe(1);
  });

  it("rejects with ABORTED if the client disconnects, even if other code listens to 'readable'", async () => {
    const failure = deferred<unknown>();
    const port = await listening(
      createServer((request) => {
        request.on('readable', () => undefined);
        readPostback(request).catch((error: unknown) => {
          failure.resolve(error);
        });
        client.destroy();
      }),
    );
    const client = httpRequest({
      port,
      method: 'POST',
      headers: { 'content-type': 'text/xml', 'content-length': '100' },
    });
    client.on('error', () => undefined);
    client.write('<POSTBACK>');
    expect(await failure.promise).toMatchObject({ code: 'ABORTED' });
  });

  it("answers 413 without reading on, even if other code listens to 'readable'", async () => {
    const handler = createHandler({ onSms: () => undefined, onMms: () => undefined, maxBytes: 10 });
    const received = deferred<IncomingMessage>();
    const port = await listening(
      createServer((request, response) => {
        request.on('readable', () => undefined);
        received.resolve(request);
        handler(request, response);
      }),
    );
    const client = httpRequest({ port, method: 'POST', headers: { 'content-type': 'text/xml' } });
    client.on('error', () => undefined);
    client.write(xml);
    const request = await received.promise;
    const more = setInterval(() => client.write(xml), 10);
    const [response] = (await once(client, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(413);
    await sleep(50);
    expect([request.destroyed, request.listenerCount('readable')]).toEqual([false, 1]);
    clearInterval(more);
    client.destroy();
  });

  it('leaves no timer behind when a connection is closed', async () => {
    const [started, cleared] = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'clearTimeout')];
    const closed = deferred<undefined>();
    const handler = createHandler({ onSms: () => undefined, onMms: () => undefined, maxBytes: 10 });
    const port = await listening(
      createServer((request, response) => {
        response.once('close', () => {
          setImmediate(closed.resolve, undefined);
        });
        handler(request, response);
      }),
    );
    const client = httpRequest({ port, method: 'POST' });
    client.on('error', () => undefined).write(xml);
    await once(client, 'response');
    client.destroy();
    await closed.promise;
    const timers = started.mock.results
      .filter((_, n) => started.mock.calls[n]?.[1] === 1000)
      .map(({ value }) => value as unknown);
    expect(timers).toHaveLength(1);
    expect(cleared).toHaveBeenCalledWith(timers[0]);
    vi.restoreAllMocks();
  });

  it('leaves a request as it was if it does not read it completely', async () => {
    const handler = createHandler({ onSms: () => undefined, onMms: () => undefined, maxBytes: 10 });
    const received = deferred<IncomingMessage>();
    const events = ['data', 'end', 'close', 'pause'];
    const before: number[] = [];
    const port = await listening(
      createServer((request, response) => {
        before.push(...events.map((event) => request.listenerCount(event)));
        received.resolve(request);
        handler(request, response);
      }),
    );
    const client = httpRequest({ port, method: 'POST' });
    client.on('error', () => undefined);
    client.write(xml);
    await once(client, 'response');
    const request = await received.promise;
    expect(events.map((event) => request.listenerCount(event))).toEqual(before);
    expect([request.isPaused(), request.destroyed]).toEqual([true, false]);
    client.destroy();
  });

  it('reads a body that other code has paused', async () => {
    const results = deferred<number>();
    const port = await listening(
      createServer((request, response) => {
        request.pause();
        void readPostback(request).then(({ length }) => {
          results.resolve(length);
          response.end();
        });
      }),
    );
    await fetch(`http://127.0.0.1:${String(port)}/`, {
      method: 'POST',
      headers: { 'content-type': 'text/xml' },
      body: xml,
    });
    expect(await results.promise).toBe(1);
  });

  it('reads a body that arrives byte by byte', async () => {
    const { port, calls } = await serve();
    await new Promise<void>((resolve, reject) => {
      const request = httpRequest({ port, method: 'POST', headers: { 'content-type': 'text/xml' } }, (response) => {
        response.resume().on('end', resolve);
        expect(response.statusCode).toBe(200);
      });
      request.on('error', reject);
      for (const character of xml) request.write(character);
      request.end();
    });
    expect(calls).toEqual(['sms']);
  });

  it('answers over HTTP/2, closes streams with unread data, and sends no connection header', async () => {
    const calls: string[] = [];
    const headersOfRejection: string[] = [];
    const handler = createHandler<NodeRequest>({
      onSms: ({ text }) => {
        calls.push(text);
      },
      onMms: () => undefined,
      maxBytes: 1000,
      onReject: ({ headers }) => {
        headersOfRejection.push(...Object.keys(headers));
      },
    });
    const server = createHttp2Server(handler);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const session = connect(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
    afterTest(() => {
      session.destroy();
      server.close();
    });
    let received: Record<string, unknown> = {};
    const post = (body: string, method = 'POST'): Promise<[unknown, string]> =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ':method': method, 'content-type': 'text/xml' });
        let status: unknown;
        let text = '';
        stream.on('response', (headers) => {
          status = headers[':status'];
          received = headers;
        });
        stream.setEncoding('utf8').on('data', (chunk) => {
          text += String(chunk);
        });
        stream
          .on('end', () => {
            resolve([status, text]);
          })
          .on('error', reject);
        stream.end(body);
      });
    expect(await post(xml)).toEqual([200, '']);
    expect(calls).toEqual(['hi']);
    expect(headersOfRejection).toEqual([]);
    expect(await post(' '.repeat(2000))).toEqual([413, 'TOO_LARGE']);
    // A body that does not end: its stream is closed after the answer.
    const endless = session.request({ ':method': 'POST', 'content-type': 'text/xml' });
    endless.resume().write(' '.repeat(2000));
    await new Promise<void>((resolve) => endless.once('close', resolve));
    expect(endless.rstCode).toBe(0);
    // `:path` may contain a secret.
    expect(headersOfRejection).toEqual(['content-type', 'content-type']);
    expect(await post('', 'PUT')).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(received).toMatchObject({ allow: 'POST', 'content-type': 'text/plain; charset=utf-8' });
    // HTTP/2 has no connection header, and Node.js warns about it.
    const warned = vi.spyOn(process, 'emitWarning');
    await handler.drain(0);
    expect(await post(xml)).toEqual([503, 'DRAINING']);
    expect(received).not.toHaveProperty('connection');
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  it('keeps a connection whose request it has read, and closes one if it must', async () => {
    const { port } = await serve({ authorize: ({ url }) => url !== '/no' });
    const request = (path: string, body = xml): string =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`;
    // The third request has no body, so it is complete too, but whoever guesses secrets has to connect again each time.
    const answers = await raw(port, request('/') + request('/', 'x') + request('/no', '') + request('/'));
    const [first = '', second = '', third = '', ...more] = answers.split(/(?=HTTP\/1\.1 )/);
    expect(more).toEqual([]);
    expect(first).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(second).toMatch(/^HTTP\/1\.1 400 /);
    for (const kept of [first, second]) expect(kept).not.toMatch(/\r\nconnection: close\r\n/i);
    expect(third).toMatch(/^HTTP\/1\.1 401 [^]*\r\nconnection: close\r\n/i);
  });

  it('sends nothing if other code has answered', async () => {
    const { promise: answered, resolve: answer } = deferred<undefined>();
    const { promise: done, resolve: end } = deferred<undefined>();
    const handler = createHandler({
      onSms: async () => {
        await answered;
        setImmediate(end, undefined);
      },
      onMms: () => undefined,
    });
    const port = await listening(
      createServer((request, response) => {
        handler(request, response);
        response.writeHead(202).write('mine');
        answer(undefined);
        void done.then(() => setTimeout(() => response.end(', and no other'), 10));
      }),
    );
    const response = await fetch(`http://127.0.0.1:${String(port)}/`, { method: 'POST', body: xml });
    expect([response.status, await response.text()]).toEqual([202, 'mine, and no other']);
    // An unhandled rejection would fail the test run.
    await done;
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['was destroyed', (response) => response.destroy()],
    [
      'failed after its headers',
      (response) => {
        response.writeHead(200, { 'content-length': '10' }).write('x');
        response.destroy();
      },
    ],
  ])('says nothing, and serves on, if the answer of other code %s', async (_, answerOfOthers) => {
    const warned = vi.spyOn(process, 'emitWarning');
    const { promise: called, resolve: call } = deferred<undefined>();
    const { promise: answered, resolve: answer } = deferred<undefined>();
    const handler = createHandler({
      async onSms() {
        call(undefined);
        await answered;
      },
      onMms: () => undefined,
    });
    const set = vi.spyOn(ServerResponse.prototype, 'end');
    const port = await listening(
      createServer((request, response) => {
        if (request.url !== '/lost') {
          handler(request, response);
          return;
        }
        handler(request, response);
        void called.then(() => {
          answerOfOthers(response);
          answer(undefined);
        });
      }),
    );
    const url = `http://127.0.0.1:${String(port)}`;
    await expect(
      fetch(`${url}/lost`, { method: 'POST', body: xml }).then((response) => response.text()),
    ).rejects.toThrow();
    // The provider sends it again, and the message is not handled twice.
    expect((await fetch(url, { method: 'POST', body: xml })).status).toBe(200);
    // Only the second answer was sent.
    expect(set).toHaveBeenCalledTimes(1);
    expect(warned).not.toHaveBeenCalled();
    set.mockRestore();
    warned.mockRestore();
  });

  it('sends nothing, and does not warn, if the client disconnects before the body is complete', async () => {
    const { port, rejections } = await serve();
    const warned = vi.spyOn(process, 'emitWarning');
    await sendPartTo(port);
    await vi.waitUntil(() => rejections.length > 0);
    await sleep(5);
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  it('sends nothing if the client disconnects before the callback is done', async () => {
    const { promise: gone, resolve: leave } = deferred<undefined>();
    const { promise: done, resolve: end } = deferred<undefined>();
    const { port, post } = await serve({
      async onSms() {
        await gone;
        end(undefined);
      },
    });
    await raw(port, `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${String(xml.length)}\r\n\r\n${xml}`, (socket) =>
      setTimeout(() => socket.destroy(), 20),
    );
    leave(undefined);
    await done;
    expect(await post(xml)).toMatchObject({ status: 200 });
  });
});

it.each([
  ['rawBody', 'INTERNAL_ERROR', 'The request'],
  ['originalUrl', 'AUTHORIZE_FAILED', 'authorize'],
])('answers an error if a getter of the request throws: %s', async (name, code, subject) => {
  const handler = createHandler({
    onSms: () => undefined,
    onMms: () => undefined,
    authorize: ({ url }) => url !== '',
    onReject: () => 'accepted',
  });
  const port = await listening(
    createServer((request, response) => {
      Object.defineProperty(request, name, {
        get: () => {
          throw new Error('of the application');
        },
      });
      handler(request, response);
    }),
  );
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const response = await fetch(`http://127.0.0.1:${String(port)}/`, { method: 'POST', body: xml });
  expect(await response.text()).toBe(code);
  expect(warned.mock.calls).toEqual([[`${subject} failed: Error`, 'MoPostbackWarning']]);
  warned.mockRestore();
});

it('closes the connection if the answer cannot be sent', async () => {
  const handler = createHandler({ onSms: () => undefined, onMms: () => undefined });
  const port = await listening(
    createServer((request, response) => {
      response.setHeader = () => {
        throw new Error('of the application');
      };
      handler(request, response);
    }),
  );
  // An unhandled rejection would fail the test run.
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  await expect(fetch(`http://127.0.0.1:${String(port)}/`, { method: 'POST', body: '<a/>' })).rejects.toThrow();
  expect(warned.mock.calls).toEqual([['The response failed: Error', 'MoPostbackWarning']]);
  warned.mockRestore();
});

it('answers emulated requests without a method, a URL or a socket', async () => {
  const urls: string[] = [];
  const handler = createHandler({
    onSms: () => undefined,
    onMms: () => undefined,
    authorize: ({ url, remoteAddress }) => urls.push(url, String(remoteAddress)) < 0,
  });
  const statusOf = async (properties: object): Promise<number> => {
    const request = Object.assign(Readable.from([]), { headers: {}, ...properties }) as unknown as IncomingMessage;
    const response = new ServerResponse(request);
    handler(request, response);
    await vi.waitUntil(() => response.statusCode !== 200);
    return response.statusCode;
  };
  expect(await statusOf({})).toBe(405);
  expect(await statusOf({ method: 'POST' })).toBe(401);
  expect(urls).toEqual(['', 'undefined']);
});

it('joins the values of set-cookie in the headers for authorize', async () => {
  const heads: RequestHead[] = [];
  const { post } = await serve({
    authorize: (head) => {
      heads.push(head);
      return true;
    },
  });
  await post('<html>', { 'content-type': 'text/xml', 'set-cookie': 'a=b' });
  expect(heads[0]?.headers).toMatchObject({ 'set-cookie': 'a=b' });
});

describe('readPostback', () => {
  const read = async (body: string, type = 'text/xml', options?: ReadOptions): Promise<unknown> => {
    const { promise, resolve } = deferred<unknown>();
    const port = await listening(
      createServer((request, response) => {
        readPostback(request, options)
          .then(resolve, resolve)
          .finally(() => response.end());
      }),
    );
    await fetch(`http://127.0.0.1:${String(port)}/`, { method: 'POST', headers: { 'content-type': type }, body });
    return promise;
  };

  it('resolves to the results of the notifications', async () => {
    expect(await read(bundle(smsFields('hi'), '<FROM/>'))).toMatchObject([
      { success: true, data: { kind: 'sms' } },
      { success: false, error: { code: 'MISSING_FIELD' } },
    ]);
  });

  it.each<[unknown, unknown, string]>([
    [undefined, {}, 'request: expected a request of node:http, https or http2'],
    [
      new Request('http://a', { method: 'POST', body: 'a' }),
      {},
      'request: expected a request of node:http, https or http2',
    ],
    [Object.assign(Readable.from([]), { headers: {} }), null, 'options: expected an object'],
  ])('rejects the arguments (%o, %o) with a TypeError', async (request, options, message) => {
    await expect(readPostback(request as NodeRequest, options as ReadOptions)).rejects.toThrow(new TypeError(message));
  });

  it('has a ReceiveError with a name that subclasses and loggers may set', () => {
    class Own extends ReceiveError {}
    const error = new Own('ABORTED', 'gone');
    expect([error.name, String(error), error.status]).toEqual(['ReceiveError', 'ReceiveError: gone', 499]);
    expect(Object.keys(error).sort()).toEqual(['code', 'status']);
    Object.assign(error, { name: 'Own' });
    expect(error.name).toBe('Own');
    expect(Object.getOwnPropertyDescriptor(ReceiveError.prototype, 'name')).toMatchObject({ configurable: true });
  });

  it('rejects with a PostbackError or a ReceiveError', async () => {
    expect(await read('<html>')).toBeInstanceOf(PostbackError);
    const error = await read('hello', 'text/html');
    expect(error).toBeInstanceOf(ReceiveError);
    expect(error).toMatchObject({ name: 'ReceiveError', code: 'UNSUPPORTED_MEDIA_TYPE', status: 415 });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'ReceiveError',
      code: 'UNSUPPORTED_MEDIA_TYPE',
      status: 415,
      message: 'Unsupported Content-Type, and the body does not start like a document. Expected XML, JSON or a form.',
    });
    expect(await read(xml.replace('hi', '&'), 'text/xml', { recover: false })).toMatchObject({
      code: 'MALFORMED',
    });
  });
});

describe('createHandler', () => {
  const callbacks = { onSms: () => undefined, onMms: () => undefined };
  it.each<[options: unknown, error: Error]>([
    [undefined, new TypeError('options: expected an object')],
    [null, new TypeError('options: expected an object')],
    [{}, new TypeError('options.onSms: expected a function')],
    [{ onSms: () => undefined }, new TypeError('options.onMms: expected a function')],
    [{ ...callbacks, onReject: 'log' }, new TypeError('options.onReject: expected a function')],
    [{ ...callbacks, bodyTimeoutMs: '5s' }, new TypeError('options.bodyTimeoutMs: expected a number, got string')],
    [
      { ...callbacks, bodyTimeoutMs: -1 },
      new TypeError('options.bodyTimeoutMs: expected milliseconds above 0 and below 2 ** 31, got -1'),
    ],
    [
      { ...callbacks, bodyTimeoutMs: 2 ** 31 },
      new TypeError('options.bodyTimeoutMs: expected milliseconds above 0 and below 2 ** 31, got 2147483648'),
    ],
    [{ ...callbacks, authorize: 'secret' }, new TypeError('options.authorize: expected a function')],
    [
      { ...callbacks, encoding: 'foo' },
      new TypeError('options.encoding: expected the label of an encoding that this platform knows, got "foo"'),
    ],
    [{ ...callbacks, contentKeys: 1 }, new TypeError('options.contentKeys: expected a boolean, got number')],
    [
      { ...callbacks, dedupe: true },
      new TypeError('options.dedupe: expected a store with claim, renew, complete and release, or false'),
    ],
    [
      { ...callbacks, dedupe: null },
      new TypeError('options.dedupe: expected a store with claim, renew, complete and release, or false'),
    ],
    [
      {
        ...callbacks,
        dedupe: {
          renew() {
            /* */
          },
          complete() {
            /* */
          },
          release() {
            /* */
          },
        },
      },
      new TypeError('options.dedupe.claim: expected a function'),
    ],
    [{ ...callbacks, maxInFlight: '1' }, new TypeError('options.maxInFlight: expected a number, got string')],
    [
      { ...callbacks, concurrency: 0.5 },
      new TypeError('options.concurrency: expected a whole number above 0, or Infinity, got 0.5'),
    ],
    [
      { ...callbacks, leaseMs: NaN },
      new TypeError('options.leaseMs: expected milliseconds above 0 and below 2 ** 31, got NaN'),
    ],
    [
      { ...callbacks, maxBytes: 0 },
      new RangeError('options.maxBytes: expected a whole number above 0, or Infinity, got 0'),
    ],
  ])('throws for the options %j', (options, error) => {
    const make = (): unknown => createHandler(options as ReceiverOptions<IncomingMessage>);
    expect(make).toThrow(error);
    expect(make).toThrow(error.constructor);
  });
});
