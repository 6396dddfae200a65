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

describe('a JSON document', () => {
  it.each<[about: string, json: string, ...texts: string[]]>([
    ['brackets and quotes in strings', `[${withText('}]{[\\"')},${withText('\\\\')}]`, '}]{["', '\\'],
    ['an escape at the start of its first name', withText('hi').replace('{', '{"\\"}":"a",'), 'hi'],
    [
      'many empty objects and lists',
      withText('hi').replace('{', `{${'"a":{},"b":[],'.repeat(20).replace(/"[ab]/g, (name, at) => name + String(at))}`),
      'hi',
    ],
  ])('is read with %s', (_, json, ...texts) => {
    for (const maxDepth of [3, 16])
      expect(resultsOf(json, { maxDepth })).toMatchObject(texts.map((text) => ({ data: { text } })));
  });

  it('may have two spellings of a name that has no field', () => {
    const json = withText('hi').replace('{', '{"subject":"a","Subject":"b",');
    expect(resultsOf(json)).toMatchObject([{ data: { extra: [{ name: 'subject' }, { name: 'Subject' }] } }]);
  });

  const other = '{"origin":"SUB"}';
  it.each([
    ['{"origin":"a\\', 'The document is incomplete (it may be truncated)'],
    ['{"origin":"a\\u12', 'The document is incomplete (it may be truncated)'],
    ['{"origin":"\\q\\', 'Malformed JSON: invalid escape sequence'],
    [`[${other},\uFEFF${other}]`, 'Malformed JSON: unexpected character'],
    [`[\x01${other}]`, 'Malformed JSON: unexpected character'],
    [`${other}x`, 'Malformed JSON: unexpected character'],
    [`${'\uFEFF'.repeat(10_001)}{"origin":"\x01"}`, 'Malformed JSON: control character in a string'],
    [`{"origin":"${'\\u0000'.repeat(10_001)}"}`, 'Malformed JSON: NUL'],
  ])('is refused, also with recover (case %#)', (json, problem) => {
    const error = thrownBy(() => resultsOf(json, { recover: true }));
    expect(error).toMatchObject({ code: 'MALFORMED' });
    expect((error as Error).message.split(' at line ')[0]).toBe(problem);
  });

  it.each([
    ['{}', 'from is an empty object or list'],
    ['1e10', 'from must be a string, or a whole number written in digits,'],
    ['true', 'from is true or false'],
  ])('has an error for a sender that is %s', (value, problem) => {
    const [result] = resultsOf(withText('hi').replace(/"from":"\d+"/, `"from":${value}`));
    expect(result?.error).toMatchObject({ code: 'INVALID_FIELD' });
    expect(result?.error?.message.split(' at line ')[0]).toBe(problem);
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
