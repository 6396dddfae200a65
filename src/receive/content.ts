// What a request carries -> the document in it, however it arrived. The ways: docs/protocol.md, "Delivery".

import { encodingNamed } from '../read/decode.ts';
import { fromBinaryString, toBinaryString } from '../read/binary-string.ts';
import { bodyError, readBytes, tooLarge } from './body.ts';
import type { BodyLimits } from './body.ts';
import { beginsAsText, codingOf, decompressed } from './content-coding.ts';
import type { Coding } from './content-coding.ts';
import { alreadyRead, nothingLeft, ReceiveError } from './errors.ts';
import type { PostbackRequest } from './request.ts';

/** A body, and the document in it. */
export interface Content {
  /** The body as it came, or as far as a parser before has left it. */
  readonly raw: Uint8Array;
  /** Finds the document. Apart, so that a body without one can still be told of. */
  readonly document: () => Document | Promise<Document>;
}

/** A document, not parsed yet. */
export interface Document {
  readonly source: string | Uint8Array;
  /** The charset that the transport names. */
  readonly charset: string | undefined;
}

/** What the headers say of a body. */
interface ContentType {
  readonly way: 'xml' | 'json' | 'form' | 'multipart';
  /** Content-Type as sent. */
  readonly header: string;
  readonly charset: string | undefined;
  readonly coding: Coding | undefined;
}

// Raw XML comes under all of these, and under none; JSON there is told from it by its first character.
const XML_TYPES = /^(?:|(?:application|text)\/xml|.+\+xml|text\/plain|application\/octet-stream)$/;
const JSON_TYPES = /^(?:application\/json|.+\+json)$/;
const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data';

/**
 * Reads the body of a request.
 * @throws PostbackError `TOO_LARGE`
 * @throws ReceiveError
 */
export async function readContent(postback: PostbackRequest, limits: BodyLimits): Promise<Content> {
  const header = (name: string): string | undefined =>
    postback.header === undefined ? postback.headers[name] : postback.header(name);
  const type = contentTypeOf(header('content-type') ?? '', header('content-encoding'));
  const { maxBytes } = limits;
  if (Number(header('content-length')) > maxBytes) throw tooLarge(maxBytes);
  const body = postback.body();
  if (typeof body === 'function') return contentOf(await readBytes(body, limits), type, limits);
  const content = readBefore(body.read, type, limits);
  limits.onBytes?.(content.raw.length);
  return content;
}

function readBefore(read: unknown, type: ContentType, limits: BodyLimits): Content {
  const { maxBytes } = limits;
  if (read instanceof Uint8Array) return contentOf(withinLimit(read, maxBytes), type, limits);
  if (read instanceof ArrayBuffer) return contentOf(withinLimit(new Uint8Array(read), maxBytes), type, limits);
  if (typeof read === 'string') return textContent(read, type, maxBytes);
  if (type.way === 'json') {
    const json = jsonOf(read);
    if (json !== undefined) return textContent(json, { ...type, coding: undefined }, maxBytes);
  }
  const field = type.way === 'form' || type.way === 'multipart' ? fieldOf(read) : undefined;
  // What undid the form has undone its coding, and the charset is the form's.
  if (field !== undefined)
    return textContent(field, { ...type, way: 'xml', coding: undefined, charset: undefined }, maxBytes);
  throw takenApart(read, type);
}

function contentOf(raw: Uint8Array, type: ContentType, { maxBytes, onBytes }: BodyLimits): Content {
  return {
    raw,
    document: () => {
      const { coding } = type;
      if (coding === undefined) return documentIn(raw, type);
      return decompressed(raw, coding, maxBytes).then((bytes) => {
        if (bytes !== raw) onBytes?.(bytes.length);
        return documentIn(bytes, type);
      });
    },
  };
}

