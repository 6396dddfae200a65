// What `send` sends.

import type { BodyFormat, Postback } from '../../testing/postback-body.ts';

/** A postback, and the document in its body. */
export interface Outgoing extends Postback {
  /** `undefined`: none was found in the body. */
  readonly document: { readonly source: string | Uint8Array; readonly charset?: string | undefined } | undefined;
  /** The file that contains it. */
  readonly file?: string;
}

export type Form = 'urlencoded' | 'multipart';

/** How a document is put into the body. */
export function formatOf(form: Form | undefined, isJson: boolean): BodyFormat {
  if (form !== undefined) return { form, field: 'xml' };
  return { contentType: isJson ? 'application/json' : 'text/xml' };
}
