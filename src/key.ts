// Keys that identify a message: a retry of it has the same key.

import type { PostbackNotification } from './message.ts';
import { canonical } from './protocol/canonical.ts';

/**
 * A key that is the same for every retry of a message: `kind/to/from/id`, each part percent-encoded, for example
 * `sms/86717/15550104477/SMS_MO_d9e05c5d-0`. The id is the message's own, otherwise the envelope's. `undefined` if the
 * provider gave no id, and for notifications that are not messages: see {@link contentKey}.
 * @throws TypeError if `message` is not a notification
 */
export function messageKey(message: PostbackNotification): string | undefined {
  requireNotification(message);
  if (message.kind === 'other') return undefined;
  const { kind, to, from, envelope } = message;
  const ownId = kind === 'sms' ? message.transactionId : message.trackingId;
  const id = ownId === '' ? envelope?.id : (ownId ?? envelope?.id);
  // Different parts never make the same key, because "/" is percent-encoded in them.
  return id ? `${kind}/${percentEncoded(to)}/${percentEncoded(from)}/${percentEncoded(id)}` : undefined;
}

/** Half of a surrogate pair, which encodeURIComponent refuses, becomes `%uD83D`. */
function percentEncoded(text: string): string {
  if (text.isWellFormed()) return encodeURIComponent(text);
  return text
    .split(/(\p{Surrogate})/u)
    .map((part) =>
      part.isWellFormed() ? encodeURIComponent(part) : `%u${part.charCodeAt(0).toString(16).toUpperCase()}`,
    )
    .join('');
}

/**
 * A key made from what the provider sent, for messages without an id: SHA-256, as `sha256-` and 64 hexadecimal digits,
 * which is safe as a file name. Two messages with equal fields, including the time as sent, have the same key.
 * @throws TypeError if `message` is not a notification
 */
export async function contentKey(message: PostbackNotification): Promise<string> {
  requireNotification(message);
  const { envelope } = message;
  // Only times as sent: the instants depend on options, and on the arrival of the request.
  return sha256(
    canonical({
      ...message,
      receivedAt: undefined,
      envelope: envelope && { ...envelope, createdAt: undefined },
    }),
  );
}

/** The SHA-256 digest of a text, as a key. */
export async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return `sha256-${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

function requireNotification(message: unknown): void {
  if (typeof message === 'object' && message !== null && 'kind' in message) return;
  throw new TypeError(`message: expected a notification, got ${message === null ? 'null' : typeof message}`);
}
