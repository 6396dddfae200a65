// The receiver over real sockets.

import { createServer, request as httpRequest } from 'node:http';
import type { Server } from 'node:http';
import { connect, createServer as createHttp2Server } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { PostbackError } from '../src/index.ts';
import { createHandler, ReceiveError, readPostback } from '../src/use/http.ts';
import type { ReadOptions, ReceiverOptions, Rejection, Request } from '../src/use/http.ts';

const FIELDS =
  '<CODE>N211</CODE><FROM>15550104477</FROM><TO>86717</TO><TEXT>hi</TEXT><TRACKINGID>T1</TRACKINGID><RECEIVED>2014-02-03T11:19:49-05:00</RECEIVED>';
const fieldsOf = (origin: string): string => `<ORIGIN>${origin}</ORIGIN>${FIELDS}`;
const single = (origin: string): string => `<POSTBACK>${fieldsOf(origin)}</POSTBACK>`;
const bundle = (...contents: string[]): string =>
  `<POSTBACK>${contents.map((content, n) => `<NOTIFICATION id="${String(n + 1)}">${content}</NOTIFICATION>`).join('')}</POSTBACK>`;

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => { resolve = settle; });
  return { promise, resolve };
}

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => {
    server.close(() => { resolve(); });
    server.closeAllConnections();
  }));
  return (server.address() as AddressInfo).port;
}

/** Serves a handler whose callbacks note what they are called with. */
async function serve(options: Partial<ReceiverOptions<Request>> = {}) {
  const calls: string[] = [];
  const rejections: Rejection[] = [];
  const note = ({ kind }: { kind: string }): void => { calls.push(kind); };
  const handler = createHandler({ onSms: note, onMms: note, onReject: (rejection) => { rejections.push(rejection); }, ...options });
  const port = await listening(createServer(handler));
  const post = async (body: BodyInit | null, headers: Record<string, string> = { 'content-type': 'text/xml' }, method = 'POST') => {
    const response = await fetch(`http://127.0.0.1:${String(port)}/`, { method, headers, body, ...(body instanceof ReadableStream ? { duplex: 'half' } : {}) });
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  return { calls, rejections, port, post };
}

/** Sends text as it is, and resolves to all that came back when the server closed the connection. */
function raw(port: number, text: string, meanwhile: (socket: Socket) => void = () => undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connectSocket(port, '127.0.0.1', () => {
      socket.write(text);
      meanwhile(socket);
    });
    socket.setEncoding('latin1').on('data', (chunk) => { answer += String(chunk); });
    socket.on('close', () => { resolve(answer); }).on('error', reject);
  });
}

