// Decoders of single encodings. They replace bytes that are not valid.

import { toBinaryString } from './binary-string.ts';

/** What was decoded of the first `read` bytes. */
interface Piece {
  readonly text: string;
  readonly read: number;
  /** The indices in the text of what replaces bytes that are not valid. */
  readonly repairs: readonly number[];
}

/** Decodes as much as is complete. `isLast`: nothing follows; with `recover`, a character cut there is replaced. */
export type Decode = (bytes: Uint8Array, isLast: boolean, recover: boolean) => Piece;

/** By the names of their encodings. All others are decoded by the platform's TextDecoder. */
export const OWN_DECODERS: Readonly<Record<string, Decode>> = {
  'utf-8': decodeUtf8,
  'utf-16le': (bytes, isLast, recover) => decodeUtf16(bytes, isLast && recover, true),
  'utf-16be': (bytes, isLast, recover) => decodeUtf16(bytes, isLast && recover, false),
  'windows-1252': decodeWindows1252,
};

const NO_REPAIRS: readonly number[] = [];

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

// The start of a character, at the end of bytes as a binary string. With `recover`, also of a surrogate pair in CESU-8:
// https://www.unicode.org/reports/tr26/
const CUT = /(?:[\xC0-\xF4]|[\xE0-\xF4][\x80-\xBF]|[\xF0-\xF4][\x80-\xBF]{2})$/;
const CUT_PAIR = /\xED[\xA0-\xAF][\x80-\xBF](?:\xED[\xB0-\xBF]?)?$/;
const LONGEST_CUT = 5;

function decodeUtf8(bytes: Uint8Array, isLast: boolean, recover: boolean): Piece {
  // A character that is cut at the end is kept by the caller, so that all documents can share one decoder.
  const read = bytes.length - (isLast && recover ? 0 : cutLength(bytes, recover));
  const whole = read === bytes.length ? bytes : bytes.subarray(0, read);
  try {
    return { text: utf8.decode(whole), read, repairs: NO_REPAIRS };
  } catch {
    return { ...repairUtf8(whole), read };
  }
}

/** How many bytes at the end belong to a character that is not complete. */
function cutLength(bytes: Uint8Array, recover: boolean): number {
  // Most text ends in ASCII.
  if ((bytes[bytes.length - 1] ?? 0) < 0x80) return 0;
  const end = toBinaryString(bytes.subarray(-LONGEST_CUT));
  const [cut] = (recover ? CUT_PAIR.exec(end) : null) ?? CUT.exec(end) ?? [''];
  return cut.length;
}

const NEXT = /* @__PURE__ */ String.raw`[\x80-\xBF]`;
// Not before a second byte that RFC 3629, 4 forbids.
const START = /* @__PURE__ */ String.raw`(?!\xE0[\x80-\x9F]|\xED[\xA0-\xBF]|\xF0[\x80-\x8F]|\xF4[\x90-\xBF])`;
// Valid characters; a surrogate pair in CESU-8; the start of a character (the maximal subpart of
// https://encoding.spec.whatwg.org/#utf-8-decoder), or half of a pair; any other byte.
const UTF_8_PARTS = /* @__PURE__ */ new RegExp(
  String.raw`((?:[\0-\x7F]+|${START}(?:[\xC2-\xDF]|[\xE0-\xEF]${NEXT}|[\xF0-\xF4]${NEXT}{2})${NEXT})+)|` +
    String.raw`\xED([\xA0-\xAF]${NEXT})\xED([\xB0-\xBF]${NEXT})|` +
    String.raw`(\xED[\xA0-\xBF]${NEXT}|${START}(?:[\xF0-\xF4]${NEXT}{2}|[\xE0-\xF4]${NEXT}))|[^]`,
  'g',
);

/** Decodes bytes that are not all valid. */
function repairUtf8(bytes: Uint8Array): Omit<Piece, 'read'> {
  const repairs: number[] = [];
  let text = '';
  for (const { 0: part, 1: valid, 2: high, 3: low, 4: cut, index } of toBinaryString(bytes).matchAll(UTF_8_PARTS)) {
    if (valid !== undefined) {
      text += utf8.decode(bytes.subarray(index, index + valid.length));
      continue;
    }
    repairs.push(text.length);
    if (high !== undefined && low !== undefined) text += half(high) + half(low);
    else text += cut === undefined ? windows1252(part) : '\uFFFD';
  }
  return { text, repairs };
}

/** Half of a surrogate pair, of its second and third byte. */
function half(bytes: string): string {
  return String.fromCharCode(0xd000 | ((bytes.charCodeAt(0) & 0x3f) << 6) | (bytes.charCodeAt(1) & 0x3f));
}

/** `replacesCut`: whether a cut character at the end is replaced. */
function decodeUtf16(bytes: Uint8Array, replacesCut: boolean, isLittleEndian: boolean): Piece {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const units = Uint16Array.from({ length: bytes.length >> 1 }, (_, n) => view.getUint16(2 * n, isLittleEndian));
  // A single byte is replaced like half of a pair, except for a NUL behind the document.
  const single = bytes[bytes.length - 1] === 0 ? '\0' : '\uDFFF';
  const all = toBinaryString(units) + (replacesCut && bytes.length % 2 === 1 ? single : '');
  // The rest of a pair may follow.
  const text = replacesCut ? all : all.replace(/[\uD800-\uDBFF]$/, '');
  const repairs = text.isWellFormed() ? NO_REPAIRS : Array.from(text.matchAll(/\p{Surrogate}/gu), ({ index }) => index);
  return { text: text.toWellFormed(), read: Math.min(bytes.length, 2 * text.length), repairs };
}

// https://encoding.spec.whatwg.org/index-windows-1252.txt, 0x80 to 0x9F. All other bytes are their own code points.
const WINDOWS_1252 =
  '\u20AC\x81\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\x8D\u017D\x8F' +
  '\x90\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\x9D\u017E\u0178';

/** The text of a binary string. Uses a table, because the TextDecoder of Node.js 20 reads this as ISO-8859-1. */
function windows1252(bytes: string): string {
  return bytes.replace(/[\x80-\x9F]/g, (byte) => WINDOWS_1252.charAt(byte.charCodeAt(0) - 0x80));
}

export function decodeWindows1252(bytes: Uint8Array): Piece {
  return { text: windows1252(toBinaryString(bytes)), read: bytes.length, repairs: NO_REPAIRS };
}

// The decoders of Node.js fail if a few bytes complete more characters. So they never get fewer bytes than this, except
// for shorter documents.
const FEWEST_BYTES = 16;

/** Decodes one document in an encoding that the platform knows. */
export function platformDecoder(label: string): Decode {
  const lenient = new TextDecoder(label);
  const strict = new TextDecoder(label, { fatal: true });
  let areValid = true;
  return (bytes, isLast) => {
    const read = isLast ? bytes.length : bytes.length - FEWEST_BYTES;
    if (!isLast && read < FEWEST_BYTES) return { text: '', read: 0, repairs: NO_REPAIRS };
    const options = { stream: !isLast };
    const complete = bytes.subarray(0, read);
    const text = lenient.decode(complete, options);
    try {
      if (areValid) strict.decode(complete, options);
    } catch {
      areValid = false;
    }
    const repairs = areValid ? NO_REPAIRS : Array.from(text.matchAll(/\uFFFD/g), ({ index }) => index);
    return { text, read, repairs };
  };
}
