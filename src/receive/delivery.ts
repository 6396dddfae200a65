// Notifications on their way to their callbacks, and the keys by which they are recognised.

import type { PostbackResult } from '../errors.ts';
import { contentKey, messageKey, sha256 } from '../key.ts';
import type { PostbackNotification } from '../message.ts';
import type { ReceiverSettings } from './settings.ts';

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
export interface Delivery {
  readonly notification: PostbackNotification;
  readonly warnings: PostbackResult['warnings'];
  /** The body of its request. */
  readonly raw: Uint8Array;
  key: string | undefined;
  outcome: Outcome;
  /** When it may be tried next, in terms of `now()`. */
  notBefore: number;
  /** How long it was waited before the last try. */
  waitMs: number;
}

// How long to wait for another request that handles the same message: the first time, and at most.
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 500;

/** The deliveries of the valid notifications of a document. */
export function deliveriesOf(results: readonly PostbackResult[], raw: Uint8Array): Delivery[] {
  const deliveries: Delivery[] = [];
  for (const { success, data: notification, warnings } of results) {
    if (!success) continue;
    deliveries.push({
      notification,
      warnings,
      raw,
      key: messageKey(notification),
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

// Stores index their keys and keep them in memory.
const MAX_KEY_LENGTH = 200;

/** Whether the key must be a digest: of the content, or of a key that is too long. */
export function needsDigest({ key }: Delivery, { contentKeys }: ReceiverSettings): boolean {
  return key === undefined ? contentKeys : key.length > MAX_KEY_LENGTH;
}

/**
 * Sets the keys that must be digests. Equal contents of one document are numbered: a sender who texts YES twice sends
 * two messages.
 */
export async function addDigests(deliveries: readonly Delivery[], settings: ReceiverSettings): Promise<void> {
  const counts = new Map<string, number>();
  for (const delivery of deliveries) {
    if (!needsDigest(delivery, settings)) continue;
    if (delivery.key !== undefined) {
      delivery.key = await sha256(delivery.key);
      continue;
    }
    const key = await contentKey(delivery.notification);
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    delivery.key = count === 1 ? key : `${key}#${count}`;
  }
}
