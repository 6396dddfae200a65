// A raw notification -> a message, or what is wrong with it. The rules: docs/protocol.md, "Messages".

import type { PostbackError } from '../errors.ts';
import type {
  Envelope,
  MmsMo,
  MoFields,
  OtherNotification,
  PostbackNotification,
  SmsMo,
  WireElement,
} from '../message.ts';
import { isJson, missingPath, pathOf, sectionPath } from './raw-notification.ts';
import type { Fault, RawElement, RawNotification, Section } from './raw-notification.ts';
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
  kebabName,
  shownName,
  wordNamed,
} from '../protocol/vocabulary.ts';
import type { List, Word } from '../protocol/vocabulary.ts';
import type { Complaint } from './saxes-errors.ts';
import { isBlank, trimXml } from '../protocol/xml-whitespace.ts';

/** What reading one notification's meaning needs. */
export interface Reading {
  readonly raw: RawNotification;
  readonly defaultOffset: string | undefined;
  /** Makes a fault an error, to be thrown. */
  readonly fail: (fault: Fault) => PostbackError;
}

type Draft<T> = { -readonly [K in keyof T]: T[K] };

// The words that have a field in each kind. The element of any other is extra.
const IN_BOTH = [ORIGIN, CODE, FROM, TO, RECEIVED, TIMESTAMP, KEYWORD];
const IN_SMS = bits(...IN_BOTH, TEXT, TRANSACTION_ID, TRACKING_ID);
const IN_MMS = bits(...IN_BOTH, TRACKING_ID, SUBJECT, SPID, OPERATOR_ID, CONTENT, COPY_TO);

function bits(...words: readonly Word[]): number {
  return words.reduce((all, { bit }) => all | bit, 0);
}

/**
 * What a notification says.
 * @throws PostbackError with a notification code
 */
export function interpret(reading: Reading): PostbackNotification {
  if (reading.raw.fault !== undefined) throw reading.fail(reading.raw.fault);
  const element = required(reading, 'notification', ORIGIN);
  const origin = nonEmpty(reading, element, 'SMS_MO, MMS_MO, or the origin of another kind');
  if (origin === 'SMS_MO') return sms(reading);
  if (origin === 'MMS_MO') return mms(reading);
  return other(reading, origin);
}

function sms(reading: Reading): SmsMo {
  const transactionId = findFilled(reading, TRANSACTION_ID);
  const common = moFields(reading, 'SMS MO', transactionId === undefined ? IN_SMS : IN_SMS & ~TRACKING_ID.bit);
  // In the oldest generation KEYWORD may stand in for TEXT.
  const text = find(reading, TEXT) ?? find(reading, KEYWORD) ?? required(reading, 'SMS MO', TEXT, KEYWORD);
  const { code, from, to, receivedAt, receivedAtRaw, extra } = common;
  const message: Draft<SmsMo> = {
    kind: 'sms',
    origin: 'SMS_MO',
    code,
    from,
    to,
    text: wordsOf(reading, text),
    receivedAt,
    receivedAtRaw,
    extra,
  };
  setOptional(reading, message);
  const id = trimmedIfAny(reading, transactionId ?? find(reading, TRACKING_ID));
  if (id !== '') message.transactionId = id;
  return message;
}

function mms(reading: Reading): MmsMo {
  const common = moFields(reading, 'MMS MO', IN_MMS);
  const trackingId = trimXml(wordsOf(reading, required(reading, 'MMS MO', TRACKING_ID)));
  const files = items(reading, CONTENT);
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
  setOptional(reading, message);
  const subject = find(reading, SUBJECT);
  if (subject !== undefined && wordsOf(reading, subject) !== '') message.subject = subject.text;
  const spid = trimmedIfAny(reading, find(reading, SPID));
  if (spid !== '') message.spid = spid;
  const operatorId = trimmedIfAny(reading, find(reading, OPERATOR_ID));
  if (operatorId !== '') message.operatorId = operatorId;
  const copyTo = items(reading, COPY_TO);
  if (copyTo.length > 0) message.copyTo = copyTo;
  return message;
}

