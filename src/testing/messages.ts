// Arbitraries of what postbacks become.

import type { Arbitrary } from 'fast-check';
import type { Envelope, MmsMo, OtherNotification, PostbackNotification, SmsMo, WireElement } from '../message.ts';
import { parsePostback } from '../parse.ts';
import { hasField, requireGeneration } from '../protocol/generations.ts';
import type { Generation } from '../protocol/generations.ts';
import { trimXml } from '../protocol/xml-whitespace.ts';
import { serializePostback } from '../write/serialize.ts';
import { fastCheck } from './fast-check.ts';

/** Options of {@link smsMo} and {@link mmsMo}. */
export interface MessageConstraints {
  /** Only what this generation carries, with times as it writes them. Default: what any of them may bring, and any form of time. */
  readonly generation?: Generation | undefined;
}

/**
 * Text messages as `parsePostback` gives them: numbers as numbers are, and in all that a sender or a provider chooses freely
 * whatever XML can carry, markup, blanks at the edges, line ends and emoji among it.
 * @throws Error where fast-check is not installed; RangeError for what is no generation
 */
export function smsMo({ generation }: MessageConstraints = {}): Arbitrary<SmsMo> {
  return written(
    fastCheck()
      .record({ text: xmlText(), id: maybe(word()), ...commonParts(['SPID', 'carrier', 'X-Campaign']) })
      .map(({ text, id, ...parts }) => ({
        kind: 'sms',
        origin: 'SMS_MO',
        ...common(parts),
        text,
        ...(id === undefined ? {} : { transactionId: id }),
      })),
    generation,
  );
}

/**
 * Picture messages as `parsePostback` gives them, with none to four files.
 * @throws Error where fast-check is not installed; RangeError for what is no generation
 */
export function mmsMo({ generation }: MessageConstraints = {}): Arbitrary<MmsMo> {
  const fc = fastCheck();
  const draft = fc.record({
    trackingId: trimmedText(),
    files: fc.array(
      fc.oneof({ weight: 3, arbitrary: fc.webUrl({ withQueryParameters: true }) }, { weight: 1, arbitrary: word() }),
      { maxLength: 4 },
    ),
    copyTo: fc.array(phoneNumber(), { maxLength: 3 }),
    subject: maybe(xmlText().filter((text) => text !== '')),
    spid: maybe(fc.oneof(fc.stringMatching(/^0\d{6}$/), word())),
    operatorId: maybe(fc.oneof(fc.stringMatching(/^\d{5}$/), word())),
    ...commonParts(['TEXT', 'carrier', 'X-Campaign']),
  });
  return written(
    draft.map(({ trackingId, files, copyTo, subject, spid, operatorId, ...parts }) => ({
      kind: 'mms',
      origin: 'MMS_MO',
      ...common(parts),
      trackingId,
      files,
      ...(copyTo.length === 0 ? {} : { copyTo }),
      ...(subject === undefined ? {} : { subject }),
      ...(spid === undefined ? {} : { spid }),
      ...(operatorId === undefined ? {} : { operatorId }),
    })),
    generation,
  );
}

/**
 * Notifications of any kind as `parseBundle` gives them: messages, and what else comes to the same URL (delivery reports,
 * subscriptions, passes), whose elements may be nested and have attributes.
 * @throws Error where fast-check is not installed
 */
export function notification(): Arbitrary<PostbackNotification> {
  const fc = fastCheck();
  return fc.oneof(
    { weight: 2, arbitrary: smsMo() },
    { weight: 2, arbitrary: mmsMo() },
    { weight: 1, arbitrary: otherNotification() },
  );
}

function otherNotification(): Arbitrary<OtherNotification> {
  const fc = fastCheck();
  const { element } = fc.letrec<{ element: WireElement }>((tie) => ({
    element: fc
      .record({
        name: fc.constantFrom('STATUS', 'FROM', 'TO', 'TIMESTAMP', 'HANDSET', 'content', 'date-sent'),
        text: xmlText(),
        attributes: fc.dictionary(fc.constantFrom('protocole', 'status', 'ID'), xmlText(), { maxKeys: 2 }),
        children: fc.oneof(
          { maxDepth: 3, withCrossShrink: true },
          fc.constant([]),
          fc.array(tie('element'), { maxLength: 3 }),
        ),
      })
      .map(plainElement),
  }));
  return fc
    .record({
      origin: fc.constantFrom('SMS_MT', 'MMS_MT', 'SUB', 'EMAIL_SUB', 'PASS'),
      code: maybe(fc.oneof(fc.constantFrom('N101', 'N502', 'E102', 'N301'), word())),
      fields: fc.array(element, { maxLength: 5 }),
      envelope: envelope(),
    })
    .map(({ origin, code, fields, envelope }) => ({
      kind: 'other',
      origin,
      ...(code === undefined ? {} : { code }),
      fields,
      ...(envelope === undefined ? {} : { envelope }),
    }));
}

/** Those that the generation carries, as they come back from it. */
function written<Message extends SmsMo | MmsMo>(
  messages: Arbitrary<Message>,
  generation: Generation | undefined,
): Arbitrary<Message> {
  if (generation === undefined) return messages;
  requireGeneration(generation);
  return messages.map((message) => {
    const carried = { ...message };
    for (const field of Object.keys(message))
      if (!hasField(generation, message.kind, field)) Reflect.deleteProperty(carried, field);
    return parsePostback(serializePostback(carried, { generation })) as Message;
  });
}

