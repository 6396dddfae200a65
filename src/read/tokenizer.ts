/** Reads the text of one document, XML or JSON, into an assembler. */
export interface Tokenizer {
  /** @throws PostbackError with a document code */
  write(text: string): void;
  /** Ends the document. @throws PostbackError with a document code */
  end(): void;
}
