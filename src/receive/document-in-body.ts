// Finds the document in a body. The ways in which it arrives: docs/protocol.md, "Delivery".

import { bodyError } from './body.ts';
import type { BodyLimits } from './body.ts';
import { decompress } from './content-coding.ts';
import type { ContentType } from './content-type.ts';
import { formValues } from './form.ts';
import { multipartValues } from './multipart.ts';

/** A body that was read. */
export interface Content {
  /** The body as it arrived. If other code has read it before: what is left of it. */
  readonly raw: Uint8Array;
  readonly type: ContentType;
  /** Whether other code has made text of the document. `raw` is then this text in UTF-8. */
  readonly isText: boolean;
  /** The document, if other code has decoded it already. */
  readonly document: UnparsedDocument | undefined;
}

/** The bytes of a body that arrived completely. */
export type ArrivedBody = Pick<Content, 'raw' | 'isText'>;

/** A document that is not parsed yet. */
export interface UnparsedDocument {
  readonly source: string | Uint8Array;
  /** The charset of the Content-Type. */
  readonly charset: string | undefined;
}

/**
 * Finds the document in a body. Separate from reading the body, so that `onReject` gets the bytes of a body without
 * one.
 * @throws PostbackError
 * @throws ReceiveError
 */
export function documentOf(
  { raw, type, document }: Content,
  limits: BodyLimits,
): UnparsedDocument | Promise<UnparsedDocument> {
  if (document !== undefined) return document;
  if (type.coding === undefined) return findDocument(raw, type);
  return decompress(raw, type.coding, limits.maxBytes).then((bytes) => {
    if (bytes !== raw) limits.onBytes?.(bytes.length);
    return findDocument(bytes, type);
  });
}

function findDocument(bytes: Uint8Array, type: ContentType): UnparsedDocument | Promise<UnparsedDocument> {
  const { format, header, charset } = type;
  if (isDocument(bytes, type)) return { source: bytes, charset };
  if (format === 'form') return { source: onlyValue(formValues(bytes)), charset };
  return multipartValues(bytes, header).then((values) => ({ source: onlyValue(values), charset: undefined }));
}

/**
 * Whether the body is the document itself. Documents are also sent with the type of a form. A form never starts like a
 * document.
 */
export function isDocument(bytes: Uint8Array, { format }: ContentType): boolean {
  if (format === 'xml' || format === 'json') return true;
  const start = String.fromCharCode(...bytes.subarray(0, 64));
  // White space, then `<`, `{` or `[`; or a byte order mark; or a NUL, with which UTF-16 may start.
  return /^(?:[\t\n\r ]*$|[\t\n\r ]*[<{[]|\xEF\xBB\xBF|\xFE\xFF|\xFF\xFE|\0)/.test(start);
}

function onlyValue(values: readonly Uint8Array[]): Uint8Array {
  const [value, second] = values;
  if (value !== undefined && second === undefined) return value;
  const code = value === undefined ? 'EMPTY' : 'NOT_A_POSTBACK';
  throw bodyError(code, `The form has ${values.length} fields named xml. Expected exactly one.`);
}
