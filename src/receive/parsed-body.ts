// Bodies that other code (a body parser, a serverless platform) has read before: restores the document, if it can be
// restored without loss.

import { fromBinaryString } from '../read/binary-string.ts';
import { encodingNamed } from '../read/encodings.ts';
import { tooLarge } from './body.ts';
import { startsLikeText } from './content-coding.ts';
import type { ContentType } from './content-type.ts';
import { isDocument } from './document-in-body.ts';
import type { Content } from './document-in-body.ts';
import { alreadyRead, nothingLeft } from './errors.ts';
import type { ReceiveError } from './errors.ts';
import type { AlreadyRead } from './request.ts';

/**
 * Restores a body from the value that other code has made of it.
 * @throws PostbackError `TOO_LARGE`
 * @throws ReceiveError `BODY_ALREADY_READ`
 */
export function restoreContent(
  { value, isSentText = false }: AlreadyRead,
  type: ContentType,
  maxBytes: number,
  contentLength?: number,
): Content {
  if (value instanceof Uint8Array) return contentOfBytes(value, type, maxBytes);
  if (value instanceof ArrayBuffer) return contentOfBytes(new Uint8Array(value), type, maxBytes);
  if (typeof value === 'string') return contentOfText(value, type, maxBytes, isSentText ? 'sent' : { contentLength });
  if (!isFilledObject(value)) throw nothingLeft();
  const { format } = type;
  if (isParsedForm(value)) throw cannotRestore('form');
  if (format === 'json' || isParsedJson(value)) {
    const json = stringifyJson(value);
    if (json !== undefined) return contentOfText(json, type, maxBytes);
  }
  const field = format === 'form' || format === 'multipart' ? documentField(value) : undefined;
  if (field === undefined) throw cannotRestore(format);
  // The form parser has decoded the coding and the charset, which was that of the form.
  return contentOfText(field, { ...type, format: 'xml', coding: undefined, charset: undefined }, maxBytes);
}

function isFilledObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function contentOfBytes(raw: Uint8Array, type: ContentType, maxBytes: number): Content {
  if (raw.length > maxBytes) throw tooLarge(maxBytes);
  return { raw, type, isText: false, document: undefined };
}

/** A string is text: the encoding that it declares was decoded before, unless it was sent as text. */
function contentOfText(
  text: string,
  type: ContentType,
  maxBytes: number,
  origin: 'sent' | { readonly contentLength?: number | undefined } = {},
): Content {
  const content = { ...contentOfBytes(new TextEncoder().encode(text), type, maxBytes), isText: true };
  const { format, charset, coding } = type;
  if (coding !== undefined && !startsLikeText(content.raw)) {
    const problem = 'A body parser decoded the body without decompressing it, and bytes are lost';
    return { ...content, document: alreadyRead(problem, 'the undecoded bytes') };
  }
  const encoding = charset === undefined ? undefined : encodingNamed(charset);
  if (origin !== 'sent' && text.includes('\uFFFD') && hasLostCharacters(text, content, origin.contentLength)) {
    const problem = 'A body parser decoded the body with the wrong encoding, and characters are lost';
    return { ...content, document: alreadyRead(problem, 'bytes') };
  }
  // Many decoders read Windows-1252 as ISO-8859-1: each byte becomes the character of the same number.
  if (origin !== 'sent' && format === 'xml' && encoding === 'windows-1252' && /^[\0-\xFF]*$/.test(text)) {
    const raw = fromBinaryString(text);
    return { raw, type, isText: false, document: { source: raw, charset } };
  }
  if (isDocument(content.raw, type)) return { ...content, document: { source: text, charset: undefined } };
  // If all of a form is ASCII, its fields contain escaped bytes.
  return { ...content, isText: format !== 'form' || content.raw.length > text.length };
}

/**
 * Whether a U+FFFD in a text replaces bytes that a decoder could not read. A document in UTF-8 may itself contain
 * U+FFFD: then it is as long as the body that was sent, which may have a byte order mark.
 */
function hasLostCharacters(text: string, { raw, type }: Content, contentLength: number | undefined): boolean {
  const { format, charset, coding } = type;
  const isUtf8 =
    charset === undefined ? format === 'json' || DECLARES_UTF8.test(text) : encodingNamed(charset) === 'utf-8';
  const isKnown = coding === undefined && contentLength !== undefined;
  return !isUtf8 || (isKnown && contentLength !== raw.length && contentLength !== raw.length + 3);
}

const DECLARES_UTF8 = /^[^<]*<\?xml[^>]*encoding\s*=\s*["']utf-?8/i;

/**
 * Returns `undefined` if the value cannot be written as JSON.
 * @throws ReceiveError for a number that may have lost digits: two messages could get the same id
 */
function stringifyJson(value: object): string | undefined {
  const rounded: number[] = [];
  let json: string;
  try {
    json = JSON.stringify(value, (_, member: unknown) => {
      if (typeof member === 'number' && !Number.isSafeInteger(member)) rounded.push(member);
      return member;
    });
  } catch {
    return undefined;
  }
  if (rounded.length === 0) return json;
  const expected = 'the receiver to run before it, or the parser to skip this path';
  throw alreadyRead('A JSON parser may have rounded a number, which is not a safe integer', expected);
}

/** Whether a JSON parser that does not look at the Content-Type has read notifications. XML parsers keep the root. */
function isParsedJson(value: object): boolean {
  return [value].flat().every((each) => typeof (each as { readonly origin?: unknown } | null)?.origin === 'string');
}

/**
 * Whether a form parser has read a document: the document then starts in the name of a field. A sender may even have
 * written `&xml=` in a text. XML and JSON parsers return no such names.
 */
function isParsedForm(value: object): boolean {
  return Object.keys(value).some((name) => /^[\t\n\r ]*(?:<|[{[][\t\n\r ]*["{])/.test(name));
}

/**
 * The document in a form that was parsed before: its field `xml`, in any case, otherwise its only field that starts
 * like a document. `undefined` if no field can be trusted.
 */
function documentField(form: object): string | undefined {
  const fields: [string, unknown][] = Object.entries(form);
  const named = fields.filter(([name]) => name.toLowerCase() === 'xml');
  const likely = fields.filter(([, value]) => typeof value === 'string' && DOCUMENT_START.test(value));
  const [field, another] = named.length > 0 ? named : likely;
  const value = another === undefined ? field?.[1] : undefined;
  // Parsers leave escapes that they cannot decode, because the value has another encoding.
  return typeof value === 'string' && !value.startsWith('%') ? value : undefined;
}

const DOCUMENT_START = /^[\uFEFF\t\n\r ]*[<{[]/;

function cannotRestore(format: ContentType['format']): ReceiveError {
  return alreadyRead(
    `${PARSERS[format]} read the body, and the document is lost`,
    'the receiver to run before it, or the parser to skip this path',
  );
}

const FORM_PARSER = 'A form parser (such as express.urlencoded)';

const PARSERS: Readonly<Record<ContentType['format'], string>> = {
  xml: 'An XML parser (such as body-parser-xml or express-xml-bodyparser)',
  json: 'A JSON parser with a result that cannot be written as JSON',
  form: FORM_PARSER,
  multipart: FORM_PARSER,
  unknown: 'A body parser',
};