describe('the answer', () => {
  it('is 200 after each callback has resolved', async () => {
    const { promise: stored, resolve: store } = deferred<undefined>();
    const order: string[] = [];
    const { post } = await serve({
      async onSms() {
        order.push('called');
        await stored;
        order.push('stored');
      },
    });
    const answered = post(single('SMS_MO')).then(({ status }) => { order.push(String(status)); });
    while (order.length === 0) await new Promise(setImmediate);
    store(undefined);
    await answered;
    expect(order).toEqual(['called', 'stored', '200']);
  });

  it('is 200 for other kinds, with onOther and without', async () => {
    const { post, calls } = await serve();
    expect(await post(single('SUB'))).toMatchObject({ status: 200, text: '' });
    expect(calls).toEqual([]);
    const others: string[] = [];
    const { post: postOther } = await serve({ onOther: ({ origin }) => { others.push(origin); } });
    expect(await postOther(single('SUB'))).toMatchObject({ status: 200, text: '' });
    expect(others).toEqual(['SUB']);
  });

  it.each([
    ['synchronously', () => { throw new Error('mine'); }],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- anything can be thrown
    ['later, and no Error', () => Promise.reject('mine')],
  ])('is 500 when a callback throws %s, and the callbacks after it are called', async (_, onSms) => {
    const { post, calls } = await serve({ onSms });
    expect(await post(bundle(fieldsOf('SMS_MO'), fieldsOf('MMS_MO')))).toMatchObject({ status: 500, text: 'CALLBACK_FAILED' });
    expect(calls).toEqual(['mms']);
  });

  it('is 200 where onError has accepted what a callback threw, and 500 where it throws itself', async () => {
    const failing = () => { throw new Error('mine'); };
    const seen: unknown[] = [];
    const { post } = await serve({ onSms: failing, onError: (error, { kind }) => { seen.push(error, kind); return 'accepted'; } });
    expect(await post(single('SMS_MO'))).toMatchObject({ status: 200 });
    expect(seen).toEqual([new Error('mine'), 'sms']);
    const { post: postFailing } = await serve({ onSms: failing, onError: failing });
    expect(await postFailing(single('SMS_MO'))).toMatchObject({ status: 500 });
  });

  it('is 400 for a body that cannot be read, after onReject has had it', async () => {
    const { post, rejections, calls } = await serve();
    const headers = { 'content-type': 'text/xml', authorization: 'Basic c2VjcmV0', cookie: 'a=b', 'x-id': '7', 'set-cookie': 'c=d' };
    expect(await post('<html>', headers)).toMatchObject({ status: 400, text: 'NOT_A_POSTBACK' });
    const [rejection] = rejections;
    expect(rejections).toHaveLength(1);
    expect(rejection?.errors).toHaveLength(1);
    expect(rejection?.errors[0]).toBeInstanceOf(PostbackError);
    expect(Buffer.from(rejection?.raw ?? []).toString()).toBe('<html>');
    expect(rejection?.headers).toMatchObject({ 'content-type': 'text/xml', 'x-id': '7', 'set-cookie': 'c=d', 'content-length': '6' });
    expect(Object.keys(rejection?.headers ?? {})).not.toContain('authorization');
    expect(Object.keys(rejection?.headers ?? {})).not.toContain('cookie');
    expect(calls).toEqual([]);
  });

  it('is 400 for a bundle with a bad notification, whose good ones are handled', async () => {
    const { post, rejections, calls } = await serve();
    expect(await post(bundle(fieldsOf('SMS_MO'), '<ORIGIN>SMS_MO</ORIGIN>', fieldsOf('MMS_MO'), '<FROM/>'))).toMatchObject({ status: 400, text: 'MISSING_FIELD' });
    expect(calls).toEqual(['sms', 'mms']);
    expect(rejections.map(({ errors }) => errors.length)).toEqual([2]);
  });

  it('is 200 where onReject has accepted a body that came whole, and 500 where it throws', async () => {
    const { post } = await serve({ onReject: () => 'accepted' });
    expect(await post('<html>')).toMatchObject({ status: 200, text: '' });
    expect(await post('<html>', { 'content-type': 'text/html' })).toMatchObject({ status: 415 });
    const { post: postFailing } = await serve({ onReject: () => Promise.reject(new Error('mine')) });
    expect(await postFailing('<html>')).toMatchObject({ status: 500, text: 'ON_REJECT_FAILED' });
    const { post: postPlain } = await serve({ onReject: undefined });
    expect(await postPlain('<html>')).toMatchObject({ status: 400 });
  });

  it('is 500 before 400', async () => {
    const { post } = await serve({ onSms: () => { throw new Error('mine'); } });
    expect(await post(bundle(fieldsOf('SMS_MO'), '<FROM/>'))).toMatchObject({ status: 500 });
  });

  it('is 405 for another method than POST', async () => {
    const { post, rejections } = await serve();
    const answer = await post(null, {}, 'GET');
    expect(answer).toMatchObject({ status: 405, text: 'METHOD_NOT_ALLOWED' });
    expect(answer.headers.get('allow')).toBe('POST');
    expect(await post(single('SMS_MO'), {}, 'PUT')).toMatchObject({ status: 405 });
    expect(rejections).toEqual([]);
  });

  it('tells nothing but the code', async () => {
    const { post } = await serve();
    const answer = await post(single('SMS_MO').replace('hi', '<b>secret</b>'));
    expect(answer.text).toBe('UNEXPECTED_CONTENT');
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });
});

