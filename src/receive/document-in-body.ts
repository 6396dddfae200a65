// Finds the document in a body. The ways in which it arrives: docs/protocol.md, "Delivery".

import type { BodyLimits } from './body.ts';
import { decompress, startsLikeText, unsupportedCoding } from './content-coding.ts';
import { afterSpaceAndMarks, startsLikeDocument } from './document-start.ts';
import { maxBodyBytes } from './content-type.ts';
import type { ContentType } from './content-type.ts';
import { ReceiveError } from './errors.ts';
import { documentInForm } from './form.ts';
import { documentInMultipart } from './multipart.ts';

/** A body that was read. */
export interface Content {
  /** The body as it arrived. If other code has read it before: what is left of it. */
  readonly raw: Uint8Array;
  readonly type: ContentType;
  /** Whether other code has made text of the body. `raw` is then this text in UTF-8. */
  readonly isText: boolean;
  /** The document, if other code has decoded it already, or why it is lost. */
  readonly document: UnparsedDocument | ReceiveError | undefined;
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
export function documentOf(content: Content, limits: BodyLimits): UnparsedDocument | Promise<UnparsedDocument> {
  const { raw, type, document } = content;
  if (document instanceof ReceiveError) throw document;
  if (document !== undefined) return document;
  // The fields of a form may have another charset than the form, but not if it is text.
  if (content.isText) return { ...findDocument(raw, type), charset: 'utf-8' };
  const { coding } = type;
  if (coding === undefined) return findDocument(raw, type);
  if (coding === 'unsupported') {
    // Something may have decoded it already.
    if (startsLikeText(raw)) return findDocument(raw, type);
    throw unsupportedCoding('Unsupported Content-Encoding. Expected none, or one of gzip, deflate, br.');
  }
  return decompress(raw, coding, maxBodyBytes(type, limits.maxBytes), limits).then((bytes) =>
    findDocument(bytes, type),
  );
}

function findDocument(bytes: Uint8Array, type: ContentType): UnparsedDocument {
  const { format, header, charset } = type;
  if (isDocument(bytes, type)) return { source: bytes, charset };
  if (format === 'form') return { source: documentInForm(bytes), charset };
  if (format === 'multipart') return documentInMultipart(bytes, header);
  throw new ReceiveError(
    'UNSUPPORTED_MEDIA_TYPE',
    'Unsupported Content-Type, and the body does not start like a document. Expected XML, JSON or a form.',
  );
}

/**
 * Whether the body is the document itself. Documents are also sent with the type of a form, of HTML and others. A form
 * never starts like a document. A body without any character is read as an empty document.
 */
export function isDocument(bytes: Uint8Array, { format }: ContentType): boolean {
  if (format === 'xml' || format === 'json' || startsLikeDocument(bytes)) return true;
  return afterSpaceAndMarks(bytes) === bytes.length;
}