/** What both kinds have. `words`: those that are fields of this one. */
function moFields(reading: Reading, kind: string, words: number): MoFields {
  const received = findFilled(reading, RECEIVED);
  const extra = elementsBeside(reading, received === undefined ? words : words & ~TIMESTAMP.bit);
  if (reading.raw.duplicate !== undefined) throw reading.fail(duplicate(reading.raw.duplicate));
  const code = trimXml(wordsOf(reading, required(reading, kind, CODE)));
  const from = nonEmpty(reading, required(reading, kind, FROM), "the sender's number");
  const to = nonEmpty(reading, required(reading, kind, TO), 'the short code or number that was texted');
  const time = received ?? find(reading, TIMESTAMP) ?? required(reading, kind, RECEIVED, TIMESTAMP);
  const receivedAt = instant(reading, time);
  return { code, from, to, receivedAt, receivedAtRaw: time.text, extra };
}

/** What both kinds may have. */
function setOptional(reading: Reading, message: Draft<MoFields>): void {
  const keyword = trimmedIfAny(reading, find(reading, KEYWORD));
  if (keyword !== '') message.keyword = keyword;
  const envelope = envelopeOf(reading);
  if (envelope !== undefined) message.envelope = envelope;
}

function other(reading: Reading, origin: string): OtherNotification {
  const fields = elementsBeside(reading, ORIGIN.bit);
  const notification: Draft<OtherNotification> = { kind: 'other', origin, fields };
  // Nothing but a lack of ORIGIN is wrong with these: a CODE that is no plain text, or a second one, is a field like others.
  const code = find(reading, CODE);
  if (code?.children.length === 0 && code.unfit === undefined && !isBlank(code.text)) {
    notification.code = trimXml(code.text);
    fields.splice(reading.raw.elements.filter(({ word }) => word !== ORIGIN).indexOf(code), 1);
  }
  const envelope = envelopeOf(reading);
  if (envelope !== undefined) notification.envelope = envelope;
  return notification;
}

function find({ raw }: Reading, word: Word): RawElement | undefined {
  if ((raw.words & word.bit) !== 0) for (const element of raw.elements) if (element.word === word) return element;
  return undefined;
}

/** The same, but one that is empty is none: the word that may stand instead is not hidden by it. */
function findFilled(reading: Reading, word: Word): RawElement | undefined {
  const element = find(reading, word);
  return element?.children.length === 0 && element.unfit === undefined && isBlank(element.text) ? undefined : element;
}

/** The element of the first of these words, one of which has to be there. */
function required(reading: Reading, kind: string, ...words: readonly [Word, ...Word[]]): RawElement {
  const element = find(reading, words[0]);
  if (element !== undefined) return element;
  const {
    raw: { section },
    fail,
  } = reading;
  const names = words.map((word) => nameIn(section, word));
  const [name = ''] = names;
  throw fail({
    code: 'MISSING_FIELD',
    offset: section.offset,
    path: missingPath(section, name),
    problem: `The ${kind} has no ${name}`,
    expected: `the ${isJson(section) ? 'member' : 'element'} ${names.join(' or ')}`,
  });
}

function nameIn(section: Section, word: Word): string {
  return isJson(section) ? kebabName(word) : word.names[0];
}

/** The elements that are none of `words`, of which none may be there twice. A list's strangers are among them. */
function elementsBeside({ raw, fail }: Reading, words: number): WireElement[] {
  const beside: WireElement[] = [];
  let seen = 0;
  for (const element of raw.elements) {
    const { word } = element;
    if (word === undefined || (word.bit & words) === 0) {
      beside.push(wireElement(element));
      continue;
    }
    if ((word.bit & seen) !== 0) {
      throw fail(duplicate(element));
    }
    seen |= word.bit;
    if (word.items === undefined) continue;
    for (const child of element.children) if (child.word !== word.items) beside.push(wireElement(child));
  }
  return beside;
}

function duplicate(element: RawElement): Fault {
  const problem = `${shownName(element.name)} stands here a second time in one notification`;
  return { code: 'DUPLICATE_FIELD', offset: element.offset, path: pathOf(element), problem, expected: 'it once' };
}

