// How often the properties are tested, and how documents are cut.

import fc from 'fast-check';
import { count } from '../helpers/count.ts';

/** The number of runs: 1 000 in `npm test`, otherwise FUZZ_RUNS. */
export const runs: { readonly numRuns: number } = { numRuns: count('FUZZ_RUNS', 1000) };

/** Cuts a sequence at places that are given in thousandths of its length. */
export function cut<T extends { length: number; slice(from: number, to?: number): T }>(
  whole: T,
  places: readonly number[],
): T[] {
  const at = [...places].map((place) => Math.floor((place * whole.length) / 1000)).sort((a, b) => a - b);
  return [0, ...at].map((from, n) => whole.slice(from, at[n] ?? whole.length));
}

export const places: fc.Arbitrary<number[]> = fc.array(fc.nat(1000), { maxLength: 12 });