/** What was made a string before is text: what it says of its encoding is known to be undone. */
function textContent(text: string, type: ContentType, maxBytes: number): Content {
  const raw = withinLimit(new TextEncoder().encode(text), maxBytes);
  if (type.coding !== undefined && !beginsAsText(raw)) {
    throw alreadyRead('A parser has made the body a string in its content-encoding, and bytes are lost', 'bytes');
  }
  const encoding = type.charset === undefined ? undefined : encodingNamed(type.charset);
  // A decoder that met bytes which it could not read put U+FFFD there. A document in UTF-8 may hold one of its own.
  const isUtf8 =
    type.charset !== undefined
      ? encoding === 'utf-8'
      : type.way === 'json' || /^[^<]*<\?xml[^>]*encoding\s*=\s*["']utf-?8/i.test(text);
  if (text.includes('\uFFFD') && !isUtf8) {
    throw alreadyRead(
      'A parser has made the body a string, by another encoding than its own, and characters are lost',
      'bytes',
    );
  }
  // Many decoders read Windows-1252 as ISO-8859-1, which leaves each byte a character.
  if (encoding === 'windows-1252' && type.way === 'xml' && /^[\0-\xFF]*$/.test(text)) {
    const bytes = fromBinaryString(text);
    return { raw: bytes, document: () => ({ source: bytes, charset: type.charset }) };
  }
  return {
    raw,
    document: () => (isRaw(type, raw) ? { source: text, charset: undefined } : documentIn(raw, type)),
  };
}

function documentIn(bytes: Uint8Array, type: ContentType): Document | Promise<Document> {
  const { way, header, charset } = type;
  if (isRaw(type, bytes)) return { source: bytes, charset };
  if (way === 'form') return { source: only(formValues(bytes)), charset };
  return multipartValues(bytes, header).then((values) => ({ source: only(values), charset: undefined }));
}

/** Whether the body is the document. Under a form's label that is told by its first character, which no form begins with. */
function isRaw({ way }: ContentType, bytes: Uint8Array): boolean {
  if (way === 'xml' || way === 'json') return true;
  const start = String.fromCharCode(...bytes.subarray(0, 64));
  // White space is passed over; a byte order mark or a NUL is that of XML in one of its encodings.
  return /^(?:[\t\n\r ]*$|[\t\n\r ]*[<{[]|\xEF\xBB\xBF|\xFE\xFF|\xFF\xFE|\0)/.test(start);
}

// What the last request's headers said: a provider's are all the same.
let last:
  { readonly header: string; readonly contentEncoding: string | undefined; readonly type: ContentType } | undefined;

function contentTypeOf(header: string, contentEncoding: string | undefined): ContentType {
  if (last?.header !== header || last.contentEncoding !== contentEncoding) {
    last = { header, contentEncoding, type: parsedType(header, contentEncoding) };
  }
  return last.type;
}

function parsedType(header: string, contentEncoding: string | undefined): ContentType {
  const [media = '', ...parameters] = header.split(';');
  const mediaType = media.trim().toLowerCase();
  const way =
    mediaType === FORM
      ? 'form'
      : mediaType === MULTIPART
        ? 'multipart'
        : XML_TYPES.test(mediaType)
          ? 'xml'
          : JSON_TYPES.test(mediaType)
            ? 'json'
            : undefined;
  if (way === undefined) {
    throw new ReceiveError(
      'UNSUPPORTED_MEDIA_TYPE',
      'The Content-Type can hold no postback. Expected application/xml, text/xml or application/json.',
    );
  }
  let charset: string | undefined;
  for (const parameter of parameters) {
    const found = /^\s*charset\s*=\s*(?:"([^"]*)"|([^\s"]+))\s*$/i.exec(parameter);
    charset ??= found?.[1] ?? found?.[2];
  }
  return { way, header, charset, coding: codingOf(contentEncoding) };
}

/**
 * The values of the field `xml`. https://url.spec.whatwg.org/#urlencoded-parsing, but to bytes: the XML in them may be in
 * another encoding than UTF-8. Other fields are passed over: a body may be made of nothing else.
 */
function formValues(bytes: Uint8Array): Uint8Array[] {
  const text = toBinaryString(bytes);
  const values: Uint8Array[] = [];
  for (let from = 0; from <= text.length;) {
    const next = text.indexOf('&', from);
    const end = next === -1 ? text.length : next;
    FIELD.lastIndex = from;
    if (FIELD.test(text)) values.push(unescaped(text.slice(FIELD.lastIndex, end)));
    from = end + 1;
  }
  return values;
}

