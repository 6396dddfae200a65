// Bodies of type application/x-www-form-urlencoded: finds the field `xml`.
// https://url.spec.whatwg.org/#urlencoded-parsing, but the values stay bytes: the XML may have another encoding than UTF-8.

import { toBinaryString } from '../read/binary-string.ts';

/** Returns the values of all fields named `xml`, in any case. Other fields are skipped, because there may be millions. */
export function formValues(bytes: Uint8Array): Uint8Array[] {
  const text = toBinaryString(bytes);
  const values: Uint8Array[] = [];
  for (let start = 0; start <= text.length;) {
    const separator = text.indexOf('&', start);
    const end = separator === -1 ? text.length : separator;
    FIELD_NAME.lastIndex = start;
    if (FIELD_NAME.test(text)) values.push(decodeValue(text.slice(FIELD_NAME.lastIndex, end)));
    start = end + 1;
  }
  return values;
}

// `xml=`. Each letter may be percent-encoded: %78, %6D, %6C; %58, %4D, %4C.
const FIELD_NAME = /(?:x|%[57]8)(?:m|%[46]d)(?:l|%[46]c)(?:=|(?=&)|$)/iy;

/** Decodes percent-escapes and `+`. Invalid escapes (`%zz`) are kept. */
function decodeValue(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const byte = code === 0x25 ? 16 * hexDigit(text, at + 1) + hexDigit(text, at + 2) : NaN;
    if (!Number.isNaN(byte)) at += 2;
    bytes[length++] = Number.isNaN(byte) ? (code === 0x2b ? 0x20 : code) : byte;
  }
  return bytes.subarray(0, length);
}

function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : NaN;
}
