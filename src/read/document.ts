// One document as it arrives, string or bytes: its size, its encoding, and what comes after a failure.

import { Decoder } from './decode.ts';
import { PostbackError } from '../errors.ts';
import { interpret } from './interpret.ts';
import type { PostbackResult } from '../errors.ts';
import type { Settings } from '../options.ts';
import type { Fault, RawNotification } from './raw-notification.ts';
import { beginsJson, JsonReader } from './json.ts';
import type { Reader } from './assembler.ts';
import { skipXmlWhitespace } from '../protocol/xml-whitespace.ts';
import { XmlReader } from './xml.ts';

// Bytes are decoded in pieces, so that no more is decoded than the limits let through.
const PIECE_LENGTH = 65_536;

/** Reads a document and hands over what comes of its notifications. */
export class DocumentParser<Result> {
  readonly #settings: Settings;
  readonly #interpret: (raw: RawNotification) => Result;
  readonly #onResult: (result: Result) => void;
  // Made when the first character that is no white space tells which.
  #chosen: Reader<Result> | undefined;
  // White space before it.
  #blank = '';
  // Which of the two the document comes in, told by its first chunk.
  #source: 'string' | 'bytes' | undefined;
  #decoder: Decoder | undefined;
  // Bytes, or UTF-16 units of a string, so far.
  #size = 0;
  #state: 'open' | 'busy' | 'closed' = 'open';
  // What write, close or a callback has thrown. It is thrown again by each later call.
  #failure: { readonly error: unknown } | undefined;

  /** `interpret` makes of a notification what `onResult` then gets. */
  constructor(settings: Settings, interpret: (raw: RawNotification) => Result, onResult: (result: Result) => void) {
    this.#settings = settings;
    this.#interpret = interpret;
    this.#onResult = onResult;
  }

  /**
   * Reads more of the document. `argument` is what the caller calls it.
   * @throws TypeError for anything but what the document began with, string or bytes
   */
  write(chunk: unknown, argument = 'chunk'): void {
    if (typeof chunk === 'string') {
      this.#begin('string');
      this.#run('open', () => {
        this.#writeString(chunk);
      });
    } else if (isBytes(chunk)) {
      this.#begin('bytes');
      this.#run('open', () => {
        this.#writeBytes(chunk);
      });
    } else {
      throw new TypeError(
        `${argument}: expected a string or a Uint8Array, got ${chunk === null ? 'null' : typeof chunk}`,
      );
    }
  }

  /** Ends the document. */
  close(): void {
    this.#run('closed', () => {
      if (this.#source === 'bytes') this.#decode(NO_BYTES, true);
      this.#reader.close();
    });
  }

  /** What a notification means that is just being interpreted, or what is wrong with it. */
  resultOf(raw: RawNotification): PostbackResult {
    const { warnings } = raw;
    const { defaultOffset } = this.#settings;
    try {
      const fail = (fault: Fault): PostbackError => this.error(raw, fault);
      return { success: true, data: interpret({ raw, defaultOffset, fail }), warnings };
    } catch (error) {
      if (error instanceof PostbackError) return { success: false, error, warnings };
      throw error;
    }
  }

  /** The error that a fault of a notification becomes that is just being interpreted. */
  error(raw: RawNotification, fault: Fault): PostbackError {
    return this.#reader.error(raw, fault);
  }

  /** What reads the text: as XML, unless that has begun as JSON does. */
  get #reader(): Reader<Result> {
    return this.#chosen ?? this.#choose(XmlReader);
  }

  #choose(Kind: typeof XmlReader | typeof JsonReader): Reader<Result> {
    const reader = new Kind(this.#settings, this.#interpret, this.#onResult);
    this.#chosen = reader;
    if (this.#blank !== '') reader.write(this.#blank);
    return reader;
  }

  #read(text: string): void {
    if (this.#chosen === undefined) {
      const first = skipXmlWhitespace(text);
      if (first === text.length && this.#blank.length + first <= this.#settings.maxNotificationLength) {
        this.#blank += text;
        return;
      }
      this.#choose(beginsJson(text.charCodeAt(first)) ? JsonReader : XmlReader);
    }
    this.#reader.write(text);
  }

  #begin(source: 'string' | 'bytes'): void {
    this.#source ??= source;
    if (this.#source !== source) throw new TypeError(`chunk: expected ${this.#source}, as this document began with`);
  }

  #run(next: 'open' | 'closed', work: () => void): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#state === 'busy') throw new TypeError('write and close are not to be called from inside onResult');
    if (this.#state === 'closed') throw new TypeError('this document is closed already');
    this.#state = 'busy';
    try {
      work();
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
    this.#state = next;
  }

  #writeString(chunk: string): void {
    const text = this.#size === 0 && chunk.startsWith('\uFEFF') ? chunk.slice(1) : chunk;
    const room = this.#room(chunk.length) - (chunk.length - text.length);
    this.#read(text.length > room ? text.slice(0, room) : text);
    this.#refuseBeyond();
  }

  #writeBytes(chunk: Uint8Array): void {
    const room = this.#room(chunk.length);
    if (room === chunk.length && room <= PIECE_LENGTH) {
      this.#decode(chunk, false);
    } else {
      for (let from = 0; from < room; from += PIECE_LENGTH) {
        this.#decode(chunk.subarray(from, Math.min(room, from + PIECE_LENGTH)), false);
      }
    }
    this.#refuseBeyond();
  }

  #decode(bytes: Uint8Array, isLast: boolean): void {
    this.#decoder ??= new Decoder(this.#settings.encoding);
    const { text, fault } = this.#decoder.write(bytes, isLast);
    this.#read(text);
    if (fault !== undefined) throw this.#reader.badEncoding(fault);
  }

  /** How much of the next chunk may be read. */
  #room(length: number): number {
    const before = this.#size;
    this.#size += length;
    return Math.min(length, this.#settings.maxBytes - before);
  }

  #refuseBeyond(): void {
    const { maxBytes } = this.#settings;
    if (this.#size <= maxBytes) return;
    throw this.#reader.tooLarge({
      problem: `The document has more than ${String(maxBytes)} bytes`,
      expected: 'a smaller one, or a larger maxBytes',
    });
  }
}

const NO_BYTES = new Uint8Array(0);

// By its tag and not its class: it may come from another realm, as it does in some test runners.
function isBytes(value: unknown): value is Uint8Array {
  return (
    value instanceof Uint8Array ||
    (ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]')
  );
}

/** Reads a whole document. @throws PostbackError with a document code */
export function readDocument(source: string | Uint8Array, settings: Settings): PostbackResult[] {
  const results: PostbackResult[] = [];
  const document = new DocumentParser<PostbackResult>(
    settings,
    (raw): PostbackResult => document.resultOf(raw),
    (result) => {
      results.push(result);
    },
  );
  document.write(source, 'source');
  document.close();
  return results;
}
