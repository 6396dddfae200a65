// Bodies of type application/x-www-form-urlencoded: finds the field with the document.
// https://url.spec.whatwg.org/#urlencoded-parsing, but the values stay bytes: the XML may have another encoding than
// UTF-8.

import { toBinaryString } from '../read/binary-string.ts';
import { afterSpaceAndMarks } from './document-start.ts';
import { FieldChoice } from './field-choice.ts';

/**
 * Returns the value of the field with the document. Reads the form once, without copies of other fields.
 * @throws PostbackError `EMPTY` or `NOT_A_POSTBACK`
 */
export function documentInForm(bytes: Uint8Array): Uint8Array {
  const text = toBinaryString(bytes);
  const choice = new FieldChoice<string>();
  for (let start = afterSpaceAndMarks(bytes); start <= text.length;) {
    const separator = text.indexOf('&', start);
    const end = separator === -1 ? text.length : separator;
    if (end > start) addField(text, start, end, choice);
    start = end + 1;
  }
  return decodeValue(choice.chosen());
}

/** A field, undecoded. */
function addField(text: string, start: number, end: number, choice: FieldChoice<string>): void {
  FIELD_NAME.lastIndex = start;
  if (FIELD_NAME.test(text)) {
    choice.add(true, text.slice(FIELD_NAME.lastIndex, end));
    return;
  }
  const equals = text.indexOf('=', start);
  if (equals === -1 || equals >= end) {
    choice.count();
    return;
  }
  DOCUMENT_START.lastIndex = equals + 1;
  if (DOCUMENT_START.test(text)) choice.add(false, text.slice(equals + 1, end));
  else choice.count();
}

// `xml=`. Each letter may be percent-encoded: %78, %6D, %6C; %58, %4D, %4C.
const FIELD_NAME = /(?:x|%[57]8)(?:m|%[46]d)(?:l|%[46]c)(?:=|(?=&)|$)/iy;

// White space and byte order marks, then `<`, `{` or `[`, each as it is or percent-encoded.
const DOCUMENT_START = /(?:[+\t\n\r ]|%(?:20|09|0a|0d)|\xEF\xBB\xBF|%EF%BB%BF)*(?:[<{[]|%(?:3C|7B|5B))/iy;

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
