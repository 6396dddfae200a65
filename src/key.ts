// Keys by which a retry is known.

import type { PostbackNotification } from './message.ts';
import { canonical } from './protocol/canonical.ts';

/**
 * A key that a retry of the same message has too: the envelope's id, else the kind, `to` and the provider's id of the
 * message. `undefined` where the provider gave none: see {@link contentKey}.
 * @throws TypeError for what is no notification
 */
export function messageKey(message: PostbackNotification): string | undefined {
  requireNotification(message);
  const { envelope } = message;
  // As JSON, so that no two lists of words make one key.
  if (envelope?.id) return JSON.stringify(['notification', envelope.id]);
  const id = message.kind === 'sms' ? message.transactionId : message.kind === 'mms' ? message.trackingId : undefined;
  if (message.kind === 'other' || !id) return undefined;
  return JSON.stringify([message.kind, message.to, id]);
}

/**
 * A key made of every field of a message (SHA-256, as `sha256:` and 64 hexadecimal digits): for messages without an id
 * of the provider's. Two messages that agree in everything, the time included, have one key.
 * @throws TypeError for what is no notification
 */
export async function contentKey(message: PostbackNotification): Promise<string> {
  requireNotification(message);
  return sha256(canonical(message));
}

/** The digest of a text, as a key. */
export async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return `sha256:${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

function requireNotification(message: unknown): void {
  if (typeof message === 'object' && message !== null && 'kind' in message) return;
  throw new TypeError(`message: expected a notification, got ${message === null ? 'null' : typeof message}`);
}
