// A raw notification -> a message, or the error that says what is wrong with it. The rules: docs/protocol.md,
// "Messages".

import { isPostbackError, PostbackError } from '../errors.ts';
import type { PostbackResult } from '../errors.ts';
import type { Envelope, MmsMo, MoFields, OtherNotification, PostbackNotification, SmsMo } from '../message.ts';
import type { Settings } from '../options.ts';
import { parseTimestamp } from '../protocol/timestamp.ts';
import {
  CODE,
  CONTENT,
  COPY_TO,
  CREATED,
  FROM,
  ID,
  KEYWORD,
  OPERATOR_ID,
  ORIGIN,
  RECEIVED,
  SPID,
  SUBJECT,
  TEXT,
  TIMESTAMP,
  TO,
  TRACKING_ID,
  TRANSACTION_ID,
  shownName,
  wordNamed,
} from '../protocol/vocabulary.ts';
import type { Word } from '../protocol/vocabulary.ts';
import { isBlank, trimXml } from '../protocol/xml-whitespace.ts';
import type { Fail } from './fault.ts';
import {
  duplicateField,
  elementsWithoutField,
  filledText,
  find,
  findFilled,
  instantOf,
  isPlain,
  isReadableTime,
  itemsOf,
  required,
  textOf,
  trimmedText,
} from './fields.ts';
import type { Reading } from './fields.ts';
import { sectionPlace } from './path.ts';
import type { RawElement, RawNotification } from './raw-notification.ts';

type Draft<T> = { -readonly [K in keyof T]: T[K] };

// The words that have a field in each kind. Elements with any other word are extra.
const IN_BOTH = [ORIGIN, CODE, FROM, TO, RECEIVED, TIMESTAMP, KEYWORD];
const IN_SMS = /* @__PURE__ */ bits(IN_BOTH, [TEXT, TRANSACTION_ID, TRACKING_ID]);
const IN_MMS = /* @__PURE__ */ bits(IN_BOTH, [TRACKING_ID, SUBJECT, SPID, OPERATOR_ID, CONTENT, COPY_TO]);

function bits(...lists: readonly (readonly Word[])[]): number {
  return lists.flat().reduce((all, { bit }) => all | bit, 0);
}

/** Interprets a notification. What is wrong with it becomes the result's error. */
export function readNotification(notification: RawNotification, fail: Fail, settings: Settings): PostbackResult {
  const reading: Reading = { notification, settings, fail, timeWarning: undefined };
  const { warnings } = notification;
  try {
    const data = interpret(reading);
    const { timeWarning } = reading;
    return { success: true, data, warnings: timeWarning === undefined ? warnings : [...warnings, timeWarning] };
  } catch (error) {
    if (error instanceof PostbackError) return { success: false, error, warnings };
    throw error;
  }
}

function interpret(reading: Reading): PostbackNotification {
  const { notification, fail } = reading;
  if (notification.fault !== undefined) throw fail(notification.fault);
  const element = required(reading, 'notification', ORIGIN);
  const origin = filledText(reading, element, 'SMS_MO, MMS_MO, or the origin of another kind');
  if (origin === 'SMS_MO') return sms(reading);
  if (origin === 'MMS_MO') return mms(reading);
  return other(reading, origin);
}

function sms(reading: Reading): SmsMo {
  const transactionId = findFilled(reading, TRANSACTION_ID);
  const common = moFields(reading, 'SMS MO', transactionId === undefined ? IN_SMS : IN_SMS & ~TRACKING_ID.bit);
  // In the oldest generation KEYWORD may be sent instead of TEXT.
  const text = find(reading, TEXT) ?? find(reading, KEYWORD) ?? required(reading, 'SMS MO', TEXT, KEYWORD);
  const { code, from, to, receivedAt, receivedAtRaw, extra } = common;
  const message: Draft<SmsMo> = {
    kind: 'sms',
    origin: 'SMS_MO',
    code,
    from,
    to,
    text: textOf(reading, text),
    receivedAt,
    receivedAtRaw,
    extra,
  };
  setOptionalFields(reading, message);
  const id = trimmedText(reading, transactionId ?? find(reading, TRACKING_ID));
  if (id !== '') message.transactionId = id;
  return message;
}

function mms(reading: Reading): MmsMo {
  const common = moFields(reading, 'MMS MO', IN_MMS);
  const trackingId = trimXml(textOf(reading, required(reading, 'MMS MO', TRACKING_ID)));
  const files = itemsOf(reading, CONTENT);
  const { code, from, to, receivedAt, receivedAtRaw, extra } = common;
  const message: Draft<MmsMo> = {
    kind: 'mms',
    origin: 'MMS_MO',
    code,
    from,
    to,
    trackingId,
    files,
    receivedAt,
    receivedAtRaw,
    extra,
  };
  setOptionalFields(reading, message);
  const subject = find(reading, SUBJECT);
  if (subject !== undefined && textOf(reading, subject) !== '') message.subject = subject.text;
  const spid = trimmedText(reading, find(reading, SPID));
  if (spid !== '') message.spid = spid;
  const operatorId = trimmedText(reading, find(reading, OPERATOR_ID));
  if (operatorId !== '') message.operatorId = operatorId;
  const copyTo = itemsOf(reading, COPY_TO);
  if (copyTo.length > 0) message.copyTo = copyTo;
  return message;
}

