import { expect, it } from 'vitest';
import { SourceText } from '../../src/read/source-text.ts';

it('forget frees text well before an offset, and positions after it stay the same', () => {
  const source = new SourceText();
  for (let n = 0; n < 1000; n++) source.push(`${String(n % 10).repeat(99)}\n`);
  source.forget(49 * 1024 + 40);
  // Blocks of 1024 units, up to that of the unit 80 before the offset.
  expect(source.slice(0, 48 * 1024)).toBe('');
  expect(source.slice(0, 48 * 1024 + 1)).toBe('1');
  expect(source.slice(48 * 1024, 100_000)).toHaveLength(100_000 - 48 * 1024);
  expect(source.slice(50_040, 50_060)).toBe('0'.repeat(20));
  expect(source.excerpt(50_216, 50_300)).toBe(`${'2'.repeat(80)}\n${' '.repeat(16)}^`);
  expect(source.position(95_050)).toEqual({ line: 951, column: 51 });
  expect(source.position(65_050)).toEqual({ line: 651, column: 51 });
});

it('a text is found wherever it is, in whatever order it is searched', () => {
  for (let at = 0; at < 1100; at++) {
    const source = new SourceText();
    source.push('a'.repeat(at));
    source.push(`-->${'b'.repeat(2000)}-->`);
    const froms = [0, at + 1, 0, at, at + 4, 1, 5000, at];
    const expected = froms.map((from) => (from <= at ? at : from < 5000 ? at + 2003 : -1));
    expect(froms.map((from) => source.find('-->', from))).toEqual(expected);
    expect(froms.map((from) => source.indexOf('-->', from))).toEqual(expected);
    expect([source.find('?>', 0), source.find('-->', 0)]).toEqual([-1, at]);
    source.push('?>');
    expect(source.find('?>', 0)).toBe(at + 2006);
  }
});

it('positions can be asked for in any order, also after text was freed', () => {
  const source = new SourceText();
  for (let n = 0; n < 30; n++) source.push(`${'a'.repeat(999)}\n`);
  const expectPosition = (offset: number): void => {
    expect(source.position(offset)).toEqual({ line: Math.floor(offset / 1000) + 1, column: (offset % 1000) + 1 });
  };
  for (const offset of [29_500, 100, 9000, 4096, 28_000, 12_345, 0]) expectPosition(offset);
  source.forget(5000);
  for (const offset of [29_500, 5100, 9000, 28_000, 12_345]) expectPosition(offset);
});
