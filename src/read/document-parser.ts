// Reads one document from strings or bytes. Checks its size, decodes it, and remembers a failure.

import type { PostbackResult } from '../errors.ts';
import type { Settings } from '../options.ts';
import type { OnNotification } from './assembler.ts';
import { Decoder } from './decode.ts';
import { moreThan } from './fault.ts';
import { DocumentReader } from './document.ts';

// Bytes are decoded in pieces, so that no more is decoded than the limits allow.
const PIECE_BYTES = 65_536;

const NO_BYTES = /* @__PURE__ */ new Uint8Array(0);

const SUPPORTED = 'the label of an encoding that this platform knows, and bytes that are valid in it';

/** Reads a document that arrives in chunks. */
export class DocumentParser {
  readonly #settings: Settings;
  readonly #reader: DocumentReader;
  // The kind of its first chunk.
  #kind: 'string' | 'bytes' | undefined;
  #decoder: Decoder | undefined;
  // Bytes, or UTF-16 units of strings, so far.
  #size = 0;
  // What a call throws at once: while another one is running, after the end, or after something was thrown.
  #refusal: (() => unknown) | undefined;

  constructor(settings: Settings, onNotification: OnNotification, onResult: (result: PostbackResult) => void) {
    this.#settings = settings;
    this.#reader = new DocumentReader(settings, onNotification, onResult);
  }

  /**
   * Reads more of the document. `argument` is the chunk's name in messages.
   * @throws TypeError if the chunk is not of the kind (string or bytes) that the document began with
   */
  write(chunk: unknown, argument = 'chunk'): void {
    if (typeof chunk !== 'string' && !isBytes(chunk)) {
      throw new TypeError(
        `${argument}: expected a string or a Uint8Array, got ${chunk === null ? 'null' : typeof chunk}`,
      );
    }
    const kind = typeof chunk === 'string' ? 'string' : 'bytes';
    this.#kind ??= kind;
    if (this.#kind !== kind)
      throw new TypeError(`chunk: expected ${this.#kind}, like the first chunk of this document`);
    this.#read(chunk);
  }

  /** Ends the document. */
  close(): void {
    this.#read(undefined);
  }

  /** Reads a chunk, or the end. */
  #read(chunk: string | Uint8Array | undefined): void {
    if (this.#refusal !== undefined) throw this.#refusal();
    this.#refusal = isBusy;
    try {
      if (chunk === undefined) this.#readEnd();
      else if (typeof chunk === 'string') this.#readString(chunk);
      else this.#readBytes(chunk);
    } catch (error) {
      this.#refusal = () => error;
      throw error;
    }
    this.#refusal = chunk === undefined ? isClosed : undefined;
  }

  #readEnd(): void {
    if (this.#kind === 'bytes') this.#decode(NO_BYTES, true);
    this.#reader.end();
  }

  #readString(chunk: string): void {
    const text = this.#size === 0 && chunk.startsWith('\uFEFF') ? chunk.slice(1) : chunk;
    const room = this.#takeRoom(chunk.length) - (chunk.length - text.length);
    this.#reader.write(text.length > room ? text.slice(0, room) : text);
    this.#checkSize();
  }

  #readBytes(chunk: Uint8Array): void {
    const room = this.#takeRoom(chunk.length);
    if (room === chunk.length && room <= PIECE_BYTES) {
      this.#decode(chunk, false);
    } else {
      for (let from = 0; from < room; from += PIECE_BYTES) {
        this.#decode(chunk.subarray(from, Math.min(room, from + PIECE_BYTES)), false);
      }
    }
    this.#checkSize();
  }

  #decode(bytes: Uint8Array, isLast: boolean): void {
    this.#decoder ??= new Decoder(this.#settings, this.#reader.assembler);
    const { text, problem, repairs } = this.#decoder.write(bytes, isLast);
    this.#reader.writeDecoded(text, repairs);
    if (problem !== undefined) throw this.#reader.error('BAD_ENCODING', { problem, expected: SUPPORTED });
  }

  /** Counts a chunk. Returns how much of it may be read. */
  #takeRoom(length: number): number {
    const before = this.#size;
    this.#size += length;
    return Math.min(length, this.#settings.maxBytes - before);
  }

  #checkSize(): void {
    const { maxBytes } = this.#settings;
    if (this.#size <= maxBytes) return;
    const what = `${this.#kind === 'string' ? 'UTF-16 units' : 'bytes'} in the document`;
    throw this.#reader.error('TOO_LARGE', moreThan(maxBytes, what, 'maxBytes'));
  }
}

function isBusy(): TypeError {
  return new TypeError('write and close must not be called inside onResult');
}

function isClosed(): TypeError {
  return new TypeError('this document is already closed');
}

// Checks the tag instead of the class: the value may come from another realm, as in some test runners.
function isBytes(value: unknown): value is Uint8Array {
  return (
    value instanceof Uint8Array ||
    (ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]')
  );
}
