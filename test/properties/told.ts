import { PostbackError, PostbackParser } from '../../src/index.ts';
import type { PostbackOptions, PostbackResult } from '../../src/index.ts';

/** Everything that a push parser reports for a document in these chunks, as plain data. */
export function told(chunks: readonly (string | Uint8Array)[], options?: PostbackOptions): unknown {
  const results: PostbackResult[] = [];
  let failure: unknown;
  try {
    const parser = new PostbackParser(
      {
        onResult: (result) => {
          results.push(result);
        },
      },
      options,
    );
    for (const chunk of chunks) parser.write(chunk);
    parser.close();
  } catch (error) {
    failure = error;
  }
  const plain = (error: unknown): unknown =>
    error instanceof PostbackError ? { ...error.toJSON(), excerpt: error.excerpt } : error;
  return {
    results: results.map(({ data, error, warnings }) => ({ data, error: plain(error), warnings })),
    failure: plain(failure),
  };
}
