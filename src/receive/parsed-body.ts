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
export function restoreContent({ value, isSentText }: AlreadyRead, type: ContentType, maxBytes: number): Content {
  if (value instanceof Uint8Array) return contentOfBytes(value, type, maxBytes);
  if (value instanceof ArrayBuffer) return contentOfBytes(new Uint8Array(value), type, maxBytes);
  if (typeof value === 'string') return contentOfText(value, type, maxBytes, isSentText);
  if (!isFilledObject(value)) throw nothingLeft();
  const { format } = type;
  if (isParsedForm(value)) throw cannotRestore('form');
  if (format === 'json') {
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

/** A string is text: the encoding that it declares was decoded before. */
function contentOfText(text: string, type: ContentType, maxBytes: number, isSentText = false): Content {
  const content = { ...contentOfBytes(new TextEncoder().encode(text), type, maxBytes), isText: true };
  const { format, charset, coding } = type;
  if (coding !== undefined && !startsLikeText(content.raw)) {
    const problem = 'A body parser decoded the body without decompressing it, and bytes are lost';
    return { ...content, document: alreadyRead(problem, 'the undecoded bytes') };
  }
  const encoding = charset === undefined ? undefined : encodingNamed(charset);
  // Decoders write U+FFFD for bytes that they cannot decode. A document in UTF-8 may itself contain U+FFFD.
  if (
    !isSentText &&
    text.includes('\uFFFD') &&
    (charset === undefined ? format !== 'json' && !DECLARES_UTF8.test(text) : encoding !== 'utf-8')
  ) {
    const problem = 'A body parser decoded the body with the wrong encoding, and characters are lost';
    return { ...content, document: alreadyRead(problem, 'bytes') };
  }
  // Many decoders read Windows-1252 as ISO-8859-1: each byte becomes the character of the same number.
  if (!isSentText && format === 'xml' && encoding === 'windows-1252' && /^[\0-\xFF]*$/.test(text)) {
    const raw = fromBinaryString(text);
    return { raw, type, isText: false, document: { source: raw, charset } };
  }
  if (isDocument(content.raw, type)) return { ...content, document: { source: text, charset: undefined } };
  // If all of a form is ASCII, its fields contain escaped bytes.
  return { ...content, isText: format !== 'form' || content.raw.length > text.length };
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
  throw alreadyRead('A JSON parser has rounded a number', expected);
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
 * like a document. `undefined` if there is none that can be trusted.
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
