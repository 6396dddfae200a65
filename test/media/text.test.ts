// The text of a part.

import { describe, expect, it } from 'vitest';
import { decodeText, looksLikeText } from '../../src/media/text.ts';

const bytes = (binary: string): Uint8Array => Buffer.from(binary, 'latin1');

describe('text is decoded', () => {
  it.each([
    ['by its byte order mark, before the charset', '\xEF\xBB\xBFcaf\xC3\xA9', 'text/plain; charset=iso-8859-1', 'café'],
    ['as UTF-16LE with a byte order mark', '\xFF\xFEa\0\xE9\0', undefined, 'aé'],
    ['as UTF-16BE with a byte order mark', '\xFE\xFF\0a\0\xE9', 'text/plain', 'aé'],
    ['by its charset', '\xB1\xF3', 'text/plain; charset="iso-8859-2"', 'ąó'],
    [
      'as Windows-1252, also the characters that Node.js 20 reads wrongly',
      '\x80\x99',
      'text/plain; charset=latin1',
      '€™',
    ],
    ['as UTF-8 without a charset', 'caf\xC3\xA9', 'text/plain', 'café'],
    ['as UTF-8 if the charset is unknown', 'caf\xC3\xA9', 'text/plain; charset=none', 'café'],
    ['as UTF-8 if the charset is us-ascii', 'caf\xC3\xA9', 'text/plain; charset=us-ascii', 'café'],
    ['as Windows-1252 if it is not valid UTF-8', 'caf\xE9', 'text/plain; charset=utf-8', 'café'],
    ['as Windows-1252 if the byte order mark is wrong', '\xEF\xBB\xBFcaf\xE9', undefined, 'ï»¿café'],
    ['as nothing if it is empty', '', undefined, ''],
  ])('%s', (_, binary, contentType, text) => {
    expect(decodeText(bytes(binary), contentType)).toBe(text);
  });
});

describe('the start of a file', () => {
  it.each([
    ['words', 'Hello\r\n\t caf\xE9', true],
    ['nothing', '', true],
    ['an escape character, as in GSM 7 bit', 'a\x1Bb', true],
    ['UTF-16 with a byte order mark', '\xFF\xFEa\0', true],
    ['UTF-16 with a NUL', '\xFF\xFE\0\0', false],
    ['a NUL', 'a\0', false],
    ['a control character', 'a\x1F', false],
  ])('with %s looks like text: %#', (_, binary, expected) => {
    expect(looksLikeText(bytes(binary))).toBe(expected);
  });
});