function wireElement({ name, text, attributes, children }: RawElement): WireElement {
  return { name, text, attributes, children: children.map(wireElement) };
}

/** The text of a field, exact. */
function wordsOf(reading: Reading, element: RawElement): string {
  if (element.unfit !== undefined) throw invalid(reading, element, element.unfit, 'a string');
  if (element.children.length === 0) return element.text;
  throw unexpected(
    reading,
    element,
    isJson(element.section)
      ? { problem: 'An object or a list stands in place of a text', expected: 'a string' }
      : {
          problem: 'An element stands inside a field that holds text',
          expected: 'text alone, with each "<" in it written as &lt;',
        },
  );
}

function unexpected({ fail }: Reading, element: RawElement, complaint: Complaint): PostbackError {
  return fail({ code: 'UNEXPECTED_CONTENT', offset: element.offset, path: pathOf(element), ...complaint });
}

function trimmedIfAny(reading: Reading, element: RawElement | undefined): string {
  return element === undefined ? '' : trimXml(wordsOf(reading, element));
}

function nonEmpty(reading: Reading, element: RawElement, expected: string): string {
  const text = trimXml(wordsOf(reading, element));
  if (text !== '') return text;
  throw invalid(reading, element, 'is empty', expected);
}

function instant(reading: Reading, element: RawElement): Date {
  const time = parseTimestamp(trimXml(wordsOf(reading, element)), reading.defaultOffset);
  if (time instanceof Date) return time;
  if (time === undefined) throw invalid(reading, element, 'is no time', 'one as in 2014-02-03T11:19:49-05:00');
  const expected =
    "one as in 2014-02-03T11:19:49-05:00, or the option defaultOffset (as in '-05:00') for times without";
  throw invalid(reading, element, 'has no offset from UTC, so that its instant is not known', expected);
}

function invalid({ fail }: Reading, element: RawElement, problem: string, expected: string): PostbackError {
  return fail({
    code: 'INVALID_FIELD',
    offset: element.offset,
    path: pathOf(element),
    problem: `${shownName(element.name)} ${problem}`,
    expected,
  });
}

/** What the items of a list hold, those that hold anything. `word`: the list's. */
function items(reading: Reading, word: List): string[] {
  const held: string[] = [];
  const list = find(reading, word);
  if (list === undefined) return held;
  const item = kebabName(word.items);
  if (!isBlank(list.text)) {
    throw unexpected(
      reading,
      list,
      isJson(list.section)
        ? {
            problem: 'A value of another kind stands in place of a list',
            expected: `a list, as in [{"${item}": "..."}]`,
          }
        : { problem: 'Words stand straight in this element, which holds a list', expected: 'elements alone' },
    );
  }
  for (const element of list.children) {
    if (element.name === '')
      throw unexpected(reading, element, {
        problem: 'This item of the list is no object',
        expected: `one, as in {"${item}": "..."}`,
      });
    const text = element.word === word.items ? trimXml(wordsOf(reading, element)) : '';
    if (text !== '') held.push(text);
  }
  return held;
}

function envelopeOf({ raw, fail, defaultOffset }: Reading): Envelope | undefined {
  let envelope: Draft<Envelope> | undefined;
  let seen = 0;
  for (const { name, value } of raw.attributes) {
    const word = wordNamed(name);
    if ((word !== ID && word !== CREATED) || isBlank(value)) continue;
    if ((word.bit & seen) !== 0) {
      const problem = `The attribute ${shownName(name)} stands twice, in two spellings`;
      const path = sectionPath(raw.section);
      throw fail({ code: 'DUPLICATE_FIELD', offset: raw.section.offset, path, problem, expected: 'it once' });
    }
    seen |= word.bit;
    envelope ??= {};
    if (word === ID) {
      envelope.id = trimXml(value);
    } else {
      // A message is not refused for the time of its envelope: where that is not known, it is absent.
      const time = parseTimestamp(trimXml(value), defaultOffset);
      if (time instanceof Date) envelope.createdAt = time;
      envelope.createdAtRaw = value;
    }
  }
  return envelope;
}
