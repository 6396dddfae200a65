// The ways in which a document arrives: docs/protocol.md, "Delivery".

/** The body of a POST and the headers that belong to it. */
export interface Postback {
  readonly body: Uint8Array<ArrayBuffer>;
  /** By lower-case name. Of a body that is not labelled, none. */
  readonly headers: Readonly<Record<string, string>>;
}

/** As the raw body, with a label, right or wrong, or without one; or as a field of a form. */
export type Arrival = { readonly contentType: string | undefined } | { readonly form: 'urlencoded' | 'multipart'; readonly field: string };

// What stands for itself in a form: https://url.spec.whatwg.org/#application-x-www-form-urlencoded-percent-encode-set
const PLAIN = /[\w*.-]/;

/** A document as it arrives in one of these ways: text as UTF-8, or the bytes that it is. */
export function arriving(document: string | Uint8Array, way: Arrival): Postback {
  const bytes = typeof document === 'string' ? new TextEncoder().encode(document) : new Uint8Array(document);
  if (!('form' in way)) return { body: bytes, headers: way.contentType === undefined ? {} : { 'content-type': way.contentType } };
  // A character for each byte.
  const units = Array.from(bytes, (byte) => String.fromCharCode(byte));
  if (way.form === 'urlencoded') {
    const value = units.map((unit) => (unit === ' ' ? '+' : PLAIN.test(unit) ? unit : `%${hex(unit)}`)).join('');
    return form(`${way.field}=${value}`, 'application/x-www-form-urlencoded');
  }
  const text = units.join('');
  let boundary = 'mo-postback-0f2c9d5e7b1a4836';
  // RFC 2046, 5.1.1: it stands nowhere in what it bounds.
  while (text.includes(boundary)) boundary += '0';
  return form(`--${boundary}\r\nContent-Disposition: form-data; name="${way.field}"\r\n\r\n${text}\r\n--${boundary}--\r\n`, `multipart/form-data; boundary=${boundary}`);
}

function form(text: string, contentType: string): Postback {
  return { body: Uint8Array.from(text, (unit) => unit.charCodeAt(0)), headers: { 'content-type': contentType } };
}

function hex(unit: string): string {
  return unit.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
}
