import { describe, expect, it } from 'vitest';
import { allowAddresses } from '../src/authorize.ts';
import { memoryDedupe } from '../src/dedupe/memory.ts';
import { redisDedupe } from '../src/dedupe/redis.ts';
import { parseBundle, parsePostback, PostbackParser, safeParsePostback, serializePostback } from '../src/index.ts';
import type { PostbackOptions } from '../src/index.ts';
import { OPTION_NAMES } from '../src/options.ts';
import { readRequest } from '../src/receive/read-request.ts';
import { readStored } from '../src/receive/read-stored.ts';
import { deliver, mmsMo, postbackDocument, smsMo } from '../src/testing/index.ts';
import { createHandler } from '../src/use/http.ts';
import { sms } from './helpers/messages.ts';
import { alreadyRead, callbacks, postbackRequest } from './helpers/postback-request.ts';

const users: readonly [string, (options: PostbackOptions) => unknown][] = [
  ['parsePostback', (options) => parsePostback('', options)],
  ['safeParsePostback', (options) => safeParsePostback('', options)],
  ['parseBundle', (options) => parseBundle('', options)],
  ['PostbackParser', (options) => new PostbackParser({ onResult: () => undefined }, options)],
];

describe.each(users)('%s', (_, use) => {
  it.each<[options: unknown, error: Error]>([
    [7, new TypeError('options: expected an object')],
    [null, new TypeError('options: expected an object')],
    [[], new TypeError('options: expected an object, got an array')],
    [{ maxBytes: null }, new TypeError('options.maxBytes: expected a number, got null')],
    [{ recover: null }, new TypeError('options.recover: expected a boolean, got null')],
    [{ encoding: null }, new TypeError('options.encoding: expected a string, got null')],
    [
      { ['\x1B[2J'.repeat(1000)]: 1 },
      new TypeError(
        `options[${JSON.stringify('\x1B[2J'.repeat(1000).slice(0, 50))}]: unknown option. Expected one of ${OPTION_NAMES.join(', ')}.`,
      ),
    ],
    [{ maxBytes: '8' }, new TypeError('options.maxBytes: expected a number, got string')],
    [{ maxBytes: 0 }, new RangeError('options.maxBytes: expected a whole number above 0, or Infinity, got 0')],
    [
      { maxNotificationLength: -1 },
      new RangeError('options.maxNotificationLength: expected a whole number above 0, or Infinity, got -1'),
    ],
    [{ maxDepth: 1.5 }, new RangeError('options.maxDepth: expected a whole number above 0, or Infinity, got 1.5')],
    [
      { maxNotifications: NaN },
      new RangeError('options.maxNotifications: expected a whole number above 0, or Infinity, got NaN'),
    ],
    [
      { maxFields: 2 ** 60 },
      new RangeError('options.maxFields: expected a whole number above 0, or Infinity, got 1152921504606847000'),
    ],
    [
      { maxFiles: -Infinity },
      new RangeError('options.maxFiles: expected a whole number above 0, or Infinity, got -Infinity'),
    ],
    [{ encoding: 8 }, new TypeError('options.encoding: expected a string, got number')],
    [{ defaultOffset: -5 }, new TypeError('options.defaultOffset: expected a string, got number')],
    [
      { defaultOffset: 'EST' },
      new RangeError(`options.defaultOffset: expected an offset such as '-05:00' or 'Z', got "EST"`),
    ],
    [
      { defaultOffset: '-24:00' },
      new RangeError(`options.defaultOffset: expected an offset such as '-05:00' or 'Z', got "-24:00"`),
    ],
    [{ maxByte: 1 }, new TypeError('options.maxByte: unknown option. Did you mean maxBytes?')],
    [{ onSMS: () => undefined }, new TypeError('options.onSMS: unknown option. Did you mean onSms?')],
    [
      { timezone: 'EST' },
      new TypeError(`options.timezone: unknown option. Expected one of ${OPTION_NAMES.join(', ')}.`),
    ],
    [{ fallbackTime: 0 }, new TypeError('options.fallbackTime: expected a Date, got number')],
    [{ fallbackTime: new Date('yesterday') }, new RangeError('options.fallbackTime: expected a valid Date')],
    [{ recover: 'yes' }, new TypeError('options.recover: expected a boolean, got string')],
  ])('throws for %j', (options, error) => {
    expect(() => use(options as PostbackOptions)).toThrow(error);
  });
});

it('treats undefined like a missing option', () => {
  const options = { maxBytes: undefined, recover: undefined, encoding: undefined, unknown: undefined };
  expect(safeParsePostback('', options).error?.code).toBe('EMPTY');
});

it('takes inherited options', async () => {
  const inherited = Object.create({ maxBytes: 10, ...callbacks }) as PostbackOptions & typeof callbacks;
  expect(safeParsePostback('<POSTBACK/>', inherited).error?.code).toBe('TOO_LARGE');
  await expect(readStored({ raw: new Uint8Array(11), headers: {} }, inherited)).rejects.toMatchObject({
    code: 'TOO_LARGE',
  });
  expect(createHandler(inherited)).toBeTypeOf('function');
});

