/**
 * Claims in the memory of one process: the default.
 *
 * @example
 * import { createHandler } from 'mo-postback/http';
 * import { memoryDedupe } from 'mo-postback/dedupe/memory';
 *
 * const handler = createHandler({ onSms, onMms, dedupe: memoryDedupe({ max: 50_000 }) });
 *
 * @module
 */

import { requireOptions } from '../options.ts';
import type { Claim, DedupeStore } from './store.ts';

export type { Claim, DedupeStore } from './store.ts';

/** Options of {@link memoryDedupe}. */
export interface MemoryDedupeOptions {
  /**
   * Most keys that are kept. Beyond, keys that are done go, the oldest first; claims in progress never, and where there
   * are only such, a further claim rejects (the answer is 503). Default 200 000, some 50 MB.
   */
  readonly max?: number | undefined;
}

interface Lease {
  readonly token: string;
  readonly attempt: number;
  /** When it ends, on the clock of performance.now. */
  until: number;
}

/** @throws TypeError or RangeError for a wrong option; the message names it */
export function memoryDedupe(options: MemoryDedupeOptions = {}): DedupeStore {
  const { max = 200_000 } = requireOptions(options);
  if (typeof (max as unknown) !== 'number') throw new TypeError(`options.max: expected a number, got ${typeof max}`);
  if (!(max === Infinity || (Number.isSafeInteger(max) && max > 0))) {
    throw new RangeError(`options.max: expected a whole number above 0, or Infinity, got ${String(max)}`);
  }
  // What is done is a number, when it may go in whole ms: most keys are, and one in an object of its own made the collection
  // of garbage take longer than the parsing. One map, for a key of a new message costs a look into memory that is in no cache.
  const keys = new Map<string, Lease | number>();
  // From the oldest on. Goes on where it stopped: engines leave a hole where a key was deleted, and one that begins at the
  // front each time steps over all of them.
  let oldest: MapIterator<[string, Lease | number]> | undefined;
  let tokens = 0;

  const claim = (key: string, leaseMs: number): Claim => {
    const at = performance.now();
    const held = keys.get(key);
    if (typeof held === 'number' && held > at) return { state: 'done' };
    if (typeof held === 'object' && held.until > at) return { state: 'in-progress' };
    if (held === undefined && keys.size >= max) forgetOne(at);
    // It begins anew. What is tried again keeps its place: the provider's retries end so long after the first try.
    if (typeof held === 'number') keys.delete(key);
    const token = String(++tokens);
    const attempt = 1 + (typeof held === 'object' ? held.attempt : 0);
    keys.set(key, { token, attempt, until: at + leaseMs });
    return { state: 'claimed', token, attempt };
  };
  const forgetOne = (at: number): void => {
    oldest ??= keys.entries();
    let left = keys.size;
    // What it has passed was deleted, or put behind all others: it comes to no end, and goes on the next time.
    for (const [key, held] of oldest) {
      keys.delete(key);
      if (typeof held === 'number' || held.until <= at) return;
      keys.set(key, held);
      if (--left === 0) break;
    }
    throw new Error(`memoryDedupe: all of ${String(max)} keys are in progress`);
  };
  const own = (key: string, token: string): Lease | undefined => {
    const held = keys.get(key);
    return typeof held === 'object' && held.token === token ? held : undefined;
  };

  /* eslint-disable @typescript-eslint/require-await -- what is thrown is to be a rejection */
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
      // Its count of attempts stays; its token is nobody's any more.
      if (lease !== undefined) keys.set(key, { token: '', attempt: lease.attempt, until: -Infinity });
    },
  };
}
