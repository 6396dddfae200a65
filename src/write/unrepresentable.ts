import { PostbackError } from '../errors.ts';
import { Window } from '../read/source-text.ts';

/**
 * The error for a property that a generation cannot represent.
 *
 * @param text the property's text, for line, column and excerpt
 * @param index where in the text the problem is
 */
export function unrepresentable(path: string, problem: string, expected: string, text = '', index = 0): PostbackError {
  const source = new Window();
  source.push(text);
  const { line, column } = source.spot(index);
  return new PostbackError({
    code: 'UNREPRESENTABLE',
    line,
    column,
    path,
    message: `${problem}, at line ${String(line)}, column ${String(column)} (${path}). Expected ${expected}.`,
    excerpt: source.excerpt(index, text.length),
  });
}
