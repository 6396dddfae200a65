// The push parser: a document in pieces -> the results of its notifications.

import { DocumentParser } from './read/document.ts';
import type { PostbackResult } from './errors.ts';
import { resolveOptions } from './options.ts';
import type { PostbackOptions } from './options.ts';

/** Where a {@link PostbackParser} sends what it reads. */
export interface PostbackHandlers {
  /** Called with the outcome of each notification, in wire order, as soon as the text that ends it is read. */
  readonly onResult: (result: PostbackResult) => void;
}

/**
 * Parses one document as it arrives, cut into chunks anywhere.
 *
 * Errors of single notifications arrive as results. Errors of the whole document are thrown by {@link write} and
 * {@link close}, after the results of the notifications that ended before. What `onResult` throws passes through.
 * After either, nothing more is read, and each later call throws the same again.
 *
 * @example
 * const parser = new PostbackParser({ onResult: (result) => results.push(result) });
 * for await (const chunk of request) parser.write(chunk);
 * parser.close();
 */
export class PostbackParser {
  readonly #document: DocumentParser<PostbackResult>;

  /** @throws TypeError or RangeError for a wrong argument; the message names it */
  constructor(handlers: PostbackHandlers, options?: PostbackOptions) {
    if (typeof (handlers as Partial<PostbackHandlers> | undefined)?.onResult !== 'function') {
      throw new TypeError('handlers.onResult: expected a function');
    }
    const document = new DocumentParser<PostbackResult>(
      resolveOptions(options),
      (raw): PostbackResult => document.resultOf(raw),
      (result) => {
        handlers.onResult(result);
      },
    );
    this.#document = document;
  }

  /**
   * Reads more of the document: strings throughout, or bytes throughout.
   * @throws PostbackError with a document code
   * @throws TypeError where `chunk` is neither, or comes after {@link close} or from inside `onResult`
   */
  write(chunk: string | Uint8Array): void {
    this.#document.write(chunk);
  }

  /**
   * Ends the document.
   * @throws PostbackError with a document code, where the document is not whole
   * @throws TypeError when called a second time, or from inside `onResult`
   */
  close(): void {
    this.#document.close();
  }
}
