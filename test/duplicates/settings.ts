// The times and sizes of test:duplicates, and its random numbers.

import { timesAsLong } from '../helpers/count.ts';

// A hundredth of the real times of provider and receiver (docs/protocol.md, "Delivery"): the interval between two tries
// of a postback, and how long the provider waits for an answer (a little longer, because two cores run ten processes).
export const INTERVAL_MS = 3000;
export const PATIENCE_MS = 1000;
export const TRIES = 6;
/**
 * Options of the receivers. The lease is shorter than an interval, so that a retry finds the messages of a dead
 * process.
 */
export const TIMES = {
  leaseMs: 1500,
  bodyTimeoutMs: 500,
  ackTimeoutMs: 800,
  callbackTimeoutMs: 2400,
  storeTimeoutMs: 200,
};

export const MESSAGES: number = 10_000 * timesAsLong;
export const RECEIVERS = 8;
/** How many postbacks are being delivered at a time. */
export const CONCURRENCY = 30;
export const FAULT_INTERVAL_MS = 1000;
/** Longer than the lease. */
export const STOPPED_MS = 2250;
export const PAUSED_MS = 400;

let state = 20140203;

/** A number from 0 to 1, from the same sequence in every run. */
export function random(): number {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
  return state / 0x7fffffff;
}

/** A whole number from 0 to below `limit`. */
export const below = (limit: number): number => Math.floor(random() * limit);

/** An item of a list that is not empty. */
export function randomItem<T>(list: readonly T[]): T {
  const item = list[below(list.length)];
  if (item === undefined) throw new Error('the list is empty');
  return item;
}
