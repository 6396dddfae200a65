import { PostbackParser } from '../../src/index.ts';
import type { PostbackOptions, PostbackResult } from '../../src/index.ts';

/** The results of a document that arrives in chunks, which only the slow lane reads. */
export function resultsOf(chunks: Iterable<string | Uint8Array>, options?: PostbackOptions): PostbackResult[] {
  const results: PostbackResult[] = [];
  const parser = new PostbackParser({ onResult: (result) => results.push(result) }, options);
  for (const chunk of chunks) parser.write(chunk);
  parser.close();
  return results;
}
