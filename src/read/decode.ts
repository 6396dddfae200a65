// Bytes -> text, the same on every runtime. Where the encoding is named: docs/protocol.md, "Encodings".

import type { PostbackWarning } from '../errors.ts';
import { isXmlWhitespace } from '../protocol/xml-whitespace.ts';
import { toBinaryString } from './binary-string.ts';
import { OWN_DECODERS, platformDecoder } from './decoders.ts';
import type { Decode } from './decoders.ts';
import { encodingNamed } from './encodings.ts';
import { declaredLabel, isEncodingName, MAX_DECLARATION_LENGTH } from './xml-declaration.ts';

/** How bytes are decoded. */
export interface DecodeOptions {
  /** The transport's charset. */
  readonly encoding: string | undefined;
  /** Whether bytes that are not valid are replaced. */
  readonly recover: boolean;
}

/** Gets what is repaired. */
export interface Repairs {
  repaired(code: PostbackWarning['code'], offset: number): void;
}

/** Text that was decoded, and why decoding stopped, if it did: the text comes before the problem. */
export interface Decoded {
  readonly text: string;
  readonly problem?: string | undefined;
  /** The indices in `text` of characters that were not valid bytes. */
  readonly repairs: readonly number[];
}

/** Decodes the bytes of one document, in chunks of any size. A byte order mark is not part of the text. */
export class Decoder {
  readonly #options: DecodeOptions;
  readonly #repairs: Repairs;
  #encoding = '';
  #decode: Decode | undefined;
  // Bytes whose meaning depends on what follows: the start, until the encoding is known; then a cut character.
  #pending: Uint8Array = NO_BYTES;
  #ignoresLabel = false;

  constructor(options: DecodeOptions, repairs: Repairs) {
    this.#options = options;
    this.#repairs = repairs;
  }

  /** Decodes what is complete. `isLast`: nothing follows. */
  write(bytes: Uint8Array, isLast = false): Decoded {
    const input = this.#pending.length === 0 ? bytes : concat(this.#pending, bytes);
    // Nothing is left to decode.
    if (input.length === 0 && !isLast) return NOTHING;
    if (this.#decode !== undefined) return this.#decodeOn(this.#decode, input, isLast, false);
    const detected = this.#detect(input, isLast);
    if (detected === '') {
      this.#pending = copyOf(input);
      return NOTHING;
    }
    if (typeof detected === 'object') return { ...NOTHING, ...detected };
    if (this.#ignoresLabel) this.#repairs.repaired('UNKNOWN_CHARSET', 0);
    this.#encoding = detected;
    this.#decode = OWN_DECODERS[detected] ?? platformDecoder(detected);
    return this.#decodeOn(this.#decode, input, isLast, true);
  }

  #decodeOn(decode: Decode, input: Uint8Array, isLast: boolean, isStart: boolean): Decoded {
    const { recover } = this.#options;
    const { text, read, repairs: found } = decode(input, isLast, recover);
    const isCut = read < input.length;
    this.#pending = isCut ? copyOf(input.subarray(read)) : NO_BYTES;
    const markLength = isStart && text.startsWith('\uFEFF') ? 1 : 0;
    const invalid = recover ? undefined : found[0];
    const repairs = recover ? found : NOTHING.repairs;
    let problem: string | undefined;
    if (invalid !== undefined) problem = `Invalid ${this.#encoding.toUpperCase()}`;
    else if (isLast && isCut) problem = 'The document ends inside a character';
    return {
      text: text.slice(markLength, invalid),
      problem,
      repairs: markLength === 0 ? repairs : repairs.map((index) => index - markLength),
    };
  }

  /** In order of priority. `isAll`: the bytes are the whole document. */
  #detect(bytes: Uint8Array, isAll: boolean): Detected {
    if (bytes.length < LONGEST_MARK && !isAll) return '';
    return byMark(bytes) ?? this.#byTransport(bytes) ?? byZeros(bytes) ?? this.#byDeclaration(bytes, isAll) ?? 'utf-8';
  }

  /** With `recover`, UTF-16 is ignored if the bytes cannot start a document in it. */
  #byTransport(bytes: Uint8Array): Detected | undefined {
    const detected = this.#byLabel(this.#options.encoding, "the transport's charset");
    const isUtf16 = detected === 'utf-16le' || detected === 'utf-16be';
    if (!isUtf16 || !this.#options.recover || bytes[0] === 0 || bytes[1] === 0 || bytes.length < 2) return detected;
    this.#ignoresLabel = true;
    return undefined;
  }

  /** With `recover`, a label that is not known is ignored. */
  #byLabel(label: string | undefined, where: string): Detected | undefined {
    const encoding = label === undefined ? undefined : encodingNamed(label);
    if (label === undefined || encoding !== undefined) return encoding;
    if (!this.#options.recover) return { problem: `Unsupported encoding in ${where}` };
    this.#ignoresLabel = true;
    return undefined;
  }

  /** The XML declaration. `recover` accepts white space before it. */
  #byDeclaration(bytes: Uint8Array, isAll: boolean): Detected | undefined {
    // Most documents have none. Making text of their first bytes would take as long as parsing a short message.
    let at = 0;
    while (isXmlWhitespace(bytes[at] ?? NaN)) at++;
    if (DECLARATION_START.some((byte, n) => at + n < bytes.length && bytes[at + n] !== byte)) return undefined;
    const head = toBinaryString(bytes.subarray(at, MAX_DECLARATION_LENGTH));
    if (!head.includes('>') && bytes.length < MAX_DECLARATION_LENGTH && !isAll) return '';
    const label = declaredLabel(head)?.label;
    // What is not a label at all is repaired where it is.
    if (this.#options.recover && label !== undefined && !isEncodingName(label)) return encodingNamed(label);
    const detected = this.#byLabel(label, 'the XML declaration');
    // A declaration that could be read byte by byte is not UTF-16, whatever it says. Senders copy it from elsewhere.
    return detected === 'utf-16le' || detected === 'utf-16be' ? 'utf-8' : detected;
  }
}

const NO_BYTES = /* @__PURE__ */ new Uint8Array(0);
const NOTHING: Decoded = { text: '', repairs: [] };

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

/** The name of the encoding of a document, or why it cannot be decoded. `''`: more bytes are needed. */
type Detected = string | { readonly problem: string };

const LONGEST_MARK = 3;

/** A byte order mark: EF BB BF, FE FF or FF FE. */
function byMark(bytes: Uint8Array): Detected | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : undefined;
}

/** UTF-16 without a mark: one of the two bytes of an ASCII character is 0, and XML does not allow NUL. */
function byZeros(bytes: Uint8Array): Detected | undefined {
  if (bytes[0] === 0 && bytes[1] !== 0) return 'utf-16be';
  return bytes[0] !== 0 && bytes[1] === 0 ? 'utf-16le' : undefined;
}

// `<?xml`
const DECLARATION_START = [0x3c, 0x3f, 0x78, 0x6d, 0x6c];
