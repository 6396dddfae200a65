// What the headers say about a body: its format, its charset and its compression.

import { codingOf } from './content-coding.ts';
import type { Coding } from './content-coding.ts';

/** What the headers say about a body. */
export interface ContentType {
  /** `'unknown'`: a type that documents are not sent with. Senders mislabel them, so the body is looked at. */
  readonly format: 'xml' | 'json' | 'form' | 'multipart' | 'unknown';
  /** The Content-Type as sent. */
  readonly header: string;
  readonly charset: string | undefined;
  readonly coding: Coding | 'unsupported' | undefined;
}

// Raw XML is sent with all of these types, and without one. If JSON is sent with one of these, the parser recognises
// its first character.
const XML_TYPES = /^(?:|(?:application|text)\/xml|.+\+xml|text\/plain|application\/octet-stream)$/;
const JSON_TYPES = /^(?:application\/json|.+\+json)$/;

// The headers of the last request, parsed: a provider always sends the same ones.
let last:
  { readonly header: string; readonly contentEncoding: string | undefined; readonly type: ContentType } | undefined;

/** Parses Content-Type and Content-Encoding. */
export function contentTypeOf(header: string, contentEncoding: string | undefined): ContentType {
  if (last?.header !== header || last.contentEncoding !== contentEncoding) {
    last = { header, contentEncoding, type: parseContentType(header, contentEncoding) };
  }
  return last.type;
}

function parseContentType(header: string, contentEncoding: string | undefined): ContentType {
  const format = formatOf(mediaTypeOf(header));
  return { format, header, charset: charsetOf(header), coding: codingOf(contentEncoding) };
}

/** The media type in a Content-Type, in lower case, without parameters. */
export function mediaTypeOf(header: string): string {
  return header.replace(/;.*/s, '').trim().toLowerCase();
}

const CHARSET = /;\s*charset\s*=\s*(?:"([^";]*)"|([^\s";]+))\s*(?:;|$)/i;

/** The charset in a Content-Type. */
export function charsetOf(header: string): string | undefined {
  const [, quoted, unquoted] = CHARSET.exec(header) ?? [];
  return quoted ?? unquoted;
}

function formatOf(mediaType: string): ContentType['format'] {
  if (mediaType === 'application/x-www-form-urlencoded') return 'form';
  if (mediaType.startsWith('multipart/')) return 'multipart';
  if (XML_TYPES.test(mediaType)) return 'xml';
  return JSON_TYPES.test(mediaType) ? 'json' : 'unknown';
}

/** How much is read of a body. A document in a form is up to three times as large, because of escaping. */
export function maxBodyBytes({ format }: ContentType, maxBytes: number): number {
  return format === 'form' || format === 'multipart' ? 3 * maxBytes : maxBytes;
}