describe('the context of a callback', () => {
  it('holds a key, the warnings, the bytes and the request', async () => {
    const contexts: unknown[][] = [];
    const note: ReceiverOptions<Request>['onSms'] = (sms, { key, warnings, raw: bytes, request }) => {
      contexts.push([sms.text, key, warnings.map(({ code }) => code), Buffer.from(bytes).toString(), request.url]);
    };
    const { post } = await serve({ onSms: note });
    const xml = single('SMS_MO').replace('hi', 'AT&T');
    await post(xml);
    expect(contexts).toEqual([['AT&T', '["sms","86717","T1"]', ['STRAY_AMPERSAND'], xml, '/']]);
  });

  it('has another key for each of equal messages without an id, the same at each retry', async () => {
    const keys: string[] = [];
    const { post } = await serve({ onSms: (_, { key }) => { keys.push(key); } });
    const twice = bundle(fieldsOf('SMS_MO'), fieldsOf('SMS_MO')).replace(/ id="\d"|<TRACKINGID>T1<\/TRACKINGID>/g, '');
    await post(twice);
    await post(twice);
    const [first = '', second = ''] = keys;
    expect(first).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(second).toBe(`${first}#2`);
    expect(keys.slice(2)).toEqual([first, second]);
  });
});

describe('the body', () => {
  it.each([
    ['application/xml'], ['text/xml; charset=utf-8'], ['TEXT/XML'], ['application/postback+xml'], ['application/x-www-form-urlencoded'], ['text/plain;charset=UTF-8'],
    ['application/octet-stream'], [undefined],
  ])('is read as %s', async (type) => {
    const { post, calls } = await serve();
    const body = new Blob([single('SMS_MO')]);
    expect(await post(body, type === undefined ? {} : { 'content-type': type })).toMatchObject({ status: 200 });
    expect(calls).toEqual(['sms']);
  });

  it.each(['application/json', 'text/html', 'image/png', 'multipart/form-data; boundary=x', 'xml'])('is not read as %s', async (type) => {
    const { post, calls, rejections } = await serve();
    expect(await post(single('SMS_MO'), { 'content-type': type })).toMatchObject({ status: 415, text: 'UNSUPPORTED_MEDIA_TYPE' });
    expect(calls).toEqual([]);
    expect(rejections[0]?.raw).toBeUndefined();
  });

  it('is read in the charset of its type', async () => {
    const texts: string[] = [];
    const { post } = await serve({ onSms: ({ text }) => { texts.push(text); } });
    const latin1 = Buffer.from(single('SMS_MO').replace('hi', 'é'), 'latin1');
    await post(latin1, { 'content-type': 'text/xml; a=b; charset=ISO-8859-1' });
    await post(latin1, { 'content-type': 'text/xml;charset="iso-8859-1"' });
    await post(latin1, { 'content-type': 'text/xml;charset=""' });
    const { post: postElse } = await serve({ onSms: ({ text }) => { texts.push(text); }, encoding: 'latin1' });
    await postElse(latin1);
    expect(texts).toEqual(['é', 'é', 'é']);
  });

  it('is 415 with a content-encoding, and none is no encoding', async () => {
    const { post } = await serve();
    expect(await post(single('SMS_MO'), { 'content-type': 'text/xml', 'content-encoding': 'gzip' })).toMatchObject({ status: 415, text: 'UNSUPPORTED_CONTENT_ENCODING' });
    expect(await post(single('SMS_MO'), { 'content-type': 'text/xml', 'content-encoding': 'identity' })).toMatchObject({ status: 200 });
  });

  it('is 413 by its Content-Length alone: nothing of it is read', async () => {
    const { port, rejections } = await serve();
    const answer = await raw(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000000\r\n\r\n<POSTBACK>');
    expect(answer).toMatch(/^HTTP\/1\.1 413 .*TOO_LARGE$/s);
    expect(answer).toMatch(/^connection: close\r$/im);
    expect(rejections[0]?.errors[0]).toMatchObject({ code: 'TOO_LARGE', line: 1, column: 1, path: '' });
  });

  it('is 413 as soon as more has come than may, and what a notification may is 413 too', async () => {
    const { post, port } = await serve({ maxBytes: 1000, maxNotificationBytes: 700 });
    const endless = new ReadableStream({ pull(controller) { controller.enqueue(new Uint8Array(100)); } });
    await expect(post(endless).catch(() => ({ status: 413 }))).resolves.toMatchObject({ status: 413 });
    expect(await raw(port, `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n${'a'.repeat(1001)}\r\n`)).toMatch(/ 413 .*TOO_LARGE$/s);
    expect(await post(' '.repeat(701))).toMatchObject({ status: 413, text: 'TOO_LARGE' });
  });

  it('is 408 when it has not come in time', async () => {
    const { port, calls, rejections } = await serve({ bodyTimeoutMs: 30 });
    const answer = await raw(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n<POSTBACK>');
    expect(answer).toMatch(/^HTTP\/1\.1 408 .*BODY_TIMEOUT$/s);
    expect(calls).toEqual([]);
    expect(rejections.map(({ errors: [error] }) => error.code)).toEqual(['BODY_TIMEOUT']);
  });

  it('leaves nothing behind when its client goes away in the middle', async () => {
    const { port, calls, rejections, post } = await serve();
    await raw(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n<POSTBACK>', (socket) => setTimeout(() => socket.destroy(), 20));
    expect(await post(single('SMS_MO'))).toMatchObject({ status: 200 });
    expect(calls).toEqual(['sms']);
    expect(rejections).toEqual([]);
  });

  it('is 500 where something read it before, or would have lost its bytes', async () => {
    const handler = createHandler({ onSms: () => undefined, onMms: () => undefined });
    const port = await listening(
      createServer((request, response) => {
        if (request.url === '/encoding') {
          request.setEncoding('utf8');
          handler(request, response);
        } else {
          request.resume().on('end', () => { handler(request, response); });
        }
      }),
    );
    for (const path of ['/', '/encoding']) {
      const response = await fetch(`http://127.0.0.1:${String(port)}${path}`, { method: 'POST', body: single('SMS_MO') });
      expect([response.status, await response.text()]).toEqual([500, 'BODY_ALREADY_READ']);
    }
  });

  it('arrives in pieces of any size', async () => {
    const { port, calls } = await serve();
    await new Promise<void>((resolve, reject) => {
      const request = httpRequest({ port, method: 'POST', headers: { 'content-type': 'text/xml' } }, (response) => {
        response.resume().on('end', resolve);
        expect(response.statusCode).toBe(200);
      });
      request.on('error', reject);
      for (const character of single('SMS_MO')) request.write(character);
      request.end();
    });
    expect(calls).toEqual(['sms']);
  });

  it('arrives over HTTP/2', async () => {
    const calls: string[] = [];
    const server = createHttp2Server(createHandler({ onSms: ({ text }) => { calls.push(text); }, onMms: () => undefined, maxBytes: 1000 }));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const session = connect(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
    closers.push(() => { session.destroy(); server.close(); });
    const post = (body: string): Promise<[unknown, string]> =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ':method': 'POST', 'content-type': 'text/xml' });
        let status: unknown;
        let text = '';
        stream.on('response', (headers) => { status = headers[':status']; });
        stream.setEncoding('utf8').on('data', (chunk) => { text += String(chunk); });
        stream.on('end', () => { resolve([status, text]); }).on('error', reject);
        stream.end(body);
      });
    expect(await post(single('SMS_MO'))).toEqual([200, '']);
    expect(calls).toEqual(['hi']);
    expect(await post(' '.repeat(2000))).toEqual([413, 'TOO_LARGE']);
    // A body that does not end: its stream is closed behind the answer.
    const endless = session.request({ ':method': 'POST', 'content-type': 'text/xml' });
    endless.resume().write(' '.repeat(2000));
    await new Promise<void>((resolve) => endless.once('close', resolve));
    expect(endless.rstCode).toBe(0);
  });

  it('is not answered where something else has answered', async () => {
    const { promise: answered, resolve: answer } = deferred<undefined>();
    const { promise: done, resolve: end } = deferred<undefined>();
    const handler = createHandler({ onSms: async () => { await answered; setImmediate(end, undefined); }, onMms: () => undefined });
    const port = await listening(
      createServer((request, response) => {
        handler(request, response);
        response.writeHead(202).write('mine');
        response.once('finish', () => { answer(undefined); });
        setTimeout(() => response.end(), 10);
      }),
    );
    const response = await fetch(`http://127.0.0.1:${String(port)}/`, { method: 'POST', body: single('SMS_MO') });
    expect([response.status, await response.text()]).toEqual([202, 'mine']);
    // An unhandled rejection would fail the run.
    await done;
  });

  it('is not answered when its client has gone before the callback is done', async () => {
    const { promise: gone, resolve: leave } = deferred<undefined>();
    const { promise: done, resolve: end } = deferred<undefined>();
    const { port, post } = await serve({ async onSms() { await gone; end(undefined); } });
    const xml = single('SMS_MO');
    await raw(port, `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${String(xml.length)}\r\n\r\n${xml}`, (socket) => setTimeout(() => socket.destroy(), 20));
    leave(undefined);
    await done;
    expect(await post(xml)).toMatchObject({ status: 200 });
  });
});

