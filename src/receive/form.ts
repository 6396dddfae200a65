// Bodies of type application/x-www-form-urlencoded: finds the field `xml`.
// https://url.spec.whatwg.org/#urlencoded-parsing, but the values stay bytes: the XML may have another encoding than
// UTF-8.

import { toBinaryString } from '../read/binary-string.ts';

/**
 * Returns the values of all fields named `xml`, in any case. Other fields are skipped, because there may be millions.
 */
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

const TWO_HEX_DIGITS = /[\dA-F]{2}/iy;

/** Decodes percent-escapes and `+`. Invalid escapes (`%zz`) are kept. */
function decodeValue(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    let byte = text.charCodeAt(at);
    if (byte === 0x25) {
      TWO_HEX_DIGITS.lastIndex = at + 1;
      if (TWO_HEX_DIGITS.test(text)) {
        byte = parseInt(text.slice(at + 1, at + 3), 16);
        at += 2;
      }
    } else if (byte === 0x2b) {
      byte = 0x20;
    }
    bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
}
