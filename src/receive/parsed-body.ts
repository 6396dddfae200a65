// Bodies that other code (a body parser, a serverless platform) has read before: restores the document, if it can be
// restored without loss.

import { fromBinaryString } from '../read/binary-string.ts';
import { encodingNamed } from '../read/decode.ts';
import { tooLarge } from './body.ts';
import { startsLikeText } from './content-coding.ts';
import type { ContentType } from './content-type.ts';
import { isDocument } from './document-in-body.ts';
import type { Content } from './document-in-body.ts';
import { alreadyRead, nothingLeft } from './errors.ts';
import type { ReceiveError } from './errors.ts';

/**
 * Restores a body from the value that other code has made of it.
 * @throws PostbackError `TOO_LARGE`
 * @throws ReceiveError `BODY_ALREADY_READ`
 */
export function restoreContent(value: unknown, type: ContentType, maxBytes: number): Content {
  if (value instanceof Uint8Array) return contentOfBytes(value, type, maxBytes);
  if (value instanceof ArrayBuffer) return contentOfBytes(new Uint8Array(value), type, maxBytes);
  if (typeof value === 'string') return contentOfText(value, type, maxBytes);
  if (!isFilledObject(value)) throw nothingLeft();
  const { format } = type;
  if (isParsedForm(value)) throw cannotRestore('form');
  if (format === 'json') {
    const json = stringifyJson(value);
    if (json !== undefined) return contentOfText(json, type, maxBytes);
  }
  const field = format === 'form' || format === 'multipart' ? xmlField(value) : undefined;
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
function contentOfText(text: string, type: ContentType, maxBytes: number): Content {
  const content = contentOfBytes(new TextEncoder().encode(text), type, maxBytes);
  const { format, charset, coding } = type;
  if (coding !== undefined && !startsLikeText(content.raw)) {
    throw alreadyRead(
      'A body parser decoded the body without decompressing it, and bytes are lost',
      'the undecoded bytes',
    );
  }
  const encoding = charset === undefined ? undefined : encodingNamed(charset);
  // Decoders write U+FFFD for bytes that they cannot decode. A document in UTF-8 may itself contain U+FFFD.
  if (
    text.includes('\uFFFD') &&
    (charset === undefined ? format !== 'json' && !DECLARES_UTF8.test(text) : encoding !== 'utf-8')
  ) {
    throw alreadyRead('A body parser decoded the body with the wrong encoding, and characters are lost', 'bytes');
  }
  // Many decoders read Windows-1252 as ISO-8859-1: each byte becomes the character of the same number.
  if (format === 'xml' && encoding === 'windows-1252' && /^[\0-\xFF]*$/.test(text)) {
    const raw = fromBinaryString(text);
    return { raw, type, isText: false, document: { source: raw, charset } };
  }
  // The text of a form is escaped. Its fields have the charset of the form.
  if (!isDocument(content.raw, type)) return content;
  return { ...content, isText: true, document: { source: text, charset: undefined } };
}

const DECLARES_UTF8 = /^[^<]*<\?xml[^>]*encoding\s*=\s*["']utf-?8/i;

/**
 * Returns `undefined` if the value cannot be written as JSON. Numbers that lost digits are refused by the reader later.
 */
function stringifyJson(value: object): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/**
 * Whether a form parser has read a document: the document then starts in the name of a field. A sender may even have
 * written `&xml=` in a text. XML and JSON parsers return no such names.
 */
function isParsedForm(value: object): boolean {
  return Object.keys(value).some((name) => /^[\t\n\r ]*(?:<|[{[][\t\n\r ]*["{])/.test(name));
}

/** Returns the field `xml`, in any case, of a form that was parsed before; `undefined` if it cannot be trusted. */
function xmlField(form: object): string | undefined {
  const entries: [string, unknown][] = Object.entries(form);
  const values = entries.flatMap(([name, value]) => (name.toLowerCase() === 'xml' ? [value] : []));
  const [value] = values;
  // Parsers leave escapes that they cannot decode, because the value has another encoding.
  return values.length === 1 && typeof value === 'string' && !value.startsWith('%') ? value : undefined;
}

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
};
