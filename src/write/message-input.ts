// The messages that the writers accept, and the checks of them.

import type { MmsMo, MoMessage, SmsMo, WireElement } from '../message.ts';

type Input<Message extends MoMessage> = Omit<Message, 'origin' | 'receivedAtRaw' | 'extra'> &
  Partial<Pick<Message, 'origin' | 'receivedAtRaw' | 'extra'>>;

/** An {@link SmsMo} to write. `origin` and `extra` are optional, and `receivedAtRaw` is ignored. */
export type SmsMoInput = Input<SmsMo>;
/** An {@link MmsMo} to write. `origin` and `extra` are optional, and `receivedAtRaw` is ignored. */
export type MmsMoInput = Input<MmsMo>;
/** A message to write. */
export type MoMessageInput = SmsMoInput | MmsMoInput;

export const ORIGINS = { sms: 'SMS_MO', mms: 'MMS_MO' } as const;

/** The type of a property, as error messages name it, and its test. */
type PropertyType = readonly [expected: string, test: (value: unknown) => boolean, presence?: 'optional'];
type Properties = Readonly<Record<string, PropertyType>>;

const STRING: PropertyType = ['a string', isString];
const STRINGS: PropertyType = ['a list of strings', isStringList];
const DATE: PropertyType = ['a Date', isDate];
const OPTIONAL_STRING: PropertyType = ['a string', isString, 'optional'];
const OPTIONAL_STRINGS: PropertyType = ['a list of strings', isStringList, 'optional'];
const OPTIONAL_DATE: PropertyType = ['a Date', isDate, 'optional'];
const OPTIONAL_OBJECT: PropertyType = ['an object', isObject, 'optional'];
const OPTIONAL_ELEMENTS: PropertyType = [
  'a list of elements, each { name, text, attributes, children }',
  (value) => Array.isArray(value) && value.every(isWireElement),
  'optional',
];

type PropertiesOf<Message extends MoMessage> = Readonly<
  Record<Exclude<keyof Message, 'kind' | 'receivedAtRaw'>, PropertyType>
>;

/** In the order in which they are checked. */
const MESSAGE_PROPERTIES: { readonly sms: PropertiesOf<SmsMo>; readonly mms: PropertiesOf<MmsMo> } = {
  sms: {
    origin: ["'SMS_MO'", (value) => value === ORIGINS.sms, 'optional'],
    code: STRING,
    from: STRING,
    to: STRING,
    text: STRING,
    receivedAt: DATE,
    keyword: OPTIONAL_STRING,
    transactionId: OPTIONAL_STRING,
    extra: OPTIONAL_ELEMENTS,
    envelope: OPTIONAL_OBJECT,
  },
  mms: {
    origin: ["'MMS_MO'", (value) => value === ORIGINS.mms, 'optional'],
    code: STRING,
    from: STRING,
    to: STRING,
    trackingId: STRING,
    receivedAt: DATE,
    files: STRINGS,
    keyword: OPTIONAL_STRING,
    subject: OPTIONAL_STRING,
    spid: OPTIONAL_STRING,
    operatorId: OPTIONAL_STRING,
    copyTo: OPTIONAL_STRINGS,
    extra: OPTIONAL_ELEMENTS,
    envelope: OPTIONAL_OBJECT,
  },
};
const ENVELOPE_PROPERTIES: Properties = {
  id: OPTIONAL_STRING,
  createdAt: OPTIONAL_DATE,
  createdAtRaw: OPTIONAL_STRING,
};

/**
 * Checks a message, and returns a copy of the properties that are written: own and inherited ones, each read once,
 * lists without holes.
 * @throws TypeError that names the property; `argument` is the name of the whole message
 */
export function checkedMessage(given: unknown, argument: string): MoMessageInput {
  if (!isObject(given)) throw new TypeError(`${argument}: expected a message`);
  const { kind } = given;
  if (kind !== 'sms' && kind !== 'mms') throw new TypeError(`${argument}.kind: expected 'sms' or 'mms'`);
  const message = { kind, ...checkedProperties(given, MESSAGE_PROPERTIES[kind], argument) };
  const { envelope } = message;
  if (isObject(envelope)) message.envelope = checkedProperties(envelope, ENVELOPE_PROPERTIES, `${argument}.envelope`);
  // Its properties have been checked one by one.
  return message as unknown as MoMessageInput;
}

function checkedProperties(given: Record<string, unknown>, properties: Properties, argument: string): Copy {
  const copy: Copy = {};
  for (const [name, [expected, test, presence]] of Object.entries(properties)) {
    const value = given[name];
    copy[name] = Array.isArray(value) ? Array.from(value) : value;
    if (value === undefined && presence === 'optional') continue;
    if (!test(copy[name])) throw new TypeError(`${argument}.${name}: expected ${expected}`);
  }
  return copy;
}

interface Copy {
  [name: string]: unknown;
  envelope?: unknown;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isDate(value: unknown): value is Date {
  return value instanceof Date;
}

function isStringList(value: unknown): boolean {
  return Array.isArray(value) && value.every(isString);
}

function isWireElement(value: unknown): value is WireElement {
  if (!isObject(value)) return false;
  const { name, text, attributes, children } = value;
  return (
    isString(name) &&
    isString(text) &&
    isObject(attributes) &&
    Object.values(attributes).every(isString) &&
    Array.isArray(children) &&
    Array.from(children).every(isWireElement)
  );
}
