// Keys by which a retry is known.

import type { PostbackNotification } from './message.ts';

/**
 * A key that a retry of the same message has too: the envelope's id, else the kind, `to` and the provider's id of the
 * message. `undefined` where the provider gave none: see {@link contentKey}.
 */
export function messageKey(message: PostbackNotification): string | undefined {
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
 */
export async function contentKey(message: PostbackNotification): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(inKeyOrder(message)));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return `sha256:${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** The same data with the keys of every object in one order, absent ones left out. */
function inKeyOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inKeyOrder);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const entries = Object.entries(value).filter(([, held]) => held !== undefined);
  // As a list: an object would take a key "__proto__" for its prototype.
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, held]) => [key, inKeyOrder(held)]);
}
