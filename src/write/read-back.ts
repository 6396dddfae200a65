// Reads a written message back, to make sure that the elements in `extra` did not change its meaning.

import { PostbackError } from '../errors.ts';
import type { MoMessage } from '../message.ts';
import { resolveOptions } from '../options.ts';
import { canonical } from '../protocol/canonical.ts';
import type { Generation } from '../protocol/generations.ts';
import { readDocument } from '../read/document.ts';
import { ORIGINS } from './message-input.ts';
import type { MoMessageInput } from './message-input.ts';
import { unrepresentable } from './unrepresentable.ts';

/** @throws PostbackError `UNREPRESENTABLE` if the document is not read as the message again */
export function requireSameWhenRead(
  document: string,
  message: MoMessageInput,
  generation: Generation,
  prefix: string,
): void {
  const read = readBack(document);
  const { extra = [] } = message;
  const written = { ...message, origin: ORIGINS[message.kind], extra };
  if (read !== undefined && comparable(read) === comparable(written)) return;
  const changed =
    read === undefined ? 0 : extra.findIndex((element, n) => canonical(element) !== canonical(read.extra[n]));
  throw unrepresentable(
    `${prefix}extra${changed === -1 ? '' : `[${String(changed)}]`}`,
    `${generation} cannot represent this element, or not together with the fields of the message`,
    'it to be left out',
  );
}

/** The one message that a document is read as, or `undefined`. */
function readBack(document: string): MoMessage | undefined {
  const unlimited = resolveOptions({
    maxBytes: Infinity,
    maxNotificationLength: Infinity,
    maxDepth: Infinity,
    maxFields: Infinity,
    maxFiles: Infinity,
  });
  try {
    const [{ data } = {}] = readDocument(document, unlimited);
    return data?.kind === 'other' ? undefined : data;
  } catch (error) {
    if (error instanceof PostbackError) return undefined;
    throw error;
  }
}

/** The text of the message's properties, without those that `extra` cannot change. */
function comparable(message: object): string {
  return canonical({ ...message, receivedAtRaw: undefined, envelope: undefined });
}
