// Bytes -> text, the same on every runtime. Where the encoding is named: docs/protocol.md, "Encodings".

import { toBinaryString } from './binary-string.ts';

type EncodingName = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

// https://encoding.spec.whatwg.org/#names-and-labels, for the encodings that these documents are sent in.
const LABELS = new Map<string, EncodingName>([
  ...labels('utf-8', 'unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8'),
  ...labels('utf-16le', 'csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le'),
  ...labels('utf-16be', 'unicodefffe utf-16be'),
  ...labels(
    'windows-1252',
    'ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 ' +
      'iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252',
  ),
]);

function labels(name: EncodingName, list: string): [string, EncodingName][] {
  return list.split(' ').map((label) => [label, name]);
}

/** The encoding that a label names, or `undefined` if it is not supported. */
export function encodingNamed(label: string): EncodingName | undefined {
  return LABELS.get(label.trim().toLowerCase());
}

/** Text that was decoded, and why decoding stopped, if it did: the text comes before the problem. */
export interface Decoded {
  readonly text: string;
  readonly problem?: string;
}

/** Decodes the bytes of one document, in chunks of any size. A byte order mark is not part of the text. */
export class Decoder {
  readonly #transportLabel: string | undefined;
  #decode: Decode | undefined;
  // Bytes whose meaning depends on what follows: the start, until the encoding is known; then a cut character.
  #pending: Uint8Array = NO_BYTES;

  constructor(transportLabel: string | undefined) {
    this.#transportLabel = transportLabel;
  }

