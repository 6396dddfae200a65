// Notifications on their way to their callbacks.

import type { PostbackResult } from '../errors.ts';
import { keyed } from './keys.ts';
import type { Keyed, KeySettings } from './keys.ts';

/** The state of a notification. */
export type Outcome =
  /** Its callback has not started, or is running. */
  | 'pending'
  | 'handled'
  /** Its callback threw, and `onError` has not accepted (yet). */
  | 'failed'
  /** Its callback was not done by `callbackTimeoutMs`. */
  | 'timed-out'
  /** The store could not be reached for a claim. */
  | 'store-unavailable'
  /** Another request handles it. */
  | 'in-progress'
  /** Its callback was not started, because the receiver drains or the time was up. */
  | 'dropped';

/** A notification and what has become of it. */
export interface Delivery extends Keyed {
  readonly warnings: PostbackResult['warnings'];
  /** The body of its request. */
  readonly raw: Uint8Array;
  outcome: Outcome;
  /** When it may be tried next, in terms of `now()`. */
  notBefore: number;
  /** How long it was waited before the last try. */
  waitMs: number;
}

// How long to wait for another request that handles the same message: the first time, and at most.
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 500;

/**
 * The deliveries of the valid notifications of a document. Notifications of another kind are left out if they have no
 * callback. No key is claimed for them: a later version may have a callback.
 */
export function deliveriesOf(
  results: readonly PostbackResult[],
  raw: Uint8Array,
  settings: KeySettings,
  hasOnOther: boolean,
): Delivery[] {
  const deliveries: Delivery[] = [];
  for (const { success, data: notification, warnings } of results) {
    if (!success || (notification.kind === 'other' && !hasOnOther)) continue;
    const { key, isRecognisable } = keyed(notification, settings);
    deliveries.push({
      notification,
      key,
      isRecognisable,
      warnings,
      raw,
      outcome: 'pending',
      notBefore: 0,
      waitMs: FIRST_WAIT_MS / 2,
    });
  }
  return deliveries;
}

/** Schedules the next try. Each wait is twice as long as the last one. */
export function postpone(delivery: Delivery, time: number): void {
  delivery.waitMs = Math.min(2 * delivery.waitMs, LONGEST_WAIT_MS);
  delivery.notBefore = time + delivery.waitMs;
}
