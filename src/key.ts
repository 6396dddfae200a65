// Keys that identify a message: a retry of it has the same key.

import type { PostbackNotification } from './message.ts';
import { canonical } from './protocol/canonical.ts';

/**
 * A key that is the same for every retry of a message: the envelope's id, otherwise the kind, `to` and the provider's
 * id of the message. `undefined` if the provider gave no id: see {@link contentKey}.
 * @throws TypeError if `message` is not a notification
 */
export function messageKey(message: PostbackNotification): string | undefined {
  requireNotification(message);
  const { envelope } = message;
  // As JSON, so that different parts never make the same key.
  if (envelope?.id) return JSON.stringify(['notification', envelope.id]);
  const id = message.kind === 'sms' ? message.transactionId : message.kind === 'mms' ? message.trackingId : undefined;
  if (message.kind === 'other' || !id) return undefined;
  return JSON.stringify([message.kind, message.to, id]);
}

/**
 * A key made from every field of a message, for messages without an id: SHA-256, as `sha256:` and 64 hexadecimal
 * digits. Two messages with equal fields, including the time, have the same key.
 * @throws TypeError if `message` is not a notification
 */
export async function contentKey(message: PostbackNotification): Promise<string> {
  requireNotification(message);
  return sha256(canonical(message));
}

/** The SHA-256 digest of a text, as a key. */
export async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return `sha256:${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

function requireNotification(message: unknown): void {
  if (typeof message === 'object' && message !== null && 'kind' in message) return;
  throw new TypeError(`message: expected a notification, got ${message === null ? 'null' : typeof message}`);
}
