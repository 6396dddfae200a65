// The text of one document -> the results of its notifications. Chooses the reader: XML or JSON.

import type { DocumentErrorCode, PostbackError, PostbackResult } from '../errors.ts';
import type { Settings } from '../options.ts';
import { skipSpaceAndMarks, skipXmlWhitespace } from '../protocol/xml-whitespace.ts';
import { Assembler } from './assembler.ts';
import type { OnNotification } from './assembler.ts';
import { moreThan } from './fault.ts';
import type { Explanation } from './fault.ts';
import { JsonReader, startsJson } from './json.ts';
import { SourceText } from './source-text.ts';
import type { Tokenizer } from './tokenizer.ts';
import { XmlReader } from './xml.ts';
import { REFUSALS } from './xml-refusals.ts';

// Longer text is read in pieces, so that results come out while it is read. Not shorter: V8 reads a slice of a string
// more slowly than a whole string, and a bundle of 300 should be read as one.
const PIECE_LENGTH = 1024 * 1024;

/**
 * Reads the text of one document.
 *
 * Results are handed over only after a piece of text is read: an exception of the callback must not pass through the
 * reader.
 */
export class DocumentReader {
  readonly #settings: Settings;
  readonly #source = new SourceText();
  readonly assembler: Assembler;
  readonly #onResult: (result: PostbackResult) => void;
  // Created at the first character that is not white space, and the white space before it.
  #tokenizer: Tokenizer | undefined;
  #blank = '';

  constructor(settings: Settings, onNotification: OnNotification, onResult: (result: PostbackResult) => void) {
    this.#settings = settings;
    this.assembler = new Assembler(settings, this.#source, onNotification);
    this.#onResult = onResult;
  }

  /** Reads text in which the characters at some indices replace bytes that were not valid. */
  writeDecoded(text: string, repairs: readonly number[]): void {
    let from = 0;
    for (const index of repairs) {
      this.write(text.slice(from, index));
      from = index;
      const tokenizer = this.#chosen(text.charCodeAt(index));
      if (!this.assembler.takeRepair()) throw this.error('BAD_ENCODING', REFUSALS['repair limit']);
      tokenizer.repaired('FOREIGN_BYTES', this.#source.end);
    }
    this.write(text.slice(from));
  }

  /** Reads more text. @throws PostbackError with a document code */
  write(text: string): void {
    if (this.#tokenizer !== undefined) {
      this.#readPieces(this.#tokenizer, text);
      return;
    }
    const first = this.#settings.recover ? skipSpaceAndMarks(text) : skipXmlWhitespace(text);
    if (first === text.length && this.#blank.length + first <= this.#settings.maxNotificationLength)
      this.#blank += text;
    else this.#readPieces(this.#choose(text.charCodeAt(first)), text);
  }

  /** Ends the document. @throws PostbackError with a document code */
  end(): void {
    this.#read(this.#chosen(), undefined);
  }

  /** The error for something that is wrong with the text after what was read so far. */
  error(code: DocumentErrorCode, explanation: Explanation): PostbackError {
    this.#chosen();
    return this.assembler.error({ code, offset: this.#source.end, ...explanation });
  }

  /** A document that is only white space is read as XML. */
  #chosen(first = NaN): Tokenizer {
    return this.#tokenizer ?? this.#choose(first);
  }

  /** Chooses by the first character that is not white space. */
  #choose(first: number): Tokenizer {
    const tokenizer = startsJson(first)
      ? new JsonReader(this.#settings, this.#source, this.assembler)
      : new XmlReader(this.#settings, this.#source, this.assembler);
    this.#tokenizer = tokenizer;
    if (this.#blank !== '') this.#readPieces(tokenizer, this.#blank);
    return tokenizer;
  }

  #readPieces(tokenizer: Tokenizer, text: string): void {
    for (let from = 0; from < text.length;) {
      // Not after the last piece: this takes a while.
      this.#source.forget(this.assembler.lastEnd);
      const length = Math.min(this.#room(tokenizer), PIECE_LENGTH);
      const piece = from === 0 && length >= text.length ? text : text.slice(from, from + length);
      from += piece.length;
      this.#read(tokenizer, piece);
    }
  }

  /** How much more text is allowed without the end of a notification. */
  #room(tokenizer: Tokenizer): number {
    const { maxNotificationLength } = this.#settings;
    for (;;) {
      const room = maxNotificationLength - (this.#source.end - this.assembler.lastEnd);
      if (room > 0) return room;
      const what = 'UTF-16 units since the end of the previous notification';
      const error = this.error('TOO_LARGE', moreThan(maxNotificationLength, what, 'maxNotificationLength'));
      // Each time, a notification ends, or this throws.
      this.#handOverAfter(() => {
        tokenizer.recoverFrom(error);
      });
    }
  }

  /** Reads a piece, or the end. */
  #read(tokenizer: Tokenizer, piece: string | undefined): void {
    this.#handOverAfter(() => {
      if (piece === undefined) tokenizer.end();
      else tokenizer.write(piece);
    });
  }

  /** Hands over the results of reading, even if it fails. */
  #handOverAfter(read: () => void): void {
    try {
      read();
    } catch (error) {
      const known = this.#asPostbackError(error);
      this.#handOver();
      throw known;
    }
    this.#handOver();
  }

  /** A RangeError of the engine means that the document is too large for a string or the stack. */
  #asPostbackError(error: unknown): unknown {
    if (!(error instanceof RangeError)) return error;
    return this.error('TOO_LARGE', {
      problem: 'The document is too large for the JavaScript engine',
      expected: 'a smaller document',
    });
  }

  #handOver(): void {
    for (const result of this.assembler.takeResults()) this.#onResult(result);
  }
}