interface CommonParts {
  readonly code: string;
  readonly from: string;
  readonly to: string;
  readonly time: Time;
  readonly keyword: string | undefined;
  readonly envelope: Envelope | undefined;
  readonly extra: readonly WireElement[];
}

/** `names`: of elements that are no fields of the kind. */
function commonParts(names: readonly string[]): { [Name in keyof CommonParts]: Arbitrary<CommonParts[Name]> } {
  const fc = fastCheck();
  const element = fc
    .record({ name: fc.constantFrom(...names), text: xmlText() })
    .map(({ name, text }) => plainElement({ name, text, attributes: {}, children: [] }));
  return {
    code: fc.oneof(fc.constantFrom('N211', 'N401'), trimmedText()),
    from: phoneNumber(),
    to: fc.oneof(fc.stringMatching(/^\d{5,6}$/), phoneNumber()),
    time: time(),
    keyword: maybe(word()),
    envelope: envelope(),
    extra: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.uniqueArray(element, { selector: ({ name }) => name, maxLength: 2 }) },
    ),
  };
}

function common({
  code,
  from,
  to,
  time: { raw, instant },
  keyword,
  envelope,
  extra,
}: CommonParts): Omit<SmsMo, 'kind' | 'origin' | 'text'> {
  return {
    code,
    from,
    to,
    receivedAt: instant,
    receivedAtRaw: raw,
    ...(keyword === undefined ? {} : { keyword }),
    ...(envelope === undefined ? {} : { envelope }),
    extra,
  };
}

/** As the parser makes them. */
function plainElement({ name, text, attributes, children }: WireElement): WireElement {
  return {
    name,
    text,
    attributes: Object.assign(Object.create(null), attributes) as WireElement['attributes'],
    children,
  };
}

function envelope(): Arbitrary<Envelope | undefined> {
  return fastCheck()
    .record({ id: maybe(word()), created: maybe(time()) })
    .map(({ id, created }) => ({
      ...(id === undefined ? {} : { id }),
      ...(created === undefined ? {} : { createdAt: created.instant, createdAtRaw: created.raw }),
    }))
    .map((envelope) => (Object.keys(envelope).length === 0 ? undefined : envelope));
}

function maybe<T>(arbitrary: Arbitrary<T>): Arbitrary<T | undefined> {
  return fastCheck().option(arbitrary, { nil: undefined });
}

/** Country code and number, digits only. */
function phoneNumber(): Arbitrary<string> {
  return fastCheck().stringMatching(/^[1-9]\d{6,14}$/);
}

/** Any text that XML can carry. */
export function xmlText(): Arbitrary<string> {
  const fc = fastCheck();
  const awkward = [
    ...'<>&\'"];#x -=?!/:\t\n\ramp'.split(''),
    ']]>',
    '&amp;',
    '<!--',
    '007',
    'é',
    '€',
    '😀',
    '\uFFFD',
    '\uFEFF',
  ];
  const character = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...awkward) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter(isXmlCharacter) },
  );
  return fc.string({ unit: character, maxLength: 40 });
}

// https://www.w3.org/TR/xml/#charsets
function isXmlCharacter(character: string): boolean {
  return /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]$/u.test(character);
}

function trimmedText(): Arbitrary<string> {
  return xmlText().map(trimXml);
}

function word(): Arbitrary<string> {
  return trimmedText().filter((text) => text !== '');
}

interface Time {
  readonly raw: string;
  readonly instant: Date;
}

/** A time in any form that is sent. */
function time(): Arbitrary<Time> {
  const fc = fastCheck();
  return fc
    .record({
      instant: fc.date({
        min: new Date('0001-01-02T00:00:00Z'),
        max: new Date('9999-12-30T00:00:00Z'),
        noInvalidDate: true,
      }),
      ahead: fc.oneof(
        fc.constant(0),
        fc.integer({ min: -14, max: 14 }).map((hours) => hours * 60),
        fc.integer({ min: -1439, max: 1439 }),
      ),
      separator: fc.constantFrom('T', ' '),
      fraction: fc.constantFrom('none', '3', '6'),
      offset: fc.constantFrom('Z', 'hours', 'colon', 'digits'),
    })
    .map(({ instant, ahead, separator, fraction, offset }) => {
      const exact = fraction === 'none' ? new Date(Math.floor(instant.getTime() / 1000) * 1000) : instant;
      const minutes = offset === 'Z' ? 0 : offset === 'hours' ? Math.trunc(ahead / 60) * 60 : ahead;
      const local = new Date(exact.getTime() + minutes * 60_000);
      const digits =
        fraction === 'none' ? '' : `.${pad(exact.getUTCMilliseconds(), 3)}${fraction === '6' ? '987' : ''}`;
      const [hours, rest] = [pad(Math.trunc(Math.abs(minutes) / 60)), pad(Math.abs(minutes) % 60)];
      const sign = minutes < 0 ? '-' : '+';
      const zone = {
        Z: 'Z',
        hours: `${sign}${hours}`,
        colon: `${sign}${hours}:${rest}`,
        digits: `${sign}${hours}${rest}`,
      }[offset];
      const date = `${pad(local.getUTCFullYear(), 4)}-${pad(local.getUTCMonth() + 1)}-${pad(local.getUTCDate())}`;
      const clock = `${pad(local.getUTCHours())}:${pad(local.getUTCMinutes())}:${pad(local.getUTCSeconds())}`;
      return { instant: exact, raw: `${date}${separator}${clock}${digits}${zone}` };
    });
}

function pad(value: number, length = 2): string {
  return String(value).padStart(length, '0');
}
