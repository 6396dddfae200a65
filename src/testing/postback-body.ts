// Puts a document into the body of a postback, in any way in which providers do: docs/protocol.md, "Delivery".

import { fromBinaryString, toBinaryString } from '../read/binary-string.ts';

/** The body of a POST, and the headers that describe it. */
export interface Postback {
  readonly body: Uint8Array<ArrayBuffer>;
  /** By lower-case name. Empty if the body has no Content-Type. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How a document is sent: as the body itself, with or without a Content-Type, or as a field of a form. */
export type BodyFormat =
  { readonly contentType: string | undefined } | { readonly form: 'urlencoded' | 'multipart'; readonly field: string };

/** Makes the postback that contains a document. Text is encoded as UTF-8. */
export function toPostbackBody(document: string | Uint8Array, format: BodyFormat): Postback {
  const bytes = typeof document === 'string' ? new TextEncoder().encode(document) : new Uint8Array(document);
  if ('form' in format) {
    const { form, field } = format;
    return form === 'urlencoded' ? urlencodedForm(bytes, field) : multipartForm(bytes, field);
  }
  const { contentType } = format;
  return { body: bytes, headers: contentType === undefined ? {} : { 'content-type': contentType } };
}

// https://url.spec.whatwg.org/#application-x-www-form-urlencoded-percent-encode-set
const ESCAPED_IN_FORM = /[^\w*.-]/g;

function urlencodedForm(bytes: Uint8Array, field: string): Postback {
  const value = toBinaryString(bytes).replace(ESCAPED_IN_FORM, (unit) =>
    unit === ' ' ? '+' : `%${unit.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return {
    body: fromBinaryString(`${field}=${value}`),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  };
}

function multipartForm(bytes: Uint8Array, field: string): Postback {
  const text = toBinaryString(bytes);
  let boundary = 'mo-postback-0f2c9d5e7b1a4836';
  // RFC 2046, 5.1.1: the boundary must not occur in the part.
  while (text.includes(boundary)) boundary += '0';
  const part = `--${boundary}\r\nContent-Disposition: form-data; name="${field}"\r\n\r\n${text}\r\n--${boundary}--\r\n`;
  return { body: fromBinaryString(part), headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } };
}
