// The text of a part.

import { toBinaryString } from '../read/binary-string.ts';
import { decodeWindows1252 } from '../read/decoders.ts';
import { encodingNamed } from '../read/encodings.ts';
import { charsetOf } from '../receive/content-type.ts';

const BYTE_ORDER_MARKS: readonly (readonly [start: RegExp, encoding: string])[] = [
  [/^\xEF\xBB\xBF/, 'utf-8'],
  [/^\xFF\xFE/, 'utf-16le'],
  [/^\xFE\xFF/, 'utf-16be'],
];

/** The encoding of a byte order mark. */
function markedEncoding(bytes: Uint8Array): string | undefined {
  const start = toBinaryString(bytes.subarray(0, 3));
  return BYTE_ORDER_MARKS.find(([mark]) => mark.test(start))?.[1];
}

/**
 * Decodes text by its byte order mark, otherwise by the charset of its Content-Type, otherwise as UTF-8. What is not
 * valid in that is read as Windows-1252, in which all bytes are valid. Removes the byte order mark.
 */
export function decodeText(bytes: Uint8Array, contentType: string = ''): string {
  const charset = charsetOf(contentType);
  const candidates = [markedEncoding(bytes), charset === undefined ? undefined : encodingNamed(charset), 'utf-8'];
  for (const encoding of candidates) {
    // Not Windows-1252: the TextDecoder of Node.js 20 reads that as ISO-8859-1.
    const text = encoding === undefined ? undefined : decoded(bytes, encoding);
    if (text !== undefined) return text;
  }
  return decodeWindows1252(bytes).text;
}

function decoded(bytes: Uint8Array, encoding: string): string | undefined {
  if (encoding === 'windows-1252') return decodeWindows1252(bytes).text;
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Whether the start of a file looks like text in an encoding that texts are sent in: there are no control characters
 * but white space.
 */
export function looksLikeText(start: Uint8Array): boolean {
  const encoding = markedEncoding(start);
  const text = encoding === undefined ? toBinaryString(start) : new TextDecoder(encoding).decode(start);
  // eslint-disable-next-line no-control-regex -- control characters show that it is not text
  return !/[\0-\x08\x0E-\x1A\x1C-\x1F]/.test(text);
}
