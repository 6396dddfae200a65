// The generations of the format: which fields each of them has, under which names, and how it writes them.
// Source: docs/protocol.md, "Generations".

import type { MmsMo, MoMessage, SmsMo } from '../message.ts';
import {
  CODE,
  CONTENT,
  COPY_TO,
  FROM,
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
} from './vocabulary.ts';
import type { Word } from './vocabulary.ts';

export const GENERATIONS = ['G1', 'G2', 'G3', 'G4', 'G5'] as const;

/** The name of a generation in docs/protocol.md. G1 to G4 are XML, G5 is JSON. */
export type Generation = (typeof GENERATIONS)[number];

/** A property of a message that is a separate element on the wire. */
export type MessageField = Exclude<keyof SmsMo | keyof MmsMo, 'kind' | 'envelope' | 'extra' | 'receivedAtRaw'>;

/** Fields in the order in which they are written. */
export type FieldList = readonly (readonly [field: MessageField, word: Word])[];

/** How a generation writes a message. */
export interface GenerationFormat {
  /**
   * `upper-case`: XML with upper-case names, indented. `kebab-case`: XML with lower-case names on one line, after an
   * XML declaration; optional fields that are not set are written as empty elements. `json`: one object.
   */
  readonly syntax: 'upper-case' | 'kebab-case' | 'json';
  /** How times are written. See write/time-formats.ts. */
  readonly time: 'database' | 'offset' | 'microseconds' | 'short';
  /** Whether each message is a NOTIFICATION with an envelope and a BODY. */
  readonly isBundle: boolean;
  /** The fields of an SMS after {@link HEAD_FIELDS}. */
  readonly sms: FieldList;
  /** The fields of an MMS after {@link HEAD_FIELDS}. */
  readonly mms: FieldList;
}

/** The fields that every message of every generation starts with. In a bundle they are outside of BODY. */
export const HEAD_FIELDS: FieldList = [
  ['origin', ORIGIN],
  ['code', CODE],
];

const G1_MMS: FieldList = [
  ['from', FROM],
  ['to', TO],
  ['keyword', KEYWORD],
  ['trackingId', TRACKING_ID],
  ['spid', SPID],
  ['receivedAt', TIMESTAMP],
  ['files', CONTENT],
];

const G4_SMS: FieldList = [
  ['from', FROM],
  ['to', TO],
  ['text', TEXT],
  ['transactionId', TRACKING_ID],
  ['receivedAt', TIMESTAMP],
];

export const FORMATS: Readonly<Record<Generation, GenerationFormat>> = {
  G1: {
    syntax: 'upper-case',
    time: 'database',
    isBundle: true,
    sms: [
      ['from', FROM],
      ['to', TO],
      ['keyword', KEYWORD],
      ['text', TEXT],
      ['receivedAt', RECEIVED],
    ],
    mms: G1_MMS,
  },
  G2: {
    syntax: 'upper-case',
    time: 'offset',
    isBundle: false,
    sms: [
      ['from', FROM],
      ['to', TO],
      ['text', TEXT],
      ['receivedAt', RECEIVED],
    ],
    mms: G1_MMS,
  },
  G3: {
    syntax: 'upper-case',
    time: 'offset',
    isBundle: false,
    sms: [
      ['from', FROM],
      ['to', TO],
      ['text', TEXT],
      ['receivedAt', RECEIVED],
      ['transactionId', TRANSACTION_ID],
    ],
    mms: [
      ['from', FROM],
      ['to', TO],
      ['keyword', KEYWORD],
      ['subject', SUBJECT],
      ['trackingId', TRACKING_ID],
      ['spid', SPID],
      ['receivedAt', TIMESTAMP],
      ['files', CONTENT],
    ],
  },
  G4: {
    syntax: 'kebab-case',
    time: 'microseconds',
    isBundle: false,
    sms: G4_SMS,
    mms: [
      ['from', FROM],
      ['to', TO],
      ['keyword', KEYWORD],
      ['trackingId', TRACKING_ID],
      ['operatorId', OPERATOR_ID],
      ['receivedAt', TIMESTAMP],
      ['subject', SUBJECT],
      ['files', CONTENT],
    ],
  },
  G5: {
    syntax: 'json',
    time: 'short',
    isBundle: false,
    sms: G4_SMS,
    mms: [
      ['from', FROM],
      ['to', TO],
      ['keyword', KEYWORD],
      ['trackingId', TRACKING_ID],
      ['spid', SPID],
      ['operatorId', OPERATOR_ID],
      ['receivedAt', TIMESTAMP],
      ['subject', SUBJECT],
      ['files', CONTENT],
      ['copyTo', COPY_TO],
    ],
  },
};

/** The properties that a message may lack. Not every generation has a field for them. */
export const OPTIONAL_FIELDS: Readonly<Record<MoMessage['kind'], readonly (MessageField | 'envelope')[]>> = {
  sms: ['keyword', 'transactionId', 'envelope'],
  mms: ['keyword', 'subject', 'spid', 'operatorId', 'copyTo', 'envelope'],
};

export function isGeneration(name: unknown): name is Generation {
  return typeof name === 'string' && Object.hasOwn(FORMATS, name);
}

/** @throws RangeError for any other name */
export function requireGeneration(generation: unknown): asserts generation is Generation {
  if (isGeneration(generation)) return;
  throw new RangeError(
    `options.generation: expected one of ${GENERATIONS.join(', ')}, got ` +
      (typeof generation === 'string' ? JSON.stringify(generation) : typeof generation),
  );
}

/** Whether a generation has a field for a property of a message. */
export function hasField(generation: Generation, kind: MoMessage['kind'], property: string): boolean {
  const format = FORMATS[generation];
  if (property === 'envelope') return format.isBundle;
  const isOptional = OPTIONAL_FIELDS[kind].some((name) => name === property);
  return !isOptional || format[kind].some(([field]) => field === property);
}