it('ignores the options of receivers, so that one object can serve both', () => {
  const options = { maxBytes: 10, ackTimeoutMs: 100, onSms: () => undefined, dedupe: 'ignored' };
  expect(safeParsePostback('<POSTBACK/>', options).error?.code).toBe('TOO_LARGE');
});

describe('createHandler', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['a word', { successResponse: 'OK' }, 'successResponse: expected an object'],
    ['a misspelt part', { successResponse: { bodi: '' } }, 'successResponse.bodi: unknown option. Did you mean body?'],
    ['bytes', { successResponse: { body: new Uint8Array() } }, 'successResponse.body: expected a string, got object'],
    ...['Content-Length', 'transfer-encoding', 'CONNECTION'].map((name): [string, Record<string, unknown>, string] => [
      `the header ${name}`,
      { successResponse: { headers: { [name]: '1' } } },
      `successResponse.headers: expected no ${name.toLowerCase()}, because the server sets it`,
    ]),
    ...[{ 'a b': '' }, { a: 'b\r\nc: d' }, { a: '\u20AC' }, 'a'].map(
      (headers): [string, Record<string, unknown>, string] => [
        `the headers ${JSON.stringify(headers)}`,
        { successResponse: { headers } },
        'successResponse.headers: expected valid names and values of HTTP headers',
      ],
    ),
    ...[7, null, 'a:b', 'a b', 'é', 'a\n', 'a'.repeat(51)].map(
      (keyPrefix): [string, Record<string, unknown>, string] => [
        `the key prefix ${JSON.stringify(keyPrefix)}`,
        { keyPrefix },
        'keyPrefix: expected at most 50 characters of A-Z a-z 0-9 . _ ~ / -',
      ],
    ),
    ['no window', { dedupeWindowMs: 0 }, 'dedupeWindowMs: expected milliseconds above 0 and below 2 ** 31, got 0'],
    ['a window in words', { dedupeWindowMs: '1 h' }, 'dedupeWindowMs: expected a number, got string'],
  ])('refuses %s', (_, options, message) => {
    expect(() => createHandler({ ...callbacks, ...options })).toThrow(new TypeError(`options.${message}`));
  });

  it('accepts a key prefix of 50 characters, and any headers of the answer that the server does not set', () => {
    const options = { keyPrefix: 'aZ09._~/-'.padEnd(50, 'x'), successResponse: { headers: { 'x-a': 'b' } } };
    expect(createHandler({ ...callbacks, ...options })).toBeTypeOf('function');
    for (const headers of [undefined, { 'x-a': undefined }, new Headers({ 'x-a': 'b' }) as never]) {
      expect(createHandler({ ...callbacks, successResponse: { headers } })).toBeTypeOf('function');
    }
  });
});

describe('other functions with options', () => {
  it.each<[string, () => unknown, string]>([
    [
      'createHandler',
      () => createHandler({ ...callbacks, authorise: () => true } as never),
      'authorise: unknown option. Did you mean authorize?',
    ],
    ['memoryDedupe', () => memoryDedupe({ maximum: 5 } as never), 'maximum: unknown option. Expected one of max.'],
    [
      'redisDedupe',
      () => redisDedupe({} as never, { prefx: 'a' } as never),
      'prefx: unknown option. Did you mean prefix?',
    ],
    [
      'allowAddresses',
      () => allowAddresses(['::1'], { trustProxies: ['::1'] } as never),
      'trustProxies: unknown option. Did you mean trustProxy?',
    ],
    [
      'serializePostback',
      () => serializePostback(sms, { generaton: 'G2' } as never),
      'generaton: unknown option. Did you mean generation?',
    ],
    ['smsMo', () => smsMo({ generations: 'G2' } as never), 'generations: unknown option. Did you mean generation?'],
    ['mmsMo', () => mmsMo({ generations: 'G2' } as never), 'generations: unknown option. Did you mean generation?'],
    [
      'postbackDocument',
      () => postbackDocument({ generations: 'G2' } as never),
      'generations: unknown option. Did you mean generation?',
    ],
  ])('suggest the nearest name for an unknown one: %s', (_, use, message) => {
    expect(use).toThrow(new TypeError(`options.${message}`));
  });

  it('suggest the nearest name for an unknown one: readPostback, readStored, deliver', async () => {
    const request = postbackRequest(alreadyRead(''));
    const misspelt = { recovery: true } as never;
    const error = new TypeError('options.recovery: unknown option. Did you mean recover?');
    await expect(readRequest(request, misspelt)).rejects.toThrow(error);
    await expect(readStored({ raw: new Uint8Array(), headers: {} }, misspelt)).rejects.toThrow(error);
    await expect(deliver('http://localhost:1', sms, { retries: 1 } as never)).rejects.toThrow(
      new TypeError(
        'options.retries: unknown option. Expected one of generation, form, headers, timeoutMs, intervalsMs, signal.',
      ),
    );
  });
});
