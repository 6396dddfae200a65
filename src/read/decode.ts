// Bytes -> text, the same on every runtime. The order in which the encoding is told: docs/protocol.md, "Encodings".

import { toBinaryString } from './binary-string.ts';

type EncodingName = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

// https://encoding.spec.whatwg.org/#names-and-labels, for the encodings that these documents are met in.
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

/** The encoding that a label names; `undefined` for one that is not read. */
export function encodingNamed(label: string): EncodingName | undefined {
  return LABELS.get(label.trim().toLowerCase());
}

/** Text that was decoded, and what stopped the decoding, if anything did: the text goes before the fault. */
export interface Decoded {
  readonly text: string;
  readonly fault?: string;
}

/** Turns the bytes of one document into text, however they are cut. A byte order mark is no part of the text. */
export class Decoder {
  readonly #transportLabel: string | undefined;
  #decode: Decode | undefined;
  // Bytes whose meaning hangs on what follows: the start until the encoding is known, then a cut character.
  #pending: Uint8Array = NO_BYTES;

  constructor(transportLabel: string | undefined) {
    this.#transportLabel = transportLabel;
  }

  /** Decodes what is complete; `final` says that nothing follows. */
  write(bytes: Uint8Array, final = false): Decoded {
    // The end of a document that ended with a character.
    if (bytes.length === 0 && this.#pending.length === 0) return NOTHING;
    let input = this.#pending.length === 0 ? bytes : joined(this.#pending, bytes);
    if (this.#decode === undefined) {
      const found = detect(input, this.#transportLabel, final);
      if (found === undefined) {
        this.#pending = copyOf(input);
        return { text: '' };
      }
      if (found.decode === undefined) return { text: '', fault: found.fault };
      this.#decode = found.decode;
      if (found.markLength > 0) input = input.subarray(found.markLength);
    }
    const { text, read, fault } = this.#decode(input);
    if (fault !== undefined) return { text, fault };
    this.#pending = read === input.length ? NO_BYTES : copyOf(input.subarray(read));
    if (final && this.#pending.length > 0) return { text, fault: 'The document ends inside a character' };
    return { text };
  }
}

const NOTHING: Decoded = { text: '' };
const NO_BYTES = new Uint8Array(0);

/** The caller may use its buffer again. Not slice: a Buffer's is no copy. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

type Detected =
  { readonly decode: Decode; readonly markLength: number } | { readonly decode?: undefined; readonly fault: string };

// How far an XML declaration is looked for. Real ones have about 40 bytes.
const DECLARATION_LENGTH = 1024;
const DECLARATION_START = Array.from('<?xml', (character) => character.charCodeAt(0));

/** The encoding of a document by its first bytes; `undefined` while these do not tell. */
function detect(start: Uint8Array, transportLabel: string | undefined, final: boolean): Detected | undefined {
  const [first, second, third] = start;
  const isCut = start.length < 3 && !final;
  // 1. A byte order mark.
  if (first === 0xef) {
    if (isCut) return undefined;
    if (second === 0xbb && third === 0xbf) return { decode: DECODE['utf-8'], markLength: 3 };
  }
  if ((first === 0xfe || first === 0xff) && start.length < 2 && !final) return undefined;
  if (first === 0xfe && second === 0xff) return { decode: DECODE['utf-16be'], markLength: 2 };
  if (first === 0xff && second === 0xfe) return { decode: DECODE['utf-16le'], markLength: 2 };
  // 2. The transport.
  if (transportLabel !== undefined) return labelled(transportLabel, 'The transport');
  // 3. UTF-16 shows itself: one of the two bytes of an ASCII character is 0, and XML allows no NUL.
  if (start.length < 2 && !final) return undefined;
  if (first === 0 && second !== 0) return { decode: DECODE['utf-16be'], markLength: 0 };
  if (first !== 0 && second === 0) return { decode: DECODE['utf-16le'], markLength: 0 };
  // 4. The XML declaration.
  // Most have none: to make text of their first bytes would cost as much as to parse a short message.
  if (DECLARATION_START.some((byte, at) => at < start.length && start[at] !== byte))
    return { decode: DECODE['utf-8'], markLength: 0 };
  const head = String.fromCharCode(...start.subarray(0, DECLARATION_LENGTH));
  if (!head.includes('>') && start.length < DECLARATION_LENGTH && !final) return undefined;
  const declared = /^<\?xml[\t\n\r ][^>]*?[\t\n\r ]encoding[\t\n\r ]*=[\t\n\r ]*(["'])([^>]*?)\1/.exec(head);
  if (declared === null) return { decode: DECODE['utf-8'], markLength: 0 };
  const [, , label = ''] = declared;
  return labelled(label, 'The XML declaration', true);
}

function labelled(label: string, who: string, isReadAsAscii = false): Detected {
  const name = encodingNamed(label);
  if (name === undefined) return { fault: `${who} names an encoding that is not read` };
  // A declaration that could be read byte by byte is not UTF-16, whatever it says (senders copy it from elsewhere).
  const isUtf16 = name.startsWith('utf-16');
  return { decode: DECODE[isReadAsAscii && isUtf16 ? 'utf-8' : name], markLength: 0 };
}

/** Decodes as much as is complete: `read` bytes. A fault stands right after the text. */
type Decode = (bytes: Uint8Array) => { readonly text: string; readonly read: number; readonly fault?: string };

const DECODE: Readonly<Record<EncodingName, Decode>> = {
  'utf-8': decodeUtf8,
  'utf-16le': (bytes) => decodeUtf16(bytes, true),
  'utf-16be': (bytes) => decodeUtf16(bytes, false),
  'windows-1252': decodeWindows1252,
};

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): ReturnType<Decode> {
  // The cut character at the end is held back here and not by the decoder, which could not be shared then.
  const read = bytes.length - cutUtf8Length(bytes);
  try {
    return { text: utf8.decode(read === bytes.length ? bytes : bytes.subarray(0, read)), read };
  } catch {
    const good = wellFormedUtf8Length(bytes);
    return { text: utf8.decode(bytes.subarray(0, good)), read: good, fault: 'These bytes are not UTF-8' };
  }
}

/** How many bytes at the end begin a character that does not end there. */
function cutUtf8Length(bytes: Uint8Array): number {
  for (let length = 1; length <= 3; length++) {
    const byte = bytes[bytes.length - length];
    if (byte === undefined || byte < 0x80) return 0;
    if (byte >= 0xc0) return byte <= 0xf4 && length < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? length : 0;
  }
  return 0;
}

/** How many bytes stand before the first that does not fit, of which there is one. RFC 3629, 4. */
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
  // Half a pair at the end may go on.
  const all = toBinaryString(units);
  const text = /[\uD800-\uDBFF]$/.test(all) ? all.slice(0, -1) : all;
  const good = text.isWellFormed() ? text.length : text.search(/\p{Surrogate}/u);
  const read = { text: text.slice(0, good), read: 2 * good };
  return good === text.length ? read : { ...read, fault: 'These bytes are not UTF-16' };
}

// https://encoding.spec.whatwg.org/index-windows-1252.txt, 0x80 to 0x9F; all others are themselves.
const WINDOWS_1252 =
  '\u20AC\x81\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\x8D\u017D\x8F' +
  '\x90\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\x9D\u017E\u0178';

// By a table: the TextDecoder of Node 20 reads this encoding as ISO-8859-1.
function decodeWindows1252(bytes: Uint8Array): ReturnType<Decode> {
  const units = Uint16Array.from(bytes);
  for (const [n, byte] of bytes.entries()) {
    if (byte >= 0x80 && byte <= 0x9f) units[n] = WINDOWS_1252.charCodeAt(byte - 0x80);
  }
  return { text: toBinaryString(units), read: bytes.length };
}