/** The fields that both kinds have. `words`: the set of words that have a field in this kind. */
function moFields(reading: Reading, kind: string, words: number): MoFields {
  const [time, unused] = timeFields(reading);
  const extra = elementsWithoutField(reading, unused === undefined ? words : words & ~unused.bit);
  if (reading.notification.duplicate !== undefined) throw reading.fail(duplicateField(reading.notification.duplicate));
  const code = trimXml(textOf(reading, required(reading, kind, CODE)));
  const from = filledText(reading, required(reading, kind, FROM), "the sender's number");
  const to = filledText(reading, required(reading, kind, TO), 'the short code or number that was texted');
  const receivedAt = timeOf(reading, kind, time);
  return { code, from, to, receivedAt, receivedAtRaw: time?.text ?? '', extra };
}

/**
 * The element that holds the time, if any, and the word of the other one, if that goes to `extra`: TIMESTAMP, or, with
 * `recover`, an unreadable RECEIVED.
 */
function timeFields(reading: Reading): [time: RawElement | undefined, unused: Word | undefined] {
  const received = findFilled(reading, RECEIVED);
  const timestamp = find(reading, TIMESTAMP);
  if (received === undefined) return [timestamp ?? find(reading, RECEIVED), undefined];
  const isReplaced =
    timestamp !== undefined &&
    reading.settings.recover &&
    !isReadableTime(reading, received) &&
    isReadableTime(reading, timestamp);
  return isReplaced ? [timestamp, RECEIVED] : [received, TIMESTAMP];
}

/** Reads the time, or takes `fallbackTime`, with a warning. */
function timeOf(reading: Reading, kind: string, time: RawElement | undefined): Date {
  const { fallbackTime } = reading.settings;
  try {
    return instantOf(reading, time ?? required(reading, kind, RECEIVED, TIMESTAMP));
  } catch (error) {
    const isUnreadable = isPostbackError(error) && error.code !== 'UNEXPECTED_CONTENT';
    if (fallbackTime === undefined || !isUnreadable) throw error;
    const { line, column, path } = error;
    reading.timeWarning = { code: 'UNREADABLE_TIME', line, column, path };
    return new Date(fallbackTime);
  }
}

/** The fields that both kinds may have. */
function setOptionalFields(reading: Reading, message: Draft<MoFields>): void {
  const keyword = trimmedText(reading, find(reading, KEYWORD));
  if (keyword !== '') message.keyword = keyword;
  const envelope = envelopeOf(reading);
  if (envelope !== undefined) message.envelope = envelope;
}

function other(reading: Reading, origin: string): OtherNotification {
  const fields = elementsWithoutField(reading, ORIGIN.bit);
  const message: Draft<OtherNotification> = { kind: 'other', origin, fields };
  // Only ORIGIN has rules here. A CODE that is not plain text, or a second one, stays in `fields`.
  const code = find(reading, CODE);
  if (code !== undefined && isPlain(code) && !isBlank(code.text)) {
    message.code = trimXml(code.text);
    fields.splice(reading.notification.elements.filter(({ word }) => word !== ORIGIN).indexOf(code), 1);
  }
  const envelope = envelopeOf(reading);
  if (envelope !== undefined) message.envelope = envelope;
  return message;
}

/** Reads the attributes of NOTIFICATION. */
function envelopeOf({ notification, fail, settings }: Reading): Envelope | undefined {
  let envelope: Draft<Envelope> | undefined;
  let seen = 0;
  for (const { name, value } of notification.attributes) {
    const word = wordNamed(name);
    if ((word !== ID && word !== CREATED) || isBlank(value)) continue;
    if ((word.bit & seen) !== 0) {
      throw fail({
        code: 'DUPLICATE_FIELD',
        ...sectionPlace(notification.section),
        problem: `Duplicate attribute ${shownName(name)}`,
        expected: 'exactly one',
      });
    }
    seen |= word.bit;
    envelope ??= {};
    if (word === ID) {
      envelope.id = trimXml(value);
    } else {
      // An invalid time in the envelope does not make the message invalid.
      const time = parseTimestamp(trimXml(value), settings.defaultOffset);
      if (time instanceof Date) envelope.createdAt = time;
      envelope.createdAtRaw = value;
    }
  }
  return envelope;
}
