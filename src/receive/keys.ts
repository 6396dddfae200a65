// The keys by which notifications are recognised when they arrive again.

import { contentKey, messageKey, sha256 } from '../key.ts';
import type { PostbackNotification } from '../message.ts';

/** A notification and its key. */
export interface Keyed {
  readonly notification: PostbackNotification;
  /** Incomplete until {@link completeKeys} has run, if {@link isComplete} says so. */
  key: string;
  /** Whether the notification has the same key when it arrives again. If not, it is not claimed. */
  isRecognisable: boolean;
}

/** What determines the keys. */
export interface KeySettings {
  readonly contentKeys: boolean;
}

// Stores index their keys and keep them in memory.
const MAX_KEY_LENGTH = 200;

/** A notification with the key that its id makes. `''` if it has no id. */
export function keyed(notification: PostbackNotification): Keyed {
  return { notification, key: messageKey(notification) ?? '', isRecognisable: true };
}

/** Whether the key is that of an id, and short enough. Most are. */
export function isComplete({ key }: Keyed): boolean {
  return key !== '' && key.length <= MAX_KEY_LENGTH;
}

/**
 * Replaces the keys of one document that are not complete: by a digest, or by a unique key if the notification cannot
 * be recognised. Equal contents are numbered: a sender who texts YES twice sends two messages.
 */
export async function completeKeys(all: readonly Keyed[], { contentKeys }: KeySettings): Promise<void> {
  const counts = new Map<string, number>();
  for (const item of all) {
    if (isComplete(item)) continue;
    if (item.key !== '') {
      item.key = await sha256(item.key);
    } else if (contentKeys) {
      const key = await contentKey(item.notification);
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      item.key = count === 1 ? key : `${key}#${count}`;
    } else {
      item.key = `unique-${crypto.randomUUID()}`;
      item.isRecognisable = false;
    }
  }
}
