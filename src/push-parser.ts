// The push parser: one document as it arrives.

import type { PostbackResult } from './errors.ts';
import { resolveOptions } from './options.ts';
import type { PostbackOptions } from './options.ts';
import { DocumentParser } from './read/document-parser.ts';
import { readNotification } from './read/interpret.ts';

/** Where a {@link PostbackParser} sends what it reads. */
export interface PostbackHandlers {
  /** Called with the result of each notification, in wire order, as soon as the text that ends it is read. */
  readonly onResult: (result: PostbackResult) => void;
}

/**
 * Parses one document that arrives in chunks, cut anywhere.
 *
 * An error of one notification is a result. An error of the whole document is thrown by {@link write} or {@link close},
 * after the results of the notifications that ended before it. Exceptions from `onResult` are passed on. After an error
 * or an exception, nothing more is read, and each later call throws it again.
 *
 * @example
 * const parser = new PostbackParser({ onResult: (result) => results.push(result) });
 * for await (const chunk of request) parser.write(chunk);
 * parser.close();
 */
export class PostbackParser {
  readonly #document: DocumentParser;

  /** @throws TypeError or RangeError for a wrong argument; the message names it */
  constructor(handlers: PostbackHandlers, options?: PostbackOptions) {
    if (typeof (handlers as Partial<PostbackHandlers> | undefined)?.onResult !== 'function') {
      throw new TypeError('handlers.onResult: expected a function');
    }
    const settings = resolveOptions(options);
    this.#document = new DocumentParser(
      settings,
      (notification, fail) => readNotification(notification, fail, settings),
      (result) => {
        handlers.onResult(result);
      },
    );
  }

  /**
   * Reads more of the document. All chunks of a document are strings, or all are bytes.
   * @throws PostbackError with a document code
   * @throws TypeError if `chunk` is neither, or if called after {@link close} or inside `onResult`
   */
  write(chunk: string | Uint8Array): void {
    this.#document.write(chunk);
  }

  /**
   * Ends the document.
   * @throws PostbackError with a document code, if the document is not complete
   * @throws TypeError if called a second time, or inside `onResult`
   */
  close(): void {
    this.#document.close();
  }
}
