// The ways in which a document arrives: docs/protocol.md, "Delivery".

import { fromBinaryString, toBinaryString } from '../read/binary-string.ts';

/** The body of a POST and the headers that belong to it. */
export interface Postback {
  readonly body: Uint8Array<ArrayBuffer>;
  /** By lower-case name. Of a body that is not labelled, none. */
  readonly headers: Readonly<Record<string, string>>;
}

/** As the raw body, with a label, right or wrong, or without one; or as a field of a form. */
export type Arrival =
  { readonly contentType: string | undefined } | { readonly form: 'urlencoded' | 'multipart'; readonly field: string };

// What does not stand for itself in a form: https://url.spec.whatwg.org/#application-x-www-form-urlencoded-percent-encode-set
const ENCODED = /[^\w*.-]/g;

/** A document as it arrives in one of these ways: text as UTF-8, or the bytes that it is. */
export function arriving(document: string | Uint8Array, way: Arrival): Postback {
  const bytes = typeof document === 'string' ? new TextEncoder().encode(document) : new Uint8Array(document);
  if (!('form' in way))
    return { body: bytes, headers: way.contentType === undefined ? {} : { 'content-type': way.contentType } };
  const text = toBinaryString(bytes);
  if (way.form === 'urlencoded') {
    const value = text.replace(ENCODED, (unit) =>
      unit === ' ' ? '+' : `%${unit.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    );
    return {
      body: fromBinaryString(`${way.field}=${value}`),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    };
  }
  let boundary = 'mo-postback-0f2c9d5e7b1a4836';
  // RFC 2046, 5.1.1: it stands nowhere in what it bounds.
  while (text.includes(boundary)) boundary += '0';
  const part = `--${boundary}\r\nContent-Disposition: form-data; name="${way.field}"\r\n\r\n${text}\r\n--${boundary}--\r\n`;
  return { body: fromBinaryString(part), headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } };
}
