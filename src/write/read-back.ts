// Reads a written message back, to make sure that the elements in `extra` did not change its meaning.

import type { WireElement } from '../message.ts';
import { resolveOptions } from '../options.ts';
import { canonical } from '../protocol/canonical.ts';
import type { Generation } from '../protocol/generations.ts';
import { readDocument } from '../read/read-document.ts';
import { ORIGINS } from './message-input.ts';
import type { MoMessageInput } from './message-input.ts';
import { unrepresentable } from './unrepresentable.ts';

/** @throws PostbackError `UNREPRESENTABLE` if the document is not read as the message again */
export function requireSameWhenRead(
  document: string,
  message: MoMessageInput & { readonly extra: readonly WireElement[] },
  generation: Generation,
  prefix: string,
): void {
  const read = readBack(document);
  const { kind, extra } = message;
  const written = { ...message, origin: ORIGINS[kind] };
  if (read !== undefined && comparable(read) === comparable(written)) return;
  // At least one differs: if a field is read differently, an element of `extra` was read as that field.
  const changed = extra.findIndex((element, n) => canonical(element) !== canonical(read?.extra?.[n]));
  throw unrepresentable(
    `${prefix}extra[${changed}]`,
    `${generation} cannot represent this element together with the fields of the message`,
    'a message without it',
  );
}

/** The first notification in a document. `undefined` if it cannot be read. */
function readBack(document: string): { readonly kind: string; readonly extra?: readonly WireElement[] } | undefined {
  const unlimited = resolveOptions({
    maxBytes: Infinity,
    maxNotificationLength: Infinity,
    maxDepth: Infinity,
    maxFields: Infinity,
    maxFiles: Infinity,
  });
  try {
    return readDocument(document, unlimited)[0]?.data;
  } catch {
    // A PostbackError: the parser throws nothing else.
    return undefined;
  }
}

/** The text of the message's properties, without those that `extra` cannot change. */
function comparable(message: object): string {
  return canonical({ ...message, receivedAtRaw: undefined, envelope: undefined });
}