// `xml=`, each letter perhaps percent-encoded: %78, %6D, %6C; %58, %4D, %4C.
const FIELD = /(?:x|%[57]8)(?:m|%[46]d)(?:l|%[46]c)(?:=|(?=&)|$)/iy;

/** Percent-encoding undone; what is none stays as it is. */
function unescaped(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const byte = code === 0x25 ? 16 * hexDigit(text, at + 1) + hexDigit(text, at + 2) : NaN;
    if (!Number.isNaN(byte)) at += 2;
    bytes[length++] = Number.isNaN(byte) ? (code === 0x2b ? 0x20 : code) : byte;
  }
  return bytes.subarray(0, length);
}

function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : NaN;
}

/**
 * The same of a multipart/form-data body, by the platform's own parser. It decodes them as UTF-8; so that it loses
 * nothing of other encodings, it is given each byte as a character.
 */
async function multipartValues(bytes: Uint8Array, header: string): Promise<Uint8Array[]> {
  try {
    const response = new Response(toBinaryString(bytes), { headers: { 'content-type': header } });
    const values: (string | File)[] = [];
    (await response.formData()).forEach((value, name) => {
      if (name.toLowerCase() === 'xml') values.push(value);
    });
    return await Promise.all(
      values.map(async (value) => fromBinaryString(typeof value === 'string' ? value : await value.text())),
    );
  } catch {
    throw bodyError('EMPTY', 'The body is no multipart/form-data, or is cut. Expected a part named xml in it.');
  }
}

/** The document of a form: the field `xml`, in any case. */
function only([first, second]: readonly Uint8Array[]): Uint8Array {
  if (first === undefined) throw bodyError('EMPTY', 'The form has no field xml. Expected the document in it.');
  if (second !== undefined) throw bodyError('NOT_A_POSTBACK', 'The form has the field xml twice. Expected it once.');
  return first;
}

/** The same of a form that a parser before has made an object of; `undefined` where it is none, or was not undone. */
function fieldOf(read: unknown): string | undefined {
  if (typeof read !== 'object' || read === null) return undefined;
  const names = Object.keys(read);
  // It was XML that is labelled a form: whoever wrote its words may have written `&xml=` among them.
  if (names.some((name) => /^[\t\n\r ]*</.test(name))) return undefined;
  const values = Object.entries(read).flatMap(([name, value]: [string, unknown]) =>
    name.toLowerCase() === 'xml' ? [value] : [],
  );
  const [value] = values;
  // A parser that cannot undo the escapes of another encoding leaves them.
  return values.length === 1 && typeof value === 'string' && !value.startsWith('%') ? value : undefined;
}

/** What a JSON parser before has made an object of, as JSON: digits that it has lost make no exact numbers, and are refused. */
function jsonOf(read: unknown): string | undefined {
  if (typeof read !== 'object' || read === null || Object.keys(read).length === 0) return undefined;
  try {
    return JSON.stringify(read);
  } catch {
    return undefined;
  }
}

function takenApart(read: unknown, { way }: ContentType): ReceiveError {
  if (typeof read !== 'object' || read === null || Object.keys(read).length === 0) {
    return nothingLeft();
  }
  if (way === 'json') {
    return alreadyRead(
      'A JSON parser has read the body and made something of it that JSON cannot hold',
      'the receiver to come before it, or one that makes plain data',
    );
  }
  if (way === 'xml') {
    return alreadyRead(
      'An XML parser (as body-parser-xml and express-xml-bodyparser are) has read the body and taken the document apart',
      'the receiver to come before it, or the parser to leave this path alone',
    );
  }
  return alreadyRead(
    'A form parser (as express.urlencoded is) has read the body, which is no form with one field xml, and taken it apart',
    'the receiver to come before it, or the parser to leave this path alone',
  );
}

function withinLimit(bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (bytes.length > maxBytes) throw tooLarge(maxBytes);
  return bytes;
}
