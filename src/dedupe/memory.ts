/**
 * A deduplication store in the memory of one process. This is the default.
 *
 * @example
 * import { createHandler } from 'mo-postback/http';
 * import { memoryDedupe } from 'mo-postback/dedupe/memory';
 *
 * const handler = createHandler({ onSms, onMms, dedupe: memoryDedupe({ max: 50_000 }) });
 *
 * @module
 */

import { countOption, requireOptions } from '../options.ts';
import type { Claim, DedupeStore } from './store.ts';

export type { Claim, DedupeStore } from './store.ts';

/** Options of {@link memoryDedupe}. */
export interface MemoryDedupeOptions {
  /**
   * How many keys are kept. When full, the oldest keys that are done are forgotten. Claims in progress are never
   * forgotten; if there is nothing else, a further claim rejects, and the answer is 503. Default 200 000, about 50 MB.
   */
  readonly max?: number | undefined;
}

interface Lease {
  readonly token: string;
  readonly attempt: number;
  /** When it ends, in terms of performance.now. */
  until: number;
}

/**
 * Creates a store.
 * @throws TypeError or RangeError for a wrong option; the message names the option
 */
export function memoryDedupe(options: MemoryDedupeOptions = {}): DedupeStore {
  const max = countOption(requireOptions(options, ['max']), 'max', 200_000);
  // A key that is done is stored as a number: when it may be forgotten, in whole milliseconds. Most keys are done, and
  // with an object for each, collecting garbage took longer than parsing. All keys are in one map, because each lookup
  // of a new key reads memory that is in no cache.
  const keys = new Map<string, Lease | number>();
  // Starts at the oldest key, and continues where it stopped: engines leave a hole for each deleted key, and a new
  // iterator would step over all of them each time.
  let oldest: MapIterator<[string, Lease | number]> | undefined;
  let tokens = 0;

  const claim = (key: string, leaseMs: number): Claim => {
    const at = performance.now();
    const held = keys.get(key);
    if (typeof held === 'number' && held > at) return { state: 'done' };
    if (typeof held === 'object' && held.until > at) return { state: 'in-progress' };
    if (held === undefined && keys.size >= max) forgetOne(at);
    // A key that was done and expired moves to the end. A retried key keeps its place, which is that of the first try.
    if (typeof held === 'number') keys.delete(key);
    const token = String(++tokens);
    const attempt = 1 + (typeof held === 'object' ? held.attempt : 0);
    keys.set(key, { token, attempt, until: at + leaseMs });
    return { state: 'claimed', token, attempt };
  };
  const forgetOne = (at: number): void => {
    oldest ??= keys.entries();
    let left = keys.size;
    // Each key that the iterator has passed is deleted or moved to the end, so the iterator never ends.
    for (const [key, held] of oldest) {
      keys.delete(key);
      if (typeof held === 'number' || held.until <= at) return;
      keys.set(key, held);
      if (--left === 0) break;
    }
    throw new Error(`memoryDedupe: all of ${max} keys are in progress`);
  };
  const own = (key: string, token: string): Lease | undefined => {
    const held = keys.get(key);
    return typeof held === 'object' && held.token === token ? held : undefined;
  };

  /* eslint-disable @typescript-eslint/require-await -- so that a thrown error becomes a rejection */
  return {
    claim: async (key, leaseMs) => claim(key, leaseMs),
    renew: async (key, token, leaseMs) => {
      const lease = own(key, token);
      if (lease !== undefined) lease.until = performance.now() + leaseMs;
      return lease !== undefined;
    },
    complete: async (key, token, ttlMs) => {
      if (own(key, token) !== undefined) keys.set(key, Math.ceil(performance.now() + ttlMs));
    },
    release: async (key, token) => {
      const lease = own(key, token);
      // Keeps the number of attempts. No token is equal to the empty one.
      if (lease !== undefined) keys.set(key, { token: '', attempt: lease.attempt, until: -Infinity });
    },
  };
}
