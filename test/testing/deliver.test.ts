// `deliver`, against real servers.

import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseBundle, parsePostback, PostbackError } from '../../src/index.ts';
import { deliver, sampleMessages } from '../../src/testing/index.ts';
import type { DeliverOptions } from '../../src/testing/index.ts';

const { sms, mms, groupMms } = sampleMessages;
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

interface Request {
  readonly head: IncomingMessage;
  readonly body: string;
}

/** A server, and the requests that it has received. `answer` chooses the answer to the n-th request. */
async function serving(
  answer: (n: number) => number | 'silence' | RequestListener,
): Promise<{ url: string; requests: Request[] }> {
  const requests: Request[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => {
      body += String(chunk);
    });
    request.once('end', () => {
      requests.push({ head: request, body });
      const how = answer(requests.length);
      if (typeof how === 'function') how(request, response);
      else if (how !== 'silence') response.writeHead(how).end(`answer ${String(requests.length)}`);
    });
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/postback?key=k`, requests };
}

describe('deliver', () => {
  it('posts a message once if the answer is 200, and returns the attempt', async () => {
    const { url, requests } = await serving(() => 200);
    const before = Date.now();
    const delivery = await deliver(url, sms);
    expect(delivery).toEqual({
      isDelivered: true,
      attempts: [
        {
          startedAt: expect.any(Date) as Date,
          durationMs: expect.any(Number) as number,
          status: 200,
          answer: 'answer 1',
        },
      ],
    });
    expect(delivery.attempts[0]?.startedAt.getTime()).toBeGreaterThanOrEqual(before);
    const [{ head, body } = { head: undefined, body: '' }] = requests;
    expect([head?.method, head?.url, head?.headers['content-type']]).toEqual(['POST', '/postback?key=k', 'text/xml']);
    expect(parsePostback(body)).toMatchObject({ text: sms.text, receivedAt: sms.receivedAt });
  });

  it('sends the same postback again if the answer is not 200, once for each interval', async () => {
    const { url, requests } = await serving((n) =>
      n === 3 ? 'silence' : ([201, 500, 0, 404, 302, 503][n - 1] ?? 200),
    );
    const { isDelivered, attempts } = await deliver(url, sms, { intervalsMs: [1, 2, 3, 4, 5], timeoutMs: 200 });
    expect(isDelivered).toBe(false);
    expect(attempts.map(({ status, error }) => status ?? error)).toEqual([201, 500, 'TIMEOUT', 404, 302, 503]);
    expect(attempts.map(({ answer }) => answer)).toEqual([
      'answer 1',
      'answer 2',
      undefined,
      'answer 4',
      'answer 5',
      'answer 6',
    ]);
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
  });

  it('waits for each interval before the next attempt', async () => {
    const { url } = await serving((n) => (n === 3 ? 200 : 500));
    const { isDelivered, attempts } = await deliver(url, sms, { intervalsMs: [60, 120, 60_000] });
    expect([isDelivered, attempts.length]).toEqual([true, 3]);
    const starts = attempts.map(({ startedAt }) => startedAt.getTime());
    expect((starts[1] ?? 0) - (starts[0] ?? 0)).toBeGreaterThanOrEqual(58);
    expect((starts[2] ?? 0) - (starts[1] ?? 0)).toBeGreaterThanOrEqual(118);
  });

  it('treats an answer that does not end in time as a timeout', async () => {
    const { url } = await serving(() => (_, response) => {
      response.writeHead(200).write('and');
    });
    expect(await deliver(url, sms, { intervalsMs: [], timeoutMs: 100 })).toMatchObject({
      isDelivered: false,
      attempts: [{ error: 'TIMEOUT' }],
    });
  });

  it('returns at most 65536 characters of an answer, and does not wait for the rest', async () => {
    const { url } = await serving(() => (_, response) => {
      response.writeHead(200).write('a'.repeat(100_000));
    });
    const { isDelivered, attempts } = await deliver(url, sms);
    expect([isDelivered, attempts[0]?.answer]).toEqual([true, 'a'.repeat(65_536)]);
  });

  it('accepts an answer without a body', async () => {
    const { url } = await serving(() => 204);
    expect(await deliver(url, sms, { intervalsMs: [] })).toMatchObject({ attempts: [{ status: 204, answer: '' }] });
  });

  it('returns the error code if the server cannot be reached', async () => {
    const { url } = await serving(() => 200);
    await new Promise((done) => servers.splice(0)[0]?.close(done));
    expect(await deliver(url, sms, { intervalsMs: [1] })).toMatchObject({
      isDelivered: false,
      attempts: [{ error: 'ECONNREFUSED' }, { error: 'ECONNREFUSED' }],
    });
    // A port that fetch blocks: https://fetch.spec.whatwg.org/#port-blocking
    expect(await deliver('http://127.0.0.1:1/', sms, { intervalsMs: [] })).toMatchObject({
      attempts: [{ error: 'bad port' }],
    });
  });

  it.each<[string, DeliverOptions, string, RegExp]>([
    ['a field of a form', { form: 'urlencoded' }, 'application/x-www-form-urlencoded', /^xml=%3CPOSTBACK%3E/],
    [
      'a field of a multipart form',
      { form: 'multipart' },
      'multipart/form-data; boundary=mo-postback-0f2c9d5e7b1a4836',
      /name="xml"\r\n\r\n<POSTBACK>/,
    ],
    ['JSON', { generation: 'G5' }, 'application/json', /^\{"origin"/],
    ['XML with lower-case names', { generation: 'G4' }, 'text/xml', /<postback>/],
  ])('can send the message as %s', async (_, options, contentType, body) => {
    const { url, requests } = await serving(() => 200);
    await deliver(url, sms, options);
    expect(requests[0]?.head.headers['content-type']).toBe(contentType);
    expect(requests[0]?.body).toMatch(body);
  });

  it('sends a list of messages as a bundle, and a body unchanged', async () => {
    const { url, requests } = await serving(() => 200);
    await deliver(url, [sms, mms]);
    await deliver(url, [sms, mms], { form: 'urlencoded' });
    await deliver(url, { body: 'no postback', headers: { 'content-type': 'text/html' } });
    await deliver(url, { body: Uint8Array.of(0x41), headers: {} });
    expect(parseBundle(requests[0]?.body ?? '').map(({ data }) => data?.kind)).toEqual(['sms', 'mms']);
    expect(parseBundle(new URLSearchParams(requests[1]?.body).get('xml') ?? '')).toHaveLength(2);
    expect([requests[2]?.body, requests[2]?.head.headers['content-type']]).toEqual(['no postback', 'text/html']);
    expect([requests[3]?.body, requests[3]?.head.headers['content-type']]).toEqual(['A', undefined]);
  });

  it('sends credentials of the URL as HTTP Basic credentials, and the headers of its options', async () => {
    const { url, requests } = await serving(() => 200);
    await deliver(url.replace('//', '//us%40er:p%C3%A4ss@'), sms);
    await deliver(new URL(url.replace('//', '//user@')), sms, {
      headers: { 'Content-Type': 'text/plain', 'x-a': 'b' },
    });
    expect(requests[0]?.head.headers.authorization).toBe(`Basic ${Buffer.from('us@er:päss').toString('base64')}`);
    expect(requests[1]?.head.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('user:').toString('base64')}`,
      'content-type': 'text/plain',
      'x-a': 'b',
    });
  });

  it('chooses a multipart boundary that does not occur in the message', async () => {
    const { url, requests } = await serving(() => 200);
    const text = '\r\n--mo-postback-0f2c9d5e7b1a4836--\r\n mo-postback-0f2c9d5e7b1a48360';
    await deliver(url, { ...sms, text }, { form: 'multipart' });
    const [{ head, body } = { head: undefined, body: '' }] = requests;
    const form = await new Response(body, {
      headers: { 'content-type': head?.headers['content-type'] ?? '' },
    }).formData();
    expect([...form.keys()]).toEqual(['xml']);
    expect(parsePostback(form.get('xml') as string)).toMatchObject({ text });
  });

  it('accepts fractions of a millisecond', async () => {
    const { url } = await serving((n) => (n === 1 ? 500 : 200));
    expect(await deliver(url, sms, { timeoutMs: 5000.5, intervalsMs: [0.5] })).toMatchObject({
      attempts: [{ status: 500 }, { status: 200 }],
    });
  });

  it('stops when its signal aborts: before, during and between attempts', async () => {
    const { url, requests } = await serving((n) => (n === 1 ? 'silence' : 500));
    const reason = new Error('enough');
    await expect(deliver(url, sms, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(requests).toEqual([]);
    const inAttempt = new AbortController();
    const first = deliver(url, sms, { signal: inAttempt.signal });
    await expect.poll(() => requests.length).toBe(1);
    inAttempt.abort(reason);
    await expect(first).rejects.toBe(reason);
    const between = new AbortController();
    const second = deliver(url, sms, { signal: between.signal, intervalsMs: [1, 600_000] });
    await expect.poll(() => requests.length).toBe(3);
    between.abort(reason);
    await expect(second).rejects.toBe(reason);
  });

  it.each<[string, unknown, unknown, DeliverOptions, Error]>([
    [
      'a URL without http:',
      'localhost:8080',
      sms,
      {},
      new TypeError('url: expected an http or https URL, got localhost:'),
    ],
    ['an empty URL', '', sms, {}, new TypeError('url: expected a URL, for example http://localhost:8080/postback')],
    [
      'credentials that are not percent-encoded',
      'http://a%:b@localhost/',
      sms,
      {},
      new TypeError('url: expected a percent-encoded user name and password'),
    ],
    [
      'an undefined message',
      'http://localhost/',
      undefined,
      {},
      new TypeError('message: expected a message, a list of messages, or a body with headers, got undefined'),
    ],
    [
      'null as message',
      'http://localhost/',
      null,
      {},
      new TypeError('message: expected a message, a list of messages, or a body with headers, got null'),
    ],
    [
      'an unknown form',
      'http://localhost/',
      sms,
      { form: 'urlencode' as 'urlencoded' },
      new RangeError('options.form: expected one of urlencoded, multipart, got "urlencode"'),
    ],
    [
      'a timeout of 0',
      'http://localhost/',
      sms,
      { timeoutMs: 0 },
      new RangeError('options.timeoutMs: expected milliseconds above 0, got 0'),
    ],
    [
      'a negative timeout',
      'http://localhost/',
      sms,
      { timeoutMs: -1 },
      new RangeError('options.timeoutMs: expected milliseconds from 0 to 2147483647, got -1'),
    ],
    [
      'an interval that is a string',
      'http://localhost/',
      sms,
      { intervalsMs: ['1'] as never },
      new TypeError('options.intervalsMs[0]: expected a number of milliseconds, got string'),
    ],
    [
      'intervals that are not a list',
      'http://localhost/',
      sms,
      { intervalsMs: 5 as never },
      new TypeError('options.intervalsMs: expected a list, got number'),
    ],
    [
      'an invalid header name',
      'http://localhost/',
      sms,
      { headers: { 'x a': 'b' } },
      new TypeError('options.headers: expected valid names and values of HTTP header fields'),
    ],
    [
      'a body with an invalid header value',
      'http://localhost/',
      { body: 'a', headers: { a: 'b\r\nc: d' } },
      {},
      new TypeError('message.headers: expected valid names and values of HTTP header fields'),
    ],
    [
      'a body that is neither a string nor bytes',
      'http://localhost/',
      { body: { a: 1 }, headers: {} },
      {},
      new TypeError('message.body: expected a Uint8Array or a string, got object'),
    ],
    ['null as options', 'http://localhost/', sms, null as never, new TypeError('options: expected an object')],
    [
      'a signal that is not an AbortSignal',
      'http://localhost/',
      sms,
      { signal: {} as AbortSignal },
      new TypeError('options.signal: expected an AbortSignal'),
    ],
    [
      'a list of intervals with a hole',
      'http://localhost/',
      sms,
      { intervalsMs: Object.assign([], { 1: 5 }) },
      new TypeError('options.intervalsMs[0]: expected a number of milliseconds, got undefined'),
    ],
    [
      'a form for G5',
      'http://localhost/',
      sms,
      { generation: 'G5', form: 'urlencoded' },
      new TypeError('options.form: expected no form, because G5 is JSON and a form contains XML'),
    ],
  ])('rejects %s before it sends anything', async (_, url, message, options, error) => {
    await expect(deliver(url as string, message as typeof sms, options)).rejects.toThrow(error);
  });

  it('rejects a message that the generation cannot represent', async () => {
    const refused = deliver('http://localhost/', groupMms, { generation: 'G2' });
    await expect(refused).rejects.toThrow(PostbackError);
    await expect(refused).rejects.toMatchObject({ code: 'UNREPRESENTABLE', path: 'subject' });
  });

  it('names a wrong form of any type', async () => {
    for (const [form, given] of [
      [3n, 'bigint'],
      [null, 'null'],
      ['x'.repeat(100), `"${'x'.repeat(50)}"`],
    ])
      await expect(deliver('http://localhost:1', sms, { form: form as never })).rejects.toThrow(
        new RangeError(`options.form: expected one of urlencoded, multipart, got ${String(given)}`),
      );
  });

  it('resolves also if the server closes each connection at once, and nothing else keeps the process running', () => {
    const code = `import { createServer } from 'node:net';
      import { deliver, sampleMessages } from ${JSON.stringify(join(import.meta.dirname, '../../dist/testing.js'))};
      const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1', async () => {
        const url = 'http://127.0.0.1:' + server.address().port;
        server.unref();
        const { isDelivered } = await deliver(url, sampleMessages.sms, { intervalsMs: [1, 1, 1, 1, 1], timeoutMs: 500 });
        console.log(isDelivered);
      });`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
    expect(output).toBe('false\n');
  });
});
