// What is special about JSON: escapes, limits, and when an error is found.

import { describe, expect, it } from 'vitest';
import { parsePostback, PostbackParser } from '../../src/index.ts';
import { jsonSms } from '../helpers/documents.ts';
import { resultsOf } from '../helpers/results.ts';
import { thrownBy } from '../helpers/thrown-by.ts';

/** A JSON document with this between the quotes of its text. */
const withText = (characters: string): string => jsonSms('§').replace('§', characters);

describe('a JSON string', () => {
  it.each([
    ['all eight short escape sequences', '\\"\\\\\\/\\b\\f\\n\\r\\t', '"\\/\b\f\n\r\t'],
    ['digits of both cases', '\\u00e9\\u00C9\\uABCD\\uabcd', 'éÉ\uABCD\uABCD'],
    ['the last characters before the surrogates, and the first after them', '\\uD7FF\\uE000', '\uD7FF\uE000'],
    ['the first and the last surrogate pair', '\\uD800\\uDC00\\uDBFF\\uDFFF', '\u{10000}\u{10FFFF}'],
    ['an escaped backslash before a quotation mark', '\\\\\\"', '\\"'],
    ['more than 99 in a row', '\\n'.repeat(300), '\n'.repeat(300)],
    ['all other characters', '/\x7F\x80é😀', '/\x7F\x80é😀'],
  ])('is read with %s', (_, characters, text) => {
    const json = withText(characters);
    expect(parsePostback(json)).toMatchObject({ text });
    expect(resultsOf(json)).toMatchObject([{ data: { text } }]);
  });
});

it('TOO_DEEP is found where it is, not at the end of the notification', () => {
  for (const [maxDepth, before] of [
    [3, '{"content":[{"file":'],
    [4, '[{"content":[{"file":'],
  ] as const) {
    const parser = new PostbackParser({ onResult: () => undefined }, { maxDepth });
    parser.write(before);
    expect(
      thrownBy(() => {
        parser.write('{');
      }),
    ).toMatchObject({ code: 'TOO_DEEP', column: before.length + 1 });
  }
});

it('recover repairs at most 10 000 places of a JSON document', () => {
  const repaired = parsePostback(withText('\x01'.repeat(10_000)), { recover: true });
  expect(repaired).toMatchObject({ text: '\x01'.repeat(10_000) });
  const text = withText('\x01'.repeat(10_001));
  expect(thrownBy(() => parsePostback(text, { recover: true }))).toMatchObject({
    code: 'MALFORMED',
    column: text.lastIndexOf('\x01') + 1,
  });
});
