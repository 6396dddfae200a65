import { PostbackError } from '../errors.ts';
import { SourceText } from '../read/source-text.ts';

/**
 * The error for a property that a generation cannot represent. Its message names the property, because a message has
 * no lines. Line and column are positions in the property's text.
 *
 * @param text the property's text, for line, column and excerpt
 * @param index where in the text the problem is
 */
export function unrepresentable(path: string, problem: string, expected: string, text = '', index = 0): PostbackError {
  const source = new SourceText();
  source.push(text);
  const { line, column } = source.position(index);
  const where = index === 0 ? '' : `, at character ${index + 1}`;
  return new PostbackError({
    code: 'UNREPRESENTABLE',
    line,
    column,
    path,
    message: `${path}: ${problem}${where}. Expected ${expected}.`,
    excerpt: source.excerpt(index, text.length),
  });
}
