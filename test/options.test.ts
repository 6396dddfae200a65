import { describe, expect, it } from 'vitest';
import { parseBundle, parsePostback, PostbackParser, safeParsePostback } from '../src/index.ts';
import type { PostbackOptions } from '../src/index.ts';

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
    [{ recover: 'yes' }, new TypeError('options.recover: expected a boolean, got string')],
  ])('throws for %j', (options, error) => {
    expect(() => use(options as PostbackOptions)).toThrow(error);
  });
});

it('treats undefined like a missing option', () => {
  expect(safeParsePostback('', { maxBytes: undefined, recover: undefined, encoding: undefined }).error?.code).toBe(
    'EMPTY',
  );
});