  /** Decodes what is complete. `isLast`: nothing follows. */
  write(bytes: Uint8Array, isLast = false): Decoded {
    // Nothing is left to decode.
    if (bytes.length === 0 && this.#pending.length === 0) return NOTHING;
    const input = this.#pending.length === 0 ? bytes : concat(this.#pending, bytes);
    const isStart = this.#decode === undefined;
    if (this.#decode === undefined) {
      const detected = detect({ bytes: input, isAll: isLast }, this.#transportLabel);
      if (detected === 'wait') {
        this.#pending = copyOf(input);
        return NOTHING;
      }
      if (typeof detected === 'object') return { text: '', ...detected };
      this.#decode = DECODE[detected];
    }
    const { text: decoded, read, problem } = this.#decode(input);
    const text = isStart && decoded.startsWith('\uFEFF') ? decoded.slice(1) : decoded;
    if (problem !== undefined) return { text, problem };
    this.#pending = read === input.length ? NO_BYTES : copyOf(input.subarray(read));
    if (isLast && this.#pending.length > 0) return { text, problem: 'The document ends inside a character' };
    return { text };
  }
}

const NOTHING: Decoded = { text: '' };
const NO_BYTES = new Uint8Array(0);

/** The caller may use its buffer again. Not `slice`, which does not copy a Buffer. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** The encoding of a document, or why it cannot be decoded. `'wait'`: more bytes are needed. */
type Detected = EncodingName | { readonly problem: string } | 'wait';

/** The start of a document, and whether it is the whole document. */
interface Start {
  readonly bytes: Uint8Array;
  readonly isAll: boolean;
}

/** Asks each source in turn. A source that does not know the encoding returns `undefined`. */
function detect(start: Start, transportLabel: string | undefined): Detected {
  return byMark(start) ?? byTransport(transportLabel) ?? byZeros(start) ?? byDeclaration(start) ?? 'utf-8';
}

/** A byte order mark: EF BB BF, FE FF or FF FE. */
function byMark({ bytes: [first, second, third], isAll }: Start): Detected | undefined {
  if (first === 0xef) {
    if (third === undefined && !isAll) return 'wait';
    return second === 0xbb && third === 0xbf ? 'utf-8' : undefined;
  }
  if (first !== 0xfe && first !== 0xff) return undefined;
  if (second === undefined && !isAll) return 'wait';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return undefined;
}

/** The transport's charset. */
function byTransport(label: string | undefined): Detected | undefined {
  return label === undefined ? undefined : byLabel(label, "the transport's charset");
}

/** UTF-16 without a mark: one of the two bytes of an ASCII character is 0, and XML does not allow NUL. */
function byZeros({ bytes: [first, second], isAll }: Start): Detected | undefined {
  if (second === undefined && !isAll) return 'wait';
  if (first === 0 && second !== 0) return 'utf-16be';
  if (first !== 0 && second === 0) return 'utf-16le';
  return undefined;
}

// How many bytes are searched for the end of an XML declaration. Real ones have about 40 bytes.
const DECLARATION_LENGTH = 1024;
// `<?xml`
const DECLARATION_START = [0x3c, 0x3f, 0x78, 0x6d, 0x6c];
const ENCODING_DECLARATION = /^<\?xml[\t\n\r ][^>]*?[\t\n\r ]encoding[\t\n\r ]*=[\t\n\r ]*(["'])([^>]*?)\1/;

/** The XML declaration. */
function byDeclaration({ bytes, isAll }: Start): Detected | undefined {
  // Most documents have none. Making text of their first bytes would take as long as parsing a short message.
  if (DECLARATION_START.some((byte, at) => at < bytes.length && bytes[at] !== byte)) return undefined;
  const head = String.fromCharCode(...bytes.subarray(0, DECLARATION_LENGTH));
  if (!head.includes('>') && bytes.length < DECLARATION_LENGTH && !isAll) return 'wait';
  const [, , label] = ENCODING_DECLARATION.exec(head) ?? [];
  return label === undefined ? undefined : byLabel(label, 'the XML declaration', true);
}

function byLabel(label: string, where: string, isReadAsAscii = false): Detected {
  const name = encodingNamed(label);
  if (name === undefined) return { problem: `Unsupported encoding in ${where}` };
  // A declaration that could be read byte by byte is not UTF-16, whatever it says. Senders copy it from elsewhere.
  const isUtf16 = name.startsWith('utf-16');
  return isReadAsAscii && isUtf16 ? 'utf-8' : name;
}

/** Decodes as much as is complete: `read` bytes. A problem is right after the text. */
type Decode = (bytes: Uint8Array) => { readonly text: string; readonly read: number; readonly problem?: string };

const DECODE: Readonly<Record<EncodingName, Decode>> = {
  'utf-8': decodeUtf8,
  'utf-16le': (bytes) => decodeUtf16(bytes, true),
  'utf-16be': (bytes) => decodeUtf16(bytes, false),
  'windows-1252': decodeWindows1252,
};

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): ReturnType<Decode> {
  // A character that is cut at the end is kept here, so that all documents can share one decoder.
  const read = bytes.length - cutUtf8Length(bytes);
  try {
    return { text: utf8.decode(read === bytes.length ? bytes : bytes.subarray(0, read)), read };
  } catch {
    const good = wellFormedUtf8Length(bytes);
    return { text: utf8.decode(bytes.subarray(0, good)), read: good, problem: 'Invalid UTF-8' };
  }
}

/** How many bytes at the end belong to a character that is not complete. */
function cutUtf8Length(bytes: Uint8Array): number {
  for (let length = 1; length <= 3; length++) {
    const byte = bytes[bytes.length - length];
    if (byte === undefined || byte < 0x80) return 0;
    if (byte >= 0xc0) return byte <= 0xf4 && length < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? length : 0;
  }
  return 0;
}

/** How many bytes come before the first invalid one. The caller knows that there is one. RFC 3629, 4. */
function wellFormedUtf8Length({ buffer, byteOffset, length }: Uint8Array): number {
  const bytes = new DataView(buffer, byteOffset, length);
  for (let at = 0; ;) {
    const lead = bytes.getUint8(at++);
    if (lead < 0x80) continue;
    if (lead < 0xc2 || lead > 0xf4) return at - 1;
    const second = bytes.getUint8(at);
    const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (second < least || second > most) return at - 1;
    const more = lead < 0xe0 ? 0 : lead < 0xf0 ? 1 : 2;
    for (let n = 1; n <= more; n++) if ((bytes.getUint8(at + n) & 0xc0) !== 0x80) return at - 1;
    at += 1 + more;
  }
}

function decodeUtf16({ buffer, byteOffset, length }: Uint8Array, isLittleEndian: boolean): ReturnType<Decode> {
  const bytes = new DataView(buffer, byteOffset, length);
  const units = Uint16Array.from({ length: length >> 1 }, (_, n) => bytes.getUint16(2 * n, isLittleEndian));
  // The rest of a pair may follow.
  const all = toBinaryString(units);
  const text = /[\uD800-\uDBFF]$/.test(all) ? all.slice(0, -1) : all;
  const good = text.isWellFormed() ? text.length : text.search(/\p{Surrogate}/u);
  const read = { text: text.slice(0, good), read: 2 * good };
  return good === text.length ? read : { ...read, problem: 'Invalid UTF-16' };
}

// https://encoding.spec.whatwg.org/index-windows-1252.txt, 0x80 to 0x9F. All other bytes are their own code points.
const WINDOWS_1252 =
  '\u20AC\x81\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\x8D\u017D\x8F' +
  '\x90\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\x9D\u017E\u0178';

// Uses a table, because the TextDecoder of Node.js 20 reads this encoding as ISO-8859-1.
function decodeWindows1252(bytes: Uint8Array): ReturnType<Decode> {
  const units = Uint16Array.from(bytes);
  for (const [n, byte] of bytes.entries()) {
    if (byte >= 0x80 && byte <= 0x9f) units[n] = WINDOWS_1252.charCodeAt(byte - 0x80);
  }
  return { text: toBinaryString(units), read: bytes.length };
}
