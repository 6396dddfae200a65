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

interface Entry {
  state: 'claimed' | 'done' | 'released';
  token: string;
  attempt: number;
  /** When the lease ends, or the entry may go; on the clock of performance.now. */
  until: number;
}

// How long a key that was given back remembers how often it was tried: as long as the provider sends again.
const RELEASED_MS = 30 * 60 * 1000;

/** @throws TypeError or RangeError for a wrong option; the message names it */
export function memoryDedupe({ max = 200_000 }: MemoryDedupeOptions = {}): DedupeStore {
  if (typeof (max as unknown) !== 'number') throw new TypeError(`options.max: expected a number, got ${typeof max}`);
  if (!(max === Infinity || (Number.isSafeInteger(max) && max > 0))) {
    throw new RangeError(`options.max: expected a whole number above 0, or Infinity, got ${String(max)}`);
  }
  // Apart, so that the oldest that may go is found at once. A Map keeps the order in which keys came.
  const claims = new Map<string, Entry>();
  const settled = new Map<string, Entry>();
  let tokens = 0;

  const claim = (key: string, leaseMs: number): Claim => {
    const at = performance.now();
    const known = claims.get(key) ?? settled.get(key);
    if (known !== undefined && known.until > at) {
      if (known.state === 'done') return { state: 'done' };
      if (known.state === 'claimed') return { state: 'in-progress' };
    }
    if (known === undefined && claims.size + settled.size >= max) forgetOne(at);
    settled.delete(key);
    const token = String(++tokens);
    const attempt = 1 + (known === undefined || (known.state === 'done' && known.until <= at) ? 0 : known.attempt);
    claims.set(key, { state: 'claimed', token, attempt, until: at + leaseMs });
    return { state: 'claimed', token, attempt };
  };
  const forgetOne = (at: number): void => {
    const [oldest] = settled.keys();
    if (oldest !== undefined) {
      settled.delete(oldest);
      return;
    }
    for (const [key, { until }] of claims) {
      if (until <= at) {
        claims.delete(key);
        return;
      }
    }
    throw new Error(`memoryDedupe: all of ${String(max)} keys are in progress`);
  };
  const own = (key: string, token: string): Entry | undefined => {
    const entry = claims.get(key);
    return entry?.token === token ? entry : undefined;
  };
  const settle = (key: string, token: string, state: 'done' | 'released', ms: number): void => {
    const entry = own(key, token);
    if (entry === undefined) return;
    claims.delete(key);
    settled.set(key, { ...entry, state, until: performance.now() + ms });
  };

  /* eslint-disable @typescript-eslint/require-await -- what is thrown is to be a rejection */
  return {
    claim: async (key, leaseMs) => claim(key, leaseMs),
    renew: async (key, token, leaseMs) => {
      const entry = own(key, token);
      if (entry !== undefined) entry.until = performance.now() + leaseMs;
      return entry !== undefined;
    },
    complete: async (key, token, ttlMs) => {
      settle(key, token, 'done', ttlMs);
    },
    release: async (key, token) => {
      settle(key, token, 'released', RELEASED_MS);
    },
  };
}
