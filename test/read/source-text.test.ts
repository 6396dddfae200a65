import { expect, it } from 'vitest';
import { SourceText } from '../../src/read/source-text.ts';

it('forget frees whole chunks before an offset, and positions after it stay the same', () => {
  const source = new SourceText();
  for (let n = 0; n < 10; n++) source.push(`${String(n).repeat(99)}\n`);
  source.forget(550);
  expect(source.slice(0, 300)).toBe('');
  expect(source.slice(540, 560)).toBe('5'.repeat(20));
  expect(source.position(950)).toEqual({ line: 10, column: 51 });
  expect(source.position(650)).toEqual({ line: 7, column: 51 });
});
