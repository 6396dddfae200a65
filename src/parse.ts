// A whole document -> its messages.

import { PostbackError } from './errors.ts';
import type { PostbackResult, PostbackWarning } from './errors.ts';
import type { MoMessage } from './message.ts';
import { resolveOptions } from './options.ts';
import type { PostbackOptions } from './options.ts';
import { readDocument } from './read/read-document.ts';
import type { Fail, Fault } from './read/fault.ts';
import { readNotification } from './read/interpret.ts';
import { sectionPlace } from './read/path.ts';
import type { RawNotification } from './read/raw-notification.ts';

/**
 * Reads the one message of a postback.
 *
 * @param source the document, XML or JSON: text, or bytes. Bytes are decoded as `options.encoding`, or the document,
 *   says
 * @throws PostbackError with any code. `UNSUPPORTED_ORIGIN` if the notification is not a message from a handset (the
 *   error's `notification` holds it), `SEVERAL_NOTIFICATIONS` if there is more than one: see {@link parseBundle}
 * @throws TypeError or RangeError for a wrong argument; the message names it
 */
export function parsePostback(source: string | Uint8Array, options?: PostbackOptions): MoMessage {
  const { success, data, error } = readSingle(source, options);
  if (!success) throw error;
  return data;
}

/** Like {@link parsePostback}, but returns a PostbackError as the result's `error` instead of throwing it. */
export function safeParsePostback(source: string | Uint8Array, options?: PostbackOptions): PostbackResult<MoMessage> {
  try {
    return readSingle(source, options);
  } catch (error) {
    if (error instanceof PostbackError) return failure(error);
    throw error;
  }
}

/**
 * Reads every notification of a postback. Each has its own result, in wire order: an invalid one does not affect the
 * others.
 *
 * @throws PostbackError with a document code
 * @throws TypeError or RangeError for a wrong argument; the message names it
 */
export function parseBundle(source: string | Uint8Array, options?: PostbackOptions): PostbackResult[] {
  return readDocument(source, resolveOptions(options));
}

function readSingle(source: string | Uint8Array, options: PostbackOptions | undefined): PostbackResult<MoMessage> {
  const settings = resolveOptions(options);
  let several: PostbackResult<MoMessage> | undefined;
  const [first, second] = readDocument(source, settings, (notification, fail) => {
    if (notification.ordinal > 1) return (several ??= failure(fail(severalNotifications(notification))));
    return onlyMessage(readNotification(notification, fail, settings), notification, fail);
  });
  const result = second ?? first;
  /* v8 ignore next -- for the type checker: a document without a notification is an error */
  if (result === undefined || !isOfMessage(result)) throw new Error('no result');
  return result;
}

function isOfMessage(result: PostbackResult): result is PostbackResult<MoMessage> {
  return !result.success || result.data.kind !== 'other';
}

function severalNotifications({ section }: RawNotification): Fault {
  return {
    code: 'SEVERAL_NOTIFICATIONS',
    ...sectionPlace(section),
    problem: 'Second notification',
    expected: 'exactly one; parseBundle reads bundles',
  };
}

function onlyMessage(result: PostbackResult, { section }: RawNotification, fail: Fail): PostbackResult<MoMessage> {
  if (!result.success || result.data.kind !== 'other') return result as PostbackResult<MoMessage>;
  const error = fail({
    code: 'UNSUPPORTED_ORIGIN',
    ...sectionPlace(section),
    problem: 'The notification is not a message from a handset',
    expected: 'the ORIGIN SMS_MO or MMS_MO; parseBundle reads all kinds',
    notification: result.data,
  });
  return failure(error, result.warnings);
}

function failure(error: PostbackError, warnings: readonly PostbackWarning[] = []): PostbackResult<MoMessage> {
  return { success: false, error, warnings };
}
