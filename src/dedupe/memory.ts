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
  // Apart, so that the oldest that may go is found at once: a Map keeps the order in which keys came.
  const leases = new Map<string, Lease>();
  // How often those were tried that were given back.
  const released = new Queue<number>();
  // Most keys are here, so that each costs no more than itself and when it may go, in whole ms: a number in an object
  // of its own made the collection of garbage take longer than the parsing.
  const done = new Queue<number>();
  let tokens = 0;

  const claim = (key: string, leaseMs: number): Claim => {
    const at = performance.now();
    const doneUntil = done.get(key);
    if (doneUntil !== undefined && doneUntil > at) return { state: 'done' };
    const lease = leases.get(key);
    if (lease !== undefined && lease.until > at) return { state: 'in-progress' };
    const tried = lease?.attempt ?? released.get(key);
    if (tried === undefined && doneUntil === undefined && leases.size + released.size + done.size >= max) forgetOne(at);
    if (doneUntil !== undefined) done.delete(key);
    if (tried !== undefined) released.delete(key);
    const token = String(++tokens);
    const attempt = 1 + (tried ?? 0);
    leases.set(key, { token, attempt, until: at + leaseMs });
    return { state: 'claimed', token, attempt };
  };
  const forgetOne = (at: number): void => {
    // What is lost with one that was given back is only a count.
    if (released.deleteOldest() || done.deleteOldest()) return;
    for (const [key, { until }] of leases) {
      if (until <= at) {
        leases.delete(key);
        return;
      }
    }
    throw new Error(`memoryDedupe: all of ${String(max)} keys are in progress`);
  };
  const own = (key: string, token: string): Lease | undefined => {
    const lease = leases.get(key);
    return lease?.token === token ? lease : undefined;
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
      if (own(key, token) === undefined) return;
      leases.delete(key);
      done.set(key, Math.ceil(performance.now() + ttlMs));
    },
    release: async (key, token) => {
      const lease = own(key, token);
      if (lease === undefined) return;
      leases.delete(key);
      released.set(key, lease.attempt);
    },
  };
}

/**
 * A map that gives up its oldest key. By one iterator that goes on: engines leave a hole where a key was deleted, and one
 * that begins at the front each time steps over all of them.
 */
class Queue<Value> extends Map<string, Value> {
  #oldest: MapIterator<string> | undefined;
  // Keys that were deleted while it stood still: it keeps the tables alive that they were in.
  #deleted = 0;

  /** Whether there was one. */
  deleteOldest(): boolean {
    this.#deleted = 0;
    this.#oldest ??= this.keys();
    const { done, value } = this.#oldest.next();
    if (done !== true) return super.delete(value);
    // One that has come to the end sees nothing that is added later.
    this.#oldest = undefined;
    return false;
  }

  override delete(key: string): boolean {
    if (++this.#deleted > 1000) this.#oldest = undefined;
    return super.delete(key);
  }
}
