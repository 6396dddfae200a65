// Arbitraries of messages, as the parser returns them.

import type { Arbitrary } from 'fast-check';
import type { Envelope, MmsMo, OtherNotification, PostbackNotification, SmsMo, WireElement } from '../message.ts';
import { parsePostback } from '../parse.ts';
import { hasField, requireGeneration } from '../protocol/generations.ts';
import type { Generation } from '../protocol/generations.ts';
import { serializePostback } from '../write/serialize.ts';
import { fastCheck } from './fast-check.ts';
import { requireOptions } from '../options.ts';
import { maybe, nonEmptyText, phoneNumber, time, trimmedXmlText, xmlText } from './values.ts';
import type { Time } from './values.ts';

/** Options of {@link smsMo} and {@link mmsMo}. */
export interface MessageConstraints {
  /**
   * Only messages that this generation can represent, with times as it writes them. Default: all properties, and times
   * in all forms.
   */
  readonly generation?: Generation | undefined;
}

/** The names of {@link MessageConstraints}. */
export const CONSTRAINTS: readonly (keyof MessageConstraints)[] = ['generation'];

/**
 * Arbitrary text messages, as `parsePostback` returns them. Telephone numbers have a realistic form. Texts and ids
 * contain any characters that XML can represent: markup, spaces at both ends, line ends, emoji.
 * @throws Error if fast-check is not installed
 * @throws RangeError if the generation does not exist
 */
export function smsMo(options: MessageConstraints = {}): Arbitrary<SmsMo> {
  const { generation } = requireOptions(options, CONSTRAINTS);
  return asWrittenIn(
    fastCheck()
      .record({ text: xmlText(), id: maybe(nonEmptyText()), ...commonParts(['SPID', 'carrier', 'X-Campaign']) })
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
 * Arbitrary picture messages, as `parsePostback` returns them, with up to four files.
 * @throws Error if fast-check is not installed
 * @throws RangeError if the generation does not exist
 */
export function mmsMo(options: MessageConstraints = {}): Arbitrary<MmsMo> {
  const { generation } = requireOptions(options, CONSTRAINTS);
  const fc = fastCheck();
  const draft = fc.record({
    trackingId: trimmedXmlText(),
    files: fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.webUrl({ withQueryParameters: true }) },
        { weight: 1, arbitrary: nonEmptyText() },
      ),
      { maxLength: 4 },
    ),
    copyTo: fc.array(phoneNumber(), { maxLength: 3 }),
    subject: maybe(xmlText().filter((text) => text !== '')),
    spid: maybe(fc.oneof(fc.stringMatching(/^0\d{6}$/), nonEmptyText())),
    operatorId: maybe(fc.oneof(fc.stringMatching(/^\d{5}$/), nonEmptyText())),
    ...commonParts(['TEXT', 'carrier', 'X-Campaign']),
  });
  return asWrittenIn(
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
 * Arbitrary notifications of all kinds, as `parseBundle` returns them: messages, and others that arrive at the same URL
 * (delivery reports, subscriptions, passes). The elements of the others may be nested and have attributes.
 * @throws Error if fast-check is not installed
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
      code: maybe(fc.oneof(fc.constantFrom('N101', 'N502', 'E102', 'N301'), nonEmptyText())),
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

/**
 * The messages after they were written in a generation and read back, without the properties that it has no field for.
 */
function asWrittenIn<Message extends SmsMo | MmsMo>(
  messages: Arbitrary<Message>,
  generation: Generation | undefined,
): Arbitrary<Message> {
  if (generation === undefined) return messages;
  requireGeneration(generation);
  return messages.map((message) => {
    const representable = { ...message };
    for (const field of Object.keys(message))
      if (!hasField(generation, message.kind, field)) Reflect.deleteProperty(representable, field);
    return parsePostback(serializePostback(representable, { generation })) as Message;
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

/** `names` are the names of elements in `extra`. The message kind has no fields with these names. */
function commonParts(names: readonly string[]): { [Name in keyof CommonParts]: Arbitrary<CommonParts[Name]> } {
  const fc = fastCheck();
  const element = fc
    .record({ name: fc.constantFrom(...names), text: xmlText() })
    .map(({ name, text }) => plainElement({ name, text, attributes: {}, children: [] }));
  return {
    code: fc.oneof(fc.constantFrom('N211', 'N401'), trimmedXmlText()),
    from: phoneNumber(),
    to: fc.oneof(fc.stringMatching(/^\d{5,6}$/), phoneNumber()),
    time: time(),
    keyword: maybe(nonEmptyText()),
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

/** As the parser returns it: `attributes` has no prototype. */
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
    .record({ id: maybe(nonEmptyText()), created: maybe(time()) })
    .map(({ id, created }) => ({
      ...(id === undefined ? {} : { id }),
      ...(created === undefined ? {} : { createdAt: created.instant, createdAtRaw: created.raw }),
    }))
    .map((envelope) => (Object.keys(envelope).length === 0 ? undefined : envelope));
}