describe('readPostback', () => {
  const read = async (body: string, type = 'text/xml', options?: ReadOptions): Promise<unknown> => {
    const { promise, resolve } = deferred<unknown>();
    const port = await listening(
      createServer((request, response) => {
        readPostback(request, options).then(resolve, resolve).finally(() => response.end());
      }),
    );
    await fetch(`http://127.0.0.1:${String(port)}/`, { method: 'POST', headers: { 'content-type': type }, body });
    return promise;
  };

  it('resolves to the results of the notifications', async () => {
    expect(await read(bundle(fieldsOf('SMS_MO'), '<FROM/>'))).toMatchObject([{ success: true, data: { kind: 'sms' } }, { success: false, error: { code: 'MISSING_FIELD' } }]);
  });

  it('rejects with the PostbackError or the ReceiveError', async () => {
    expect(await read('<html>')).toBeInstanceOf(PostbackError);
    const error = await read('<html>', 'text/html');
    expect(error).toBeInstanceOf(ReceiveError);
    expect(error).toMatchObject({ name: 'ReceiveError', code: 'UNSUPPORTED_MEDIA_TYPE', status: 415 });
    expect(await read(single('SMS_MO').replace('hi', '&'), 'text/xml', { recover: false })).toMatchObject({ code: 'MALFORMED_XML' });
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
    [{ ...callbacks, bodyTimeoutMs: -1 }, new RangeError('options.bodyTimeoutMs: expected milliseconds above 0 and below 2 ** 31, got -1')],
    [{ ...callbacks, bodyTimeoutMs: 2 ** 31 }, new RangeError('options.bodyTimeoutMs: expected milliseconds above 0 and below 2 ** 31, got 2147483648')],
    [{ ...callbacks, maxBytes: 0 }, new RangeError('options.maxBytes: expected a whole number above 0, or Infinity, got 0')],
  ])('throws when it is made with %j', (options, error) => {
    expect(() => createHandler(options as ReceiverOptions<Request>)).toThrow(error);
  });
});
