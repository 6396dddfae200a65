// The ways in which a document arrives: docs/protocol.md, "Delivery".

/** The body of a POST and the headers that belong to it. */
export interface Postback {
  readonly body: Uint8Array<ArrayBuffer>;
  /** By lower-case name. Of a body that is not labelled, none. */
  readonly headers: Readonly<Record<string, string>>;
}

/** As the raw body, with a label, right or wrong, or without one; or as a field of a form. */
export type Arrival = { readonly contentType: string | undefined } | { readonly form: 'urlencoded' | 'multipart'; readonly field: string };

const BOUNDARY = 'mo-postback-0f2c9d5e7b1a4836';

/** A document as it arrives in one of these ways. */
export function arriving(text: string, way: Arrival): Postback {
  if (!('form' in way)) return postback(text, way.contentType);
  if (way.form === 'urlencoded') return postback(new URLSearchParams([[way.field, text]]).toString(), 'application/x-www-form-urlencoded');
  const part = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${way.field}"\r\n\r\n${text}\r\n--${BOUNDARY}--\r\n`;
  return postback(part, `multipart/form-data; boundary=${BOUNDARY}`);
}

function postback(body: string, contentType: string | undefined): Postback {
  return { body: new TextEncoder().encode(body), headers: contentType === undefined ? {} : { 'content-type': contentType } };
}
