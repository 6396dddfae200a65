import type { PostbackWarning } from '../errors.ts';

/** A repair of the text before it came to its reader, which belongs to the notification at this offset. */
export interface EarlyRepair {
  readonly code: PostbackWarning['code'];
  readonly offset: number;
}

/** Reads the text of one document, XML or JSON, into an assembler. */
export interface Tokenizer {
  /** @throws PostbackError with a document code */
  write(text: string): void;
  /** Ends the document. @throws PostbackError with a document code */
  end(): void;
  /** The text after what was written so far was repaired before it came here. */
  repaired(code: PostbackWarning['code'], offset: number): void;
  /** Tries to go on after an error of the text so far. @throws the error that counts, if that is not possible */
  recoverFrom(error: unknown): void;
}
