/**
 * The push parser as a web stream.
 *
 * @module
 */

import type { PostbackResult } from './errors.ts';
import type { PostbackOptions } from './options.ts';
import { PostbackParser } from './push-parser.ts';

/**
 * A TransformStream from the chunks of one document (strings or bytes) to the results of its notifications. An error of
 * the whole document puts the stream into its errored state.
 *
 * @example
 * for await (const result of request.body.pipeThrough(new PostbackParserStream())) console.log(result.data);
 */
export class PostbackParserStream extends TransformStream<string | Uint8Array, PostbackResult> {
  /** @throws TypeError or RangeError for a wrong option; the message names it */
  constructor(options?: PostbackOptions) {
    let parser: PostbackParser;
    super({
      start(controller) {
        parser = new PostbackParser(
          {
            onResult: (result) => {
              controller.enqueue(result);
            },
          },
          options,
        );
      },
      transform(chunk) {
        parser.write(chunk);
      },
      flush() {
        parser.close();
      },
    });
  }
}
