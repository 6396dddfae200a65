// The keys by which notifications are recognised when they arrive again.

import { contentKey, messageKey, sha256 } from '../key.ts';
import type { PostbackNotification } from '../message.ts';
import { RECEIVED, TIMESTAMP, wordNamed } from '../protocol/vocabulary.ts';
import type { Word } from '../protocol/vocabulary.ts';

/** A notification and its key. */
export interface Keyed {
  readonly notification: PostbackNotification;
  /** `''` until {@link completeKeys} has run, if {@link isComplete} says so. */
  key: string;
  /** Whether the notification has the same key when it arrives again. If not, it is not claimed. */
  isRecognisable: boolean;
}

/** What determines the keys. */
export interface KeySettings {
  readonly contentKeys: boolean;
  readonly keyPrefix: string;
}

// Stores index their keys and keep them in memory, and queues accept no longer ids.
const MAX_KEY_LENGTH = 128;

/** A notification with the key that its id makes. Without an id, or if that would be too long, the key is missing. */
export function keyed(notification: PostbackNotification, { keyPrefix }: KeySettings): Keyed {
  const key = keyPrefix + (messageKey(notification) ?? '');
  const isUsable = key.length > keyPrefix.length && key.length <= MAX_KEY_LENGTH;
  return { notification, key: isUsable ? key : '', isRecognisable: true };
}

/** Whether there is a key already. For most notifications there is. */
export function isComplete({ key }: Keyed): boolean {
  return key !== '';
}

/**
 * Makes the missing keys of one document: a digest of the id or of the content, or a unique key if the notification
 * cannot be recognised. Equal contents are numbered: a sender who texts YES twice sends two messages.
 */
export async function completeKeys(all: readonly Keyed[], { contentKeys, keyPrefix }: KeySettings): Promise<void> {
  const counts = new Map<string, number>();
  for (const item of all) {
    if (isComplete(item)) continue;
    const { notification } = item;
    const longKey = messageKey(notification);
    if (longKey !== undefined) {
      item.key = keyPrefix + (await sha256(longKey));
    } else if (contentKeys && hasTime(notification)) {
      const key = await contentKey(notification);
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      item.key = keyPrefix + (count === 1 ? key : `${key}-${count}`);
    } else {
      item.key = `${keyPrefix}unique-${crypto.randomUUID()}`;
      item.isRecognisable = false;
    }
  }
}

const TIMES: readonly (Word | undefined)[] = [RECEIVED, TIMESTAMP];

/**
 * Whether the content tells two messages with equal text apart: by a time with a digit other than 0. Of other
 * notifications, equal ones mean the same.
 */
function hasTime(notification: PostbackNotification): boolean {
  if (notification.kind === 'other') return true;
  const { receivedAtRaw, envelope, extra } = notification;
  const others = extra.filter(({ name }) => TIMES.includes(wordNamed(name)));
  return [receivedAtRaw, envelope?.createdAtRaw ?? '', ...others.map(({ text }) => text)].some((time) =>
    /[1-9]/.test(time),
  );
}
