// How the laws are tried.

import fc from 'fast-check';

/** How often: 1 000 times in `npm test`, as often as FUZZ_RUNS says in a longer run. */
export const runs: { readonly numRuns: number } = { numRuns: Number(process.env['FUZZ_RUNS'] ?? 1000) };

/** Cuts a sequence at places given as shares of its length in thousandths. */
export function cut<T extends { length: number; slice(from: number, to?: number): T }>(
  whole: T,
  places: readonly number[],
): T[] {
  const at = [...places].map((place) => Math.floor((place * whole.length) / 1000)).sort((a, b) => a - b);
  return [0, ...at].map((from, n) => whole.slice(from, at[n] ?? whole.length));
}

export const places: fc.Arbitrary<number[]> = fc.array(fc.nat(1000), { maxLength: 12 });
