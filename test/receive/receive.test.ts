// The neutral core where no socket can show it.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { memoryDedupe } from '../../src/dedupe/memory.ts';
import type { DedupeStore } from '../../src/dedupe/store.ts';
import { fromWebStream } from '../../src/receive/body.ts';
import { Claims, UNREACHABLE } from '../../src/receive/claims.ts';
import { decompress } from '../../src/receive/content-coding.ts';
import { resolveReceiverOptions } from '../../src/receive/settings.ts';
import { readRequest } from '../../src/receive/read-request.ts';
import { createReceiver } from '../../src/receive/receive.ts';
import type { BodySource, PostbackRequest } from '../../src/receive/request.ts';
import { bundle, jsonSms, single, smsFields } from '../helpers/documents.ts';

const callbacks = { onSms: () => undefined, onMms: () => undefined };
const request = (body: PostbackRequest['body'], headers: PostbackRequest['headers'] = {}): PostbackRequest => ({
  method: 'POST',
  url: '/',
  headers,
  remoteAddress: undefined,
  request: undefined,
  body,
});
const read =
  (value: unknown): (() => { value: unknown }) =>
  () => ({ value });
const tick = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('what a turn of the event loop holds', () => {
  it.each([
    ['Node.js 20', { setImmediate, navigator: undefined }, true],
    ['Node.js 22', { setImmediate, navigator: { userAgent: 'Node.js/22' } }, true],
    ['a browser', { setImmediate: undefined, navigator: { userAgent: 'Mozilla/5.0' } }, false],
    [
      'Cloudflare Workers, which let no request wait for what another has begun',
      { setImmediate, navigator: { userAgent: 'Cloudflare-Workers' } },
      false,
    ],
  ])('goes on at its end, and time is up there too: %s', async (_, { setImmediate, navigator }, isShared) => {
    vi.resetModules();
    const atEnd = setImmediate && vi.fn(setImmediate);
    vi.stubGlobal('setImmediate', atEnd);
    vi.stubGlobal('navigator', navigator);
    try {
      const { endOfTurn } = await import('../../src/receive/event-loop.ts');
      const { LATE, withDeadline } = await import('../../src/receive/deadline.ts');
      atEnd?.mockClear();
      await Promise.all([endOfTurn(), endOfTurn()]);
      expect(atEnd?.mock.calls.length ?? 0).toBe(isShared ? 1 : 0);
      expect(await withDeadline(new Promise(() => undefined), performance.now() + 20)).toBe(LATE);
      expect(await withDeadline(tick(), performance.now() + 60_000)).toBeUndefined();
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe('a body', () => {
  it('is let go when it is too large, and not heard any more', async () => {
    let stops = 0;
    const body: BodySource = ({ onChunk, onEnd, onLost }) => {
      queueMicrotask(() => {
        for (let n = 0; n < 3; n++) onChunk(new Uint8Array(600));
        onEnd();
        onLost('aborted');
      });
      return () => {
        stops++;
      };
    };
    await expect(
      readRequest(
        request(() => body),
        { maxBytes: 1000 },
      ),
    ).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect(stops).toBe(1);
  });

  it('of a web stream may fail when it is let go', async () => {
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(600));
      },
      cancel() {
        throw new Error('of the body');
      },
    });
    await expect(
      readRequest(
        request(() => fromWebStream(stream)),
        { maxBytes: 1000 },
      ),
    ).rejects.toMatchObject({ code: 'TOO_LARGE' });
    // An unhandled rejection would fail the run.
    await tick();
  });

  it.each([
    ['aborted', { code: 'ABORTED', status: 499 }],
    ['already read', { code: 'BODY_ALREADY_READ', status: 500 }],
  ] as const)('that is lost, for it is %s', async (why, error) => {
    const body: BodySource = ({ onLost }) => {
      queueMicrotask(() => {
        onLost(why);
      });
      return () => undefined;
    };
    await expect(readRequest(request(() => body))).rejects.toMatchObject(error);
    const answer = await createReceiver(callbacks).answer(request(() => body));
    expect(answer?.status).toBe(why === 'aborted' ? undefined : 500);
  });

  const xml = single(smsFields('hi é'));
  it.each<[string, unknown]>([
    ['text', xml],
    ['bytes', new TextEncoder().encode(xml)],
    ['an ArrayBuffer', new TextEncoder().encode(xml).buffer],
    ['a form', { a: ['b'], XML: xml }],
    ['text of a form', `xml=${encodeURIComponent(xml)}`],
    [
      'text with a character that replaces another, which it says is its own',
      xml.replace('é', '\uFFFD').replace('<', '<?xml version="1.0" encoding="utf-8"?><'),
    ],
  ])('that was read before is taken as %s', async (_, value) => {
    const isForm = typeof value === 'string' ? value.startsWith('xml=') : Object.hasOwn(Object(value) as object, 'XML');
    const headers = { 'content-type': isForm ? 'application/x-www-form-urlencoded' : 'text/xml' };
    const [result] = await readRequest(request(read(value), headers));
    expect(result?.data).toMatchObject({ text: /^hi [é\uFFFD]$/.exec((result?.data as { text: string }).text)?.[0] });
  });

  it('that a parser has made a string in its content-encoding is BODY_ALREADY_READ', async () => {
    const mangled = new TextDecoder().decode(gzipSync(xml));
    const rejected: unknown[] = [];
    const receiver = createReceiver({
      ...callbacks,
      onReject: ({ raw }) => {
        rejected.push(raw);
        return 'accepted';
      },
    });
    expect(await receiver.answer(request(read(mangled), { 'content-encoding': 'gzip' }))).toMatchObject({
      status: 500,
      body: 'BODY_ALREADY_READ',
    });
    expect(rejected).toEqual([undefined]);
  });

  it.each([
    ['text/xml; charset=iso-8859-1', '\x80 caf\xe9', '€ café'],
    ['text/xml; charset=windows-1252', '€ café', '€ café'],
    ['text/xml; charset=utf-8', '\uFFFD', '\uFFFD'],
    ['application/x-www-form-urlencoded; charset=iso-8859-1', 'caf\xe9', 'café'],
  ])('that was made a string is read by its charset: %s', async (type, sent, text) => {
    const [result] = await readRequest(request(read(single(smsFields(sent))), { 'content-type': type }));
    expect(result?.data).toMatchObject({ text });
  });

  it('that is a form is unescaped as far as it is escaped', async () => {
    const form = `a=%3C&XmL=${encodeURIComponent(single(smsFields('1 + 1 = 2 %zz %4')))
      .replace(/%25/g, '%')
      .replace(/%20/g, '+')}&=&x`;
    const [result] = await readRequest(
      request(read(new TextEncoder().encode(form)), { 'content-type': 'application/x-www-form-urlencoded' }),
    );
    expect(result?.data).toMatchObject({ text: '1 + 1 = 2 %zz %4' });
    const escapedName = form.replace('XmL', '%78%4D%6c');
    expect(
      await readRequest(
        request(read(new TextEncoder().encode(escapedName)), { 'content-type': 'application/x-www-form-urlencoded' }),
      ),
    ).toHaveLength(1);
  });

  it('that is a form of eight million empty fields is EMPTY', async () => {
    const bytes = new Uint8Array(8 * 1024 * 1024).fill(0x26);
    const reading = readRequest(request(read(bytes), { 'content-type': 'application/x-www-form-urlencoded' }));
    await expect(reading).rejects.toMatchObject({ code: 'EMPTY' });
  });

  it.each([[{}], [undefined], [null]])('of JSON of which %o is left is read no more', async (left) => {
    const reading = readRequest(request(read(left), { 'content-type': 'application/json' }));
    await expect(reading).rejects.toMatchObject({ code: 'BODY_ALREADY_READ' });
  });

  it('that is raw XML under the label of multipart is told by its first character', async () => {
    expect(
      await readRequest(
        request(read(new TextEncoder().encode(xml)), { 'content-type': 'multipart/form-data; boundary=b' }),
      ),
    ).toHaveLength(1);
  });

  it('comes whole in chunks of any size', async () => {
    const bytes = new TextEncoder().encode(bundle(...Array.from({ length: 9 }, (_, n) => smsFields(String(n)))));
    for (const length of [1, 511, 512, 600]) {
      const body: BodySource = ({ onChunk, onEnd }) => {
        queueMicrotask(() => {
          for (let from = 0, n = 0; from < bytes.length; n++) {
            // A large one between small ones, too.
            const to = from + (n === 700 ? 800 : length);
            onChunk(bytes.subarray(from, to));
            from = to;
          }
          onEnd();
        });
        return () => undefined;
      };
      expect(await readRequest(request(() => body))).toHaveLength(9);
    }
  });

  it('that was read before counts for maxInFlightBytes', async () => {
    expect(await createReceiver({ ...callbacks, maxInFlightBytes: 10 }).answer(request(read(xml)))).toMatchObject({
      status: 503,
      body: 'OVERLOADED',
    });
  });

  it('counts for maxInFlightBytes as what it decompresses to, too, until its request is done', async () => {
    const receiver = createReceiver({ ...callbacks, maxInFlightBytes: 10_000 });
    const gzipped = (text: string): ReturnType<typeof request> =>
      request(read(gzipSync(text)), { 'content-encoding': 'gzip' });
    expect(await receiver.answer(gzipped(xml + ' '.repeat(10_000)))).toMatchObject({ status: 503, body: 'OVERLOADED' });
    for (let n = 0; n < 2; n++)
      expect(await receiver.answer(gzipped(xml + ' '.repeat(9000)))).toMatchObject({ status: 200 });
  });

  it('has to be there by the answer', async () => {
    const body: BodySource = () => () => undefined;
    expect(await createReceiver({ ...callbacks, ackTimeoutMs: 20 }).answer(request(() => body))).toMatchObject({
      status: 408,
    });
  });

  it.each<[string, string, unknown, RegExp]>([
    ['by an XML parser', 'text/xml', { POSTBACK: { ORIGIN: ['SMS_MO'] } }, /^An XML parser \(such as body-parser-xml/],
    [
      'by a form parser',
      'application/x-www-form-urlencoded',
      { '<POSTBACK>': '' },
      /^A form parser \(such as express\.urlencoded\)/,
    ],
    [
      'by a form parser that met the field twice',
      'application/x-www-form-urlencoded',
      { xml: ['<a>', '<b>'] },
      /^A form parser/,
    ],
    ['by something', 'text/xml', undefined, /^The body was read before the receiver ran/],
    ['by something that left nothing', 'text/xml', {}, /^The body was read before the receiver ran/],
    [
      'in another encoding',
      'text/xml',
      '<?xml version="1.0" encoding="iso-8859-1"?><POSTBACK>\uFFFD',
      /^A body parser made a string of the body with the wrong encoding/,
    ],
    [
      'in another charset',
      'text/xml; charset=iso-8859-1',
      '<POSTBACK>\uFFFD',
      /^A body parser made a string of the body with the wrong encoding/,
    ],
    [
      'in another charset, of JSON',
      'application/json; charset=iso-8859-1',
      '{"a":"\uFFFD"}',
      /^A body parser made a string of the body with the wrong encoding/,
    ],
    [
      'in another charset, of JSON that was parsed',
      'application/json; charset=iso-8859-1',
      { a: '\uFFFD' },
      /^A body parser made a string of the body with the wrong encoding/,
    ],
    [
      'by a form parser that has met a handset who writes &xml=',
      'application/x-www-form-urlencoded',
      { '<POSTBACK><ORIGIN>': 'SMS_MO</ORIGIN>', xml: '<POSTBACK/>' },
      /^A form parser/,
    ],
    [
      'by a form parser that has left what is no UTF-8',
      'application/x-www-form-urlencoded',
      { xml: '%3CPOSTBACK%E9' },
      /^A form parser/,
    ],
    ['by an XML parser whose root is xml', 'text/xml', { xml: '<POSTBACK/>' }, /^An XML parser/],
    [
      'in an encoding that nothing names',
      'text/xml',
      '<POSTBACK>\uFFFD',
      /^A body parser made a string of the body with the wrong encoding/,
    ],
  ])('that was taken apart %s is BODY_ALREADY_READ', async (_, type, value, message) => {
    const reading = readRequest(request(read(value), { 'content-type': type }));
    await expect(reading).rejects.toMatchObject({
      code: 'BODY_ALREADY_READ',
      status: 500,
      message: expect.stringMatching(message) as string,
    });
  });

  it('that was read before is TOO_LARGE too', async () => {
    for (const value of ['a'.repeat(11), new Uint8Array(11), new ArrayBuffer(11), { xml: 'a'.repeat(11) }]) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      await expect(readRequest(request(read(value), headers), { maxBytes: 10 })).rejects.toMatchObject({
        code: 'TOO_LARGE',
      });
    }
  });

  it('has its charset from the first parameter of that name', async () => {
    const latin1 = Buffer.from(xml, 'latin1');
    const [result] = await readRequest(
      request(read(latin1), { 'content-type': 'text/xml;charset="iso-8859-1"; charset=utf-8' }),
    );
    expect(result?.data).toMatchObject({ text: 'hi é' });
    expect(
      (await readRequest(request(read(latin1), { 'content-type': 'text/xml; a=charset' }), { encoding: 'latin1' }))[0]
        ?.success,
    ).toBe(true);
  });
});

describe('a content-encoding', () => {
  const plain = Buffer.from(single(smsFields('hi')).padEnd(2000));
  const withoutZlib = async <T>(work: () => Promise<T>): Promise<T> => {
    // A mock: of the platforms that have no node:zlib, only the runtimes' own tests can start one.
    const spy = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined);
    try {
      return await work();
    } finally {
      spy.mockRestore();
    }
  };

  it('is undone by the platform where there is no node:zlib', async () => {
    await withoutZlib(async () => {
      expect(Buffer.from(await decompress(gzipSync(plain), 'gzip', 5000))).toEqual(plain);
      expect(Buffer.from(await decompress(deflateSync(plain), 'deflate', 5000))).toEqual(plain);
      expect(Buffer.from(await decompress(deflateRawSync(plain), 'deflate', 5000))).toEqual(plain);
      await expect(decompress(gzipSync(plain), 'gzip', 1999)).rejects.toMatchObject({ code: 'TOO_LARGE' });
      await expect(decompress(gzipSync(plain).subarray(0, 30), 'gzip', 5000)).rejects.toMatchObject({
        code: 'BAD_ENCODING',
      });
    });
  });

  it('that the platform has not is refused, not skipped', async () => {
    await withoutZlib(async () => {
      await expect(decompress(Buffer.from([0x0b]), 'br', 5000)).rejects.toMatchObject({
        code: 'UNSUPPORTED_CONTENT_ENCODING',
        status: 415,
      });
    });
  });

  it('is bounded by nothing where maxBytes is lifted, or more than node:zlib can be told', async () => {
    for (const maxBytes of [Infinity, 2 ** 40])
      expect(Buffer.from(await decompress(gzipSync(plain), 'gzip', maxBytes))).toEqual(plain);
  });

  it.each([
    '<POSTBACK>',
    '\uFEFF <POSTBACK>',
    jsonSms('hi'),
    `[${jsonSms('hi')}]`,
    'a=1&xml=%3CPOSTBACK',
    '--boundary\r\n',
    'h=1&xml=',
    '',
  ])('that something has undone is told by the start of what is there: %j', async (text) => {
    const bytes = Buffer.from(text);
    for (const coding of ['gzip', 'deflate', 'br'] as const) expect(await decompress(bytes, coding, 5000)).toBe(bytes);
    if (/^[<{[\uFEFF]/.test(text))
      expect(await decompress(Buffer.from(text, 'utf16le'), 'br', 5000)).toEqual(Buffer.from(text, 'utf16le'));
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array, 'gzip' | 'deflate' | 'br']>([
    ['gzip', gzipSync, 'gzip'],
    ['deflate', deflateSync, 'deflate'],
    ['raw deflate', deflateRawSync, 'deflate'],
    ['br', brotliCompressSync, 'br'],
  ])('is told by the start of what is there where nothing has undone it: %s', async (_, compress, coding) => {
    for (const text of [
      single(smsFields('hi')),
      bundle(...Array.from({ length: 300 }, (__, n) => smsFields(String(n)))),
      jsonSms('hi'),
      'xml=%3CPOSTBACK%3E',
    ])
      expect(Buffer.from(await decompress(compress(Buffer.from(text)), coding, 5_000_000)).toString()).toBe(text);
  });
});

describe('drain', () => {
  it('waits for what runs, begins nothing more, and tells what is left', async () => {
    let end: () => void = () => undefined;
    const texts: string[] = [];
    const receiver = createReceiver({
      ...callbacks,
      onSms: async ({ text }) => {
        texts.push(text);
        await new Promise<void>((resolve) => (end = resolve));
      },
    });
    const post = (): ReturnType<typeof receiver.answer> =>
      receiver.answer(request(read(bundle(smsFields('one'), smsFields('two')))));
    const answering = post();
    await vi.waitUntil(() => texts.length === 1, { timeout: 10_000 });
    expect(await receiver.drain(20)).toEqual({ pendingRequests: 1, runningCallbacks: 1 });
    expect(await post()).toMatchObject({ status: 503, body: 'DRAINING', headers: { connection: 'close' } });
    const draining = receiver.drain(5000);
    end();
    expect(await draining).toEqual({ pendingRequests: 0, runningCallbacks: 0 });
    // The second was not begun, and comes again.
    expect(await answering).toMatchObject({ status: 503, body: 'DRAINING', headers: { connection: 'close' } });
    expect(texts).toEqual(['one']);
  });

  it('gives back a claim whose callback has not begun', async () => {
    let answer: () => void = () => undefined;
    const store = memoryDedupe();
    const slow: DedupeStore = {
      ...store,
      claim: async (key, leaseMs) => {
        await new Promise<void>((resolve) => (answer = resolve));
        return store.claim(key, leaseMs);
      },
    };
    const onSms = vi.fn();
    const receiver = createReceiver({ ...callbacks, onSms, dedupe: slow });
    const answering = receiver.answer(request(read(single(smsFields('hi', 'T1')))));
    await tick(10);
    const draining = receiver.drain(5000);
    answer();
    expect(await answering).toMatchObject({ status: 503, body: 'DRAINING' });
    await draining;
    expect(onSms).not.toHaveBeenCalled();
    expect(await store.claim('["sms","86717","T1"]', 1000)).toMatchObject({ state: 'claimed' });
  });

  it('waits as long as it is told to, also where no timer does', async () => {
    const receiver = createReceiver({ ...callbacks, onSms: () => tick(60) });
    const answering = receiver.answer(request(read(single(smsFields('hi')))));
    await tick(5);
    expect(await receiver.drain(2 ** 31)).toEqual({ pendingRequests: 0, runningCallbacks: 0 });
    await answering;
  });

  it.each([undefined, -1, '5'])('refuses %o', async (ms) => {
    await expect(createReceiver({ ...callbacks, dedupe: false }).drain(ms as number)).rejects.toThrow(
      /^ms: expected milliseconds/,
    );
  });

  it('works without a store', async () => {
    expect(await createReceiver({ ...callbacks, dedupe: false }).drain(10)).toEqual({
      pendingRequests: 0,
      runningCallbacks: 0,
    });
  });
});

describe('work behind the answer', () => {
  it('is given to waitUntil, where there is any', async () => {
    const given: Promise<unknown>[] = [];
    let isDone = false;
    const receiver = createReceiver({
      ...callbacks,
      ackTimeoutMs: 20,
      onSms: async () => {
        await tick(60);
        isDone = true;
      },
      onMms: () => undefined,
    });
    const waitUntil = (work: Promise<unknown>): void => void given.push(work);
    expect(await receiver.answer(request(read(single(smsFields('hi')))), waitUntil)).toMatchObject({ status: 503 });
    await Promise.all(given);
    expect([given.length, isDone]).toEqual([1, true]);
    expect(await receiver.answer(request(read(single(smsFields('hi')))), waitUntil)).toMatchObject({ status: 200 });
    expect(given).toHaveLength(1);
  });

  it('ends at callbackTimeoutMs, also for what has not begun', async () => {
    const texts: string[] = [];
    const receiver = createReceiver({
      ...callbacks,
      ackTimeoutMs: 20,
      callbackTimeoutMs: 60,
      dedupe: false,
      onSms: ({ text }) => {
        texts.push(text);
        return new Promise(() => undefined);
      },
    });
    expect(await receiver.answer(request(read(bundle(smsFields('one'), smsFields('two')))))).toMatchObject({
      status: 503,
    });
    expect(await receiver.drain(1000)).toEqual({ pendingRequests: 0, runningCallbacks: 0 });
    expect(texts).toEqual(['one']);
  });
});

it('only those without an id are known by their content, numbered among their equals', async () => {
  const keys: unknown[] = [];
  const receiver = createReceiver({
    ...callbacks,
    onSms: (_, { key }) => {
      keys.push(key);
    },
  });
  const [with1, without] = [smsFields('YES', 'T1'), smsFields('YES')];
  const xml = `<POSTBACK>${[without, with1, without].map((fields) => `<NOTIFICATION>${fields}</NOTIFICATION>`).join('')}</POSTBACK>`;
  expect(await receiver.answer(request(read(xml)))).toMatchObject({ status: 200 });
  const first = expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string;
  expect(keys).toEqual([first, '["sms","86717","T1"]', `${String(keys[0])}#2`]);
});

it('a key of any length is a short one to the store', async () => {
  const keys: string[] = [];
  const seen: unknown[] = [];
  const memory = memoryDedupe();
  const dedupe: DedupeStore = {
    ...memory,
    claim: (key, leaseMs) => {
      keys.push(key);
      return memory.claim(key, leaseMs);
    },
  };
  const receiver = createReceiver({
    ...callbacks,
    dedupe,
    contentKeys: false,
    onSms: (_, { key }) => {
      seen.push(key);
    },
  });
  for (let n = 0; n < 2; n++) await receiver.answer(request(read(single(smsFields('hi', 'T'.repeat(10_000))))));
  await receiver.answer(request(read(single(smsFields('hi')))));
  expect(keys).toEqual([keys[0], keys[0]]);
  expect(keys[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(seen).toEqual([keys[0], undefined]);
});

it.each([
  [
    'hands on a promise that never ends',
    {
      then: (resolve: (value: unknown) => void) => {
        resolve(new Promise(() => undefined));
      },
    },
    503,
  ],
  [
    'throws',
    {
      then: () => {
        throw new Error('of the application');
      },
    },
    500,
  ],
])('a callback whose `then` %s is bounded as others are', async (_, thenable, status) => {
  const receiver = createReceiver({ ...callbacks, onSms: () => thenable, ackTimeoutMs: 30, callbackTimeoutMs: 60 });
  expect(await receiver.answer(request(read(single(smsFields('hi')))))).toMatchObject({ status });
  expect(await receiver.drain(5000)).toEqual({ pendingRequests: 0, runningCallbacks: 0 });
});

it('a waitUntil that throws keeps no answer from going out', async () => {
  const receiver = createReceiver({ ...callbacks, onSms: () => tick(100), ackTimeoutMs: 20 });
  const answer = await receiver.answer(request(read(single(smsFields('hi')))), () => {
    throw new Error('of the platform');
  });
  expect(answer).toMatchObject({ status: 503, body: 'CALLBACK_TIMEOUT' });
  await receiver.drain(5000);
});

it('who is not admitted is told that the connection closes', async () => {
  expect(await createReceiver({ ...callbacks, authorize: () => false }).answer(request(read('')))).toMatchObject({
    status: 401,
    headers: { connection: 'close' },
  });
  const failing = createReceiver({ ...callbacks, authorize: () => Promise.reject(new Error('down')) });
  expect(await failing.answer(request(read('')))).toMatchObject({ status: 503, headers: { connection: 'close' } });
});

it('a signal that is asked for when the claim is lost already is aborted', async () => {
  const seen: unknown[] = [];
  const dedupe = { ...memoryDedupe(), renew: () => Promise.resolve(false) };
  const receiver = createReceiver({
    ...callbacks,
    dedupe,
    leaseMs: 10,
    onSms: async (_, context) => {
      await tick(60);
      seen.push(context.signal.aborted, context.signal === context.signal);
    },
  });
  expect(await receiver.answer(request(read(single(smsFields('hi')))))).toMatchObject({ status: 200 });
  expect(seen).toEqual([true, true]);
});

describe('what others have in progress', () => {
  it('is asked for by turns, and found done', async () => {
    const store = memoryDedupe();
    const keys = ['one', 'two'].map((id) => JSON.stringify(['notification', id]));
    const claimed = await Promise.all(keys.map((key) => store.claim(key, 60_000)));
    const onSms = vi.fn();
    const receiver = createReceiver({ ...callbacks, onSms, dedupe: store });
    const xml = bundle(smsFields('1'), smsFields('2'), smsFields('3')).replace('"1"', '"one"').replace('"2"', '"two"');
    const answering = receiver.answer(request(read(xml)));
    // The neighbour goes on first.
    await vi.waitUntil(() => onSms.mock.calls.length === 1, { timeout: 8000 });
    for (const [n, claim] of claimed.entries())
      if (claim.state === 'claimed') await store.complete(keys[n] ?? '', claim.token, 60_000);
    expect(await answering).toMatchObject({ status: 200 });
    expect(onSms).toHaveBeenCalledOnce();
  });
});

describe('diagnostics', () => {
  it('are published on channels, with no URL, header, key or content', async () => {
    const events: unknown[][] = [];
    const names = ['received', 'rejected', 'duplicate', 'handled', 'failed', 'late'];
    const listeners = names.map(
      (name) => [`mo-postback:${name}`, (event: unknown) => void events.push([name, event])] as const,
    );
    for (const [channel, listener] of listeners) subscribe(channel, listener);
    const receiver = createReceiver({
      ...callbacks,
      ackTimeoutMs: 30,
      onSms: ({ text }) => (text === 'bad' ? Promise.reject(new Error('mine')) : tick(60)),
    });
    await receiver.answer(request(read('<html>secret')));
    await receiver.answer(request(read(single(smsFields('secret')))));
    await receiver.drain(1000);
    await receiver.answer(request(read('')));
    const store = memoryDedupe();
    await store.claim(JSON.stringify(['sms', '86717', 'T1']), 60_000);
    await createReceiver({ ...callbacks, dedupe: store, ackTimeoutMs: 30 }).answer(
      request(read(single(smsFields('secret', 'T1')))),
    );
    const other = createReceiver(callbacks);
    for (let n = 0; n < 2; n++) await other.answer(request(read(single(smsFields('secret')))));
    await createReceiver({ ...callbacks, onSms: () => Promise.reject(new Error('mine')) }).answer(
      request(read(bundle(smsFields('secret'), ''))),
    );
    for (const [channel, listener] of listeners) unsubscribe(channel, listener);
    const base = { requestId: expect.any(Number) as number, durationMs: expect.any(Number) as number };
    const bytes = expect.any(Number) as number;
    expect(events).toEqual([
      ['rejected', { ...base, status: 400, codes: ['NOT_A_POSTBACK'] }],
      ['received', { ...base, bytes, notifications: 1 }],
      ['late', { ...base, notifications: 1 }],
      ['handled', { ...base, kind: 'sms', attempt: 1 }],
      ['rejected', { ...base, status: 503, codes: ['DRAINING'] }],
      ['received', { ...base, bytes, notifications: 1 }],
      ['rejected', { ...base, status: 503, codes: ['IN_PROGRESS'] }],
      ['received', { ...base, bytes, notifications: 1 }],
      ['handled', { ...base, kind: 'sms', attempt: 1 }],
      ['received', { ...base, bytes, notifications: 1 }],
      ['duplicate', { ...base, kind: 'sms' }],
      ['received', { ...base, bytes, notifications: 2 }],
      ['rejected', { ...base, status: 400, codes: ['MISSING_FIELD'] }],
      ['failed', { ...base, kind: 'sms', attempt: 1 }],
    ]);
  });
});

describe('claims', () => {
  const settings = (options: object): ReturnType<typeof resolveReceiverOptions> =>
    resolveReceiverOptions({ ...callbacks, ...options });
  const store = (methods: Partial<DedupeStore>): DedupeStore => ({
    claim: () => Promise.resolve({ state: 'claimed', token: 't', attempt: 1 }),
    renew: () => Promise.resolve(true),
    complete: () => Promise.resolve(),
    release: () => Promise.resolve(),
    ...methods,
  });

  it('that come too late are given back', async () => {
    const release = vi.fn(() => Promise.resolve());
    const claims = new Claims(
      store({
        release,
        claim: async () => {
          await tick(50);
          return { state: 'claimed', token: 't', attempt: 1 };
        },
      }),
      settings({ storeTimeoutMs: 10 }),
    );
    expect(await claims.claim('k')).toBe(UNREACHABLE);
    await vi.waitUntil(() => release.mock.calls.length > 0);
    expect(release).toHaveBeenCalledWith('k', 't');
  });

  it('that come too late and are none need not be', async () => {
    const release = vi.fn(() => Promise.resolve());
    const claims = new Claims(
      store({
        release,
        claim: async () => {
          await tick(30);
          return { state: 'done' };
        },
      }),
      settings({ storeTimeoutMs: 10 }),
    );
    expect(await claims.claim('k')).toBe(UNREACHABLE);
    await tick(40);
    expect(release).not.toHaveBeenCalled();
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['an empty object', {}],
    ['true', true],
    ['of another state', { state: 'CLAIMED' }],
    [
      'what throws',
      {
        get state() {
          throw new Error('of the store');
        },
      },
    ],
  ])('that are %s are those of a store that cannot be reached', async (_, claim) => {
    const events: unknown[] = [];
    const listener = (event: unknown): void => void events.push(event);
    subscribe('mo-postback:rejected', listener);
    const onSms = vi.fn();
    const receiver = createReceiver({
      ...callbacks,
      onSms,
      dedupe: store({ claim: () => Promise.resolve(claim as never) }),
    });
    expect(await receiver.answer(request(read(single(smsFields('hi')))))).toMatchObject({
      status: 503,
      body: 'STORE_UNAVAILABLE',
    });
    expect(onSms).not.toHaveBeenCalled();
    expect(events).toMatchObject([{ status: 503, codes: ['STORE_UNAVAILABLE'] }]);
    unsubscribe('mo-postback:rejected', listener);
  });

  it('are asked of a store that has no promises, and of one that throws', async () => {
    const plain = { state: 'claimed', token: 't', attempt: 1 } as const;
    expect(await new Claims(store({ claim: (() => plain) as never }), settings({})).claim('k')).toBe(plain);
    const claim = (): never => {
      throw new Error('down');
    };
    expect(await new Claims(store({ claim }), settings({})).claim('k')).toBe(UNREACHABLE);
  });

  it('are renewed while they are held, also through a fault of the store, and lost at their end', async () => {
    const answers = [true, false, true, false];
    const renew = vi.fn(() => (answers.shift() === true ? Promise.resolve(true) : Promise.reject(new Error('down'))));
    const claims = new Claims(store({ renew }), settings({ leaseMs: 600 }));
    const onLost = vi.fn();
    claims.keepRenewed('k', 't', onLost);
    await vi.waitUntil(() => onLost.mock.calls.length > 0, { timeout: 10_000 });
    expect(renew.mock.calls.length).toBeGreaterThan(4);
    expect(renew).toHaveBeenCalledWith('k', 't', 600);
    const before = renew.mock.calls.length;
    await tick(300);
    expect(renew.mock.calls).toHaveLength(before);
  });

  it('are not renewed once they are let go', async () => {
    const renew = vi.fn(async () => {
      await tick(10);
      return false;
    });
    const claims = new Claims(store({ renew }), settings({ leaseMs: 15 }));
    const onLost = vi.fn();
    const letGo = claims.keepRenewed('k', 't', onLost);
    await vi.waitUntil(() => renew.mock.calls.length > 0, { interval: 1 });
    letGo();
    await tick(40);
    expect(renew).toHaveBeenCalledOnce();
    expect(onLost).not.toHaveBeenCalled();
  });

  it('that are done are known here while the store does not know, and told to it again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      let isDown = true;
      const told: unknown[] = [];
      const claim = vi.fn(() => Promise.resolve({ state: 'claimed', token: 't', attempt: 1 } as const));
      const claims = new Claims(
        store({
          claim,
          complete: (...args) => {
            told.push(args);
            return isDown ? Promise.reject(new Error('down')) : Promise.resolve();
          },
        }),
        settings({}),
      );
      await claims.complete('k', 't');
      await claims.complete('l', 't');
      expect(await claims.claim('k')).toEqual({ state: 'done' });
      expect(claim).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1000);
      expect(told).toHaveLength(4);
      isDown = false;
      await vi.advanceTimersByTimeAsync(1000);
      expect(told).toHaveLength(6);
      expect(told[5]).toEqual(['l', 't', expect.any(Number)]);
      expect(await claims.claim('k')).toMatchObject({ state: 'claimed' });
      await vi.advanceTimersByTimeAsync(10_000);
      expect(told).toHaveLength(6);
    } finally {
      vi.useRealTimers();
    }
  });

  it('that are done are forgotten here when the store would forget them', async () => {
    const claims = new Claims(store({ complete: () => Promise.reject(new Error('down')) }), settings({}));
    await claims.complete('k', 't');
    const later = performance.now() + 31 * 60 * 1000;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => later);
    try {
      expect(await claims.flush()).toBe(0);
    } finally {
      clock.mockRestore();
    }
    expect(await claims.claim('k')).toMatchObject({ state: 'claimed' });
  });
});
