// A whole document -> its messages.

import { DocumentParser, readDocument } from './read/document.ts';
import { PostbackError } from './errors.ts';
import type { PostbackResult } from './errors.ts';
import type { MoMessage, OtherNotification } from './message.ts';
import { resolveOptions } from './options.ts';
import type { PostbackOptions } from './options.ts';
import { sectionPath } from './read/raw-notification.ts';
import type { Fault, RawNotification } from './read/raw-notification.ts';

/**
 * The one message of a postback.
 *
 * @param source the document, XML or JSON: text, or bytes in any encoding that they or `options.encoding` tell of
 * @throws PostbackError with any code: `UNSUPPORTED_ORIGIN` (the error's `notification` is what came) for a notification
 *   of anything but a message, `SEVERAL_NOTIFICATIONS` for a bundle of more than one: see {@link parseBundle}
 * @throws TypeError or RangeError for a wrong argument; the message names it
 */
export function parsePostback(source: string | Uint8Array, options?: PostbackOptions): MoMessage {
  const { success, data, error } = parseSingle(source, options);
  if (!success) throw error;
  return data;
}

/** As {@link parsePostback}, but what that throws as a PostbackError is the result's `error`. */
export function safeParsePostback(source: string | Uint8Array, options?: PostbackOptions): PostbackResult<MoMessage> {
  try {
    return parseSingle(source, options);
  } catch (error) {
    if (error instanceof PostbackError) return { success: false, error, warnings: [] };
    throw error;
  }
}

/**
 * Every notification of a postback, in wire order, each with its own outcome: a bad one does not take the others with it.
 *
 * @throws PostbackError with a document code
 * @throws TypeError or RangeError for a wrong argument; the message names it
 */
export function parseBundle(source: string | Uint8Array, options?: PostbackOptions): PostbackResult[] {
  return readDocument(source, resolveOptions(options));
}

function parseSingle(source: string | Uint8Array, options: PostbackOptions | undefined): PostbackResult<MoMessage> {
  let first: PostbackResult<MoMessage> | undefined;
  let several: PostbackError | undefined;
  const document = new DocumentParser<undefined>(
    resolveOptions(options),
    (raw): undefined => {
      if (raw.ordinal === 1) {
        first = onlyMessage(document.resultOf(raw), (notification) =>
          document.error(raw, {
            code: 'UNSUPPORTED_ORIGIN',
            ...placeOf(raw),
            problem: 'The notification is of another kind than a message from a handset',
            expected: 'the ORIGIN SMS_MO or MMS_MO; parseBundle reads all kinds',
            notification,
          }),
        );
      } else if (raw.ordinal === 2) {
        const problem = 'A second notification stands here';
        several = document.error(raw, {
          code: 'SEVERAL_NOTIFICATIONS',
          ...placeOf(raw),
          problem,
          expected: 'one; parseBundle reads all',
        });
      }
      return undefined;
    },
    () => undefined,
  );
  document.write(source, 'source');
  document.close();
  if (several !== undefined) throw several;
  /* v8 ignore next -- for the type checker: a document without a notification is an error */
  if (first === undefined) throw new Error('no result');
  return first;
}

function placeOf({ section }: RawNotification): Pick<Fault, 'offset' | 'path'> {
  return { offset: section.offset, path: sectionPath(section) };
}

function onlyMessage(
  result: PostbackResult,
  unsupported: (notification: OtherNotification) => PostbackError,
): PostbackResult<MoMessage> {
  if (!result.success) return result;
  const { data, warnings } = result;
  return data.kind === 'other'
    ? { success: false, error: unsupported(data), warnings }
    : { success: true, data, warnings };
}
