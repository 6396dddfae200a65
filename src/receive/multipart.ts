// Bodies of type multipart/form-data: finds the part with the document.

import { parseMultipart } from '@remix-run/multipart-parser';
import type { PostbackError } from '../errors.ts';
import { fromBinaryString, toBinaryString } from '../read/binary-string.ts';
import { bodyError } from './body.ts';
import { charsetOf } from './content-type.ts';
import { startsLikeDocument } from './document-start.ts';
import { FieldChoice, MAX_FIELDS, tooManyFields } from './field-choice.ts';

/** The document in a part. */
interface Part {
  readonly source: Uint8Array;
  /** The charset of the part's own Content-Type. */
  readonly charset: string | undefined;
}

/**
 * Returns the part with the document.
 * @throws PostbackError `EMPTY` or `NOT_A_POSTBACK`
 */
export function documentInMultipart(bytes: Uint8Array, contentType: string): Part {
  const text = toBinaryString(bytes);
  const boundary = boundaryOf(contentType, text);
  const choice = new FieldChoice<Part>();
  for (const { name, headers, content } of partsOf(text, boundary)) {
    const isNamedXml = name?.toLowerCase() === 'xml';
    if (isNamedXml || startsLikeDocument(content)) {
      choice.add(isNamedXml, { source: content, charset: charsetOf(headers['content-type'] ?? '') });
    }
  }
  return choice.chosen();
}

// RFC 2046, 5.1.1: up to 70 characters, in quotes if there are others than those of a token.
const BOUNDARY = /;\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70})(?=[\s;]|$))/i;
// White space and byte order marks. Not their exact order: a group would take ten times as long.
const FIRST_LINE = /^[\t\n\r \xEF\xBB\xBF]*--([^\r\n]{1,70}?)[\t ]{0,9}\r?\n/;

/** The boundary in the Content-Type if it is in the body, otherwise that of the first line. */
function boundaryOf(contentType: string, text: string): string {
  const [, quoted, unquoted] = BOUNDARY.exec(contentType) ?? [];
  const declared = quoted ?? unquoted;
  if (declared !== undefined && text.includes(`--${declared}`)) return declared;
  const boundary = FIRST_LINE.exec(text)?.[1];
  if (boundary !== undefined) return boundary;
  throw bodyError('EMPTY', 'The multipart body has no boundary. Expected one of up to 70 characters in Content-Type.');
}

interface ParsedPart {
  readonly name: string | undefined;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly content: Uint8Array;
}

function partsOf(text: string, boundary: string): ParsedPart[] {
  const strict = fromBinaryString(inStrictForm(text, boundary));
  const options = { boundary, maxParts: Infinity, maxFileSize: Infinity, maxTotalSize: Infinity };
  try {
    return Array.from(parseMultipart(strict, options), ({ name, headers, bytes: content }) => ({
      name,
      headers,
      content,
    }));
  } catch {
    throw bodyError('EMPTY', 'Invalid or incomplete multipart body. Expected a part named xml.');
  }
}

/**
 * Removes preamble and epilogue, and ends the lines of boundaries and headers in CRLF, as the parser expects. Parts
 * stay byte for byte.
 * @throws PostbackError for too many parts, before they are copied
 */
function inStrictForm(text: string, boundary: string): string {
  const escaped = boundary.replace(/[^\w]/g, String.raw`\$&`);
  const delimiter = new RegExp(String.raw`(?:^(?:\xEF\xBB\xBF)?|\r?\n)--${escaped}(--)?[\t ]*(?:\r?\n|$)`, 'g');
  let strict = `--${boundary}`;
  let start: number | undefined;
  let parts = 0;
  let headersLeft = MAX_HEADERS_LENGTH;
  for (const { 0: whole, 1: isLast, index } of text.matchAll(delimiter)) {
    if (parts++ > MAX_FIELDS) throw tooManyFields();
    if (start !== undefined) {
      const { headers, content } = splitPart(text.slice(start, index));
      headersLeft -= headers.length;
      if (headersLeft < 0) throw tooLongHeaders();
      strict += `\r\n${headersInStrictForm(headers)}\r\n\r\n${content}\r\n--${boundary}`;
    }
    if (isLast !== undefined) return `${strict}--`;
    start = index + whole.length;
  }
  // The end of the last boundary is missing.
  if (start === text.length) return `${strict}--`;
  throw bodyError('EMPTY', 'The multipart body is incomplete. Expected its boundary at the end.');
}

// Of all parts together. Each header takes the parser as long as a short message.
const MAX_HEADERS_LENGTH = 65_536;

function tooLongHeaders(): PostbackError {
  const problem = `The headers of the parts have more than ${MAX_HEADERS_LENGTH} bytes`;
  return bodyError('EMPTY', `${problem}. Expected a part named xml.`);
}

function splitPart(part: string): { readonly headers: string; readonly content: string } {
  const blankLine = /(?:^|\r?\n)\r?\n/.exec(part);
  if (blankLine === null) return { headers: part, content: '' };
  return { headers: part.slice(0, blankLine.index), content: part.slice(blankLine.index + blankLine[0].length) };
}

function headersInStrictForm(headers: string): string {
  return headers.replace(/\r?\n/g, '\r\n').replace(/[^\t\r\n -~]/g, '?');
}
