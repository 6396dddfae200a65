import type { PostbackError } from '../errors.ts';
import { errorOf } from '../read/fault.ts';
import { SourceText } from '../read/source-text.ts';

/**
 * The error for a property that a generation cannot represent.
 *
 * @param text the property's text, for line, column and excerpt
 * @param index where in the text the problem is
 */
export function unrepresentable(path: string, problem: string, expected: string, text = '', index = 0): PostbackError {
  const source = new SourceText();
  source.push(text);
  return errorOf({ code: 'UNREPRESENTABLE', offset: index, path, problem, expected }, source, text.length);
}
