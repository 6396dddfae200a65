// Messages -> postbacks, as the provider of each generation writes them: docs/protocol.md, "Generations".

import { PostbackError } from '../errors.ts';
import { canonical } from '../protocol/canonical.ts';
import type { Envelope, MmsMo, MoMessage, SmsMo, WireElement } from '../message.ts';
import { requireOptions, resolveOptions } from '../options.ts';
import { readDocument } from '../read/document-parser.ts';
import { parseTimestamp } from '../protocol/timestamp.ts';
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
  kebabName,
} from '../protocol/vocabulary.ts';
import type { Word } from '../protocol/vocabulary.ts';
import { isBlank, trimXml } from '../protocol/xml-whitespace.ts';
import { SourceText } from '../read/source-text.ts';

/** A generation of the format, by its name in docs/protocol.md: XML up to G4, JSON in G5. */
export type Generation = 'G1' | 'G2' | 'G3' | 'G4' | 'G5';

type Written<Message extends MoMessage> = Omit<Message, 'origin' | 'receivedAtRaw' | 'extra'> &
  Partial<Pick<Message, 'origin' | 'receivedAtRaw' | 'extra'>>;

/** An {@link SmsMo} to be written: `origin` and `extra` may be left out, and `receivedAtRaw` is not looked at. */
export type SmsMoInput = Written<SmsMo>;
/** An {@link MmsMo} to be written: `origin` and `extra` may be left out, and `receivedAtRaw` is not looked at. */
export type MmsMoInput = Written<MmsMo>;
/** A message to be written. */
export type MoMessageInput = SmsMoInput | MmsMoInput;

/** Options of {@link serializePostback}. */
export interface SerializeOptions {
  /** Default `'G3'`: the last that came as XML in upper case. */
  readonly generation?: Generation | undefined;
}

type Field = Exclude<keyof SmsMo | keyof MmsMo, 'kind' | 'envelope' | 'extra' | 'receivedAtRaw'>;
type Fields = readonly (readonly [field: Field, word: Word])[];

/** How a generation writes. */
interface Form {
  readonly sms: Fields;
  readonly mms: Fields;
  /** Its form of a time as toISOString writes it. */
  readonly time: (time: string) => string;
  readonly isJson?: true;
  /** In lower case, on one line, behind a declaration; optional fields as empty elements. */
  readonly isKebab?: true;
  /** In a NOTIFICATION with an envelope, the fields in a BODY. */
  readonly isBundle?: true;
}

const HEAD: Fields = [
  ['origin', ORIGIN],
  ['code', CODE],
  ['from', FROM],
  ['to', TO],
];
const G1_MMS: Fields = [
  ...HEAD,
  ['keyword', KEYWORD],
  ['trackingId', TRACKING_ID],
  ['spid', SPID],
  ['receivedAt', TIMESTAMP],
  ['files', CONTENT],
];
const G2_SMS: Fields = [...HEAD, ['text', TEXT], ['receivedAt', RECEIVED]];
const G4_SMS: Fields = [...HEAD, ['text', TEXT], ['transactionId', TRACKING_ID], ['receivedAt', TIMESTAMP]];

const FORMS: Readonly<Record<Generation, Form>> = {
  G1: {
    sms: [...HEAD, ['keyword', KEYWORD], ['text', TEXT], ['receivedAt', RECEIVED]],
    mms: G1_MMS,
    time: databaseTime,
    isBundle: true,
  },
  G2: { sms: G2_SMS, mms: G1_MMS, time: offsetTime },
  G3: {
    sms: [...G2_SMS, ['transactionId', TRANSACTION_ID]],
    mms: [...HEAD, ['keyword', KEYWORD], ['subject', SUBJECT], ...G1_MMS.slice(HEAD.length + 1)],
    time: offsetTime,
  },
  G4: {
    sms: G4_SMS,
    mms: [
      ...HEAD,
      ['keyword', KEYWORD],
      ['trackingId', TRACKING_ID],
      ['operatorId', OPERATOR_ID],
      ['receivedAt', TIMESTAMP],
      ['subject', SUBJECT],
      ['files', CONTENT],
    ],
    time: microsecondTime,
    isKebab: true,
  },
  G5: {
    sms: G4_SMS,
    mms: [
      ...HEAD,
      ['keyword', KEYWORD],
      ['trackingId', TRACKING_ID],
      ['spid', SPID],
      ['operatorId', OPERATOR_ID],
      ['receivedAt', TIMESTAMP],
      ['subject', SUBJECT],
      ['files', CONTENT],
      ['copyTo', COPY_TO],
    ],
    time: shortTime,
    isJson: true,
  },
};

// What is told apart by every character. All else is trimmed when it is read.
const EXACT: readonly Field[] = ['text', 'subject'];
const MAY_BE_EMPTY: readonly Field[] = ['text', 'code', 'trackingId'];
const REQUIRED: Readonly<Record<MoMessage['kind'], readonly Field[]>> = {
  sms: ['code', 'from', 'to', 'text', 'receivedAt'],
  mms: ['code', 'from', 'to', 'trackingId', 'receivedAt', 'files'],
};
// Of the fields that a message may have beside, those of either kind.
const OPTIONAL: Readonly<Record<MoMessage['kind'], readonly Field[]>> = {
  sms: ['keyword', 'transactionId'],
  mms: ['keyword', 'subject', 'spid', 'operatorId', 'copyTo'],
};

/**
 * A message as the postback of one generation: XML, or JSON in G5. Read again it is the same message but for
 * `receivedAtRaw`: the time is written in the generation's own form, in UTC. An envelope is written in G1 alone.
 *
 * @throws PostbackError `UNREPRESENTABLE` where the generation has no such field, or cannot carry what it holds; `path` names
 *   the field, line and column are those in its text
 * @throws TypeError or RangeError for what is no message, or no generation; the message names it
 */
export function serializePostback(message: MoMessageInput, options: SerializeOptions = {}): string {
  const { generation = 'G3' } = requireOptions(options);
  requireGeneration(generation);
  return documentOf([checkedParts(message, generation, 'message', '')], FORMS[generation]);
}

/**
 * Messages as one bundle: a postback of the first generation, the only one that has bundles, which holds up to 300 of them.
 *
 * @throws PostbackError `UNREPRESENTABLE`, as {@link serializePostback} does for G1; `path` begins with the message's index
 * @throws TypeError or RangeError for what is no list of messages, or an empty one
 */
export function serializeBundle(messages: readonly MoMessageInput[]): string {
  const given: unknown = messages;
  if (!Array.isArray(given)) throw new TypeError(`messages: expected a list, got ${typeof given}`);
  if (messages.length === 0) throw new RangeError('messages: expected at least one');
  return documentOf(
    Array.from(messages, (message, n) => checkedParts(message, 'G1', `messages[${String(n)}]`, `[${String(n)}].`)),
    FORMS.G1,
  );
}

/** @throws RangeError for what is none */
export function requireGeneration(generation: Generation): void {
  if (Object.hasOwn(FORMS, generation)) return;
  throw new RangeError(
    `options.generation: expected one of ${Object.keys(FORMS).join(', ')}, got ${JSON.stringify(generation)}`,
  );
}

/** Whether a generation has a place for a field of a message. */
export function isCarried(kind: MoMessage['kind'], field: string, generation: Generation): boolean {
  if (field === 'envelope') return FORMS[generation].isBundle === true;
  return !OPTIONAL[kind].some((name) => name === field) || FORMS[generation][kind].some(([name]) => name === field);
}

/** What is written of a message. */
interface Parts {
  readonly attributes: Readonly<Record<string, string>>;
  readonly fields: readonly (readonly [word: Word, value: string | readonly string[]])[];
  readonly extra: readonly WireElement[];
}

function checkedParts(given: MoMessageInput, generation: Generation, argument: string, at: string): Parts {
  const form = FORMS[generation];
  const message = checkedMessage(given, argument);
  const parts = partsOf(message, generation, at);
  // Whatever may stand in `extra`, it is not to come back as something else.
  if (parts.extra.length > 0) verify(documentOf([parts], form), message, generation, at);
  return parts;
}

/**
 * What is looked at of a message, its own or inherited, each property once and each list without holes.
 * @throws TypeError that names the argument's property
 */
function checkedMessage(message: MoMessageInput, argument: string): MoMessageInput {
  const expected = (name: string, what: string): TypeError => new TypeError(`${argument}${name}: expected ${what}`);
  if (typeof (message as unknown) !== 'object' || (message as unknown) === null) throw expected('', 'a message');
  const { kind } = message;
  if (!Object.hasOwn(REQUIRED, kind)) throw expected('.kind', "'sms' or 'mms'");
  const held: Record<string, unknown> = { kind };
  for (const name of ['origin', ...REQUIRED[kind], ...OPTIONAL[kind], 'envelope', 'extra'] as const) {
    const value = (message as unknown as Readonly<Record<string, unknown>>)[name];
    held[name] = Array.isArray(value) ? Array.from(value) : value;
  }
  const { origin, extra, envelope } = held;
  if (origin !== undefined && origin !== ORIGINS[kind]) throw expected('.origin', `'${ORIGINS[kind]}'`);
  for (const field of [...REQUIRED[kind], ...OPTIONAL[kind]]) {
    const value = held[field];
    if (value === undefined && OPTIONAL[kind].includes(field)) continue;
    if (field === 'receivedAt') {
      if (!(value instanceof Date)) throw expected('.receivedAt', 'a Date');
    } else if (field === 'files' || field === 'copyTo') {
      if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
        throw expected(`.${field}`, 'a list of strings');
    } else if (typeof value !== 'string') {
      throw expected(`.${field}`, 'a string');
    }
  }
  if (extra !== undefined && !(Array.isArray(extra) && extra.every(isWireElement))) {
    throw expected('.extra', 'a list of elements, each { name, text, attributes, children }');
  }
  const checked = held as unknown as MoMessageInput;
  if (envelope === undefined) return checked;
  if (typeof envelope !== 'object' || envelope === null) throw expected('.envelope', 'an object');
  const { id, createdAt, createdAtRaw } = envelope as Readonly<Record<string, unknown>>;
  if (id !== undefined && typeof id !== 'string') throw expected('.envelope.id', 'a string');
  if (createdAt !== undefined && !(createdAt instanceof Date)) throw expected('.envelope.createdAt', 'a Date');
  if (createdAtRaw !== undefined && typeof createdAtRaw !== 'string')
    throw expected('.envelope.createdAtRaw', 'a string');
  return { ...checked, envelope: { id, createdAt, createdAtRaw } };
}

function isWireElement(value: unknown): value is WireElement {
  if (typeof value !== 'object' || value === null) return false;
  const { name, text, attributes, children } = value as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || typeof text !== 'string' || typeof attributes !== 'object' || attributes === null)
    return false;
  return (
    Object.values(attributes).every((held) => typeof held === 'string') &&
    Array.isArray(children) &&
    Array.from(children).every(isWireElement)
  );
}

const ORIGINS = { sms: 'SMS_MO', mms: 'MMS_MO' } as const;

function partsOf(message: MoMessageInput, generation: Generation, at: string): Parts {
  const form = FORMS[generation];
  const { kind, receivedAt, envelope, extra = [] } = message;
  const held: Partial<Record<Field | 'envelope', unknown>> = {
    ...message,
    origin: ORIGINS[kind],
    receivedAt: timeOf(receivedAt, form, `${at}receivedAt`),
  };
  for (const field of [...OPTIONAL[kind], 'envelope'] as const) {
    if (held[field] !== undefined && !isCarried(kind, field, generation)) throw noField(generation, `${at}${field}`);
  }
  const fields = form[kind].flatMap(([field, word]): Parts['fields'] => {
    const value = held[field] as string | readonly string[] | undefined;
    if (value === undefined) return form.isKebab === true ? [[word, '']] : [];
    const path = `${at}${field}`;
    if (typeof value === 'string') {
      check(value, form, path, { isExact: EXACT.includes(field), mayBeEmpty: MAY_BE_EMPTY.includes(field) });
    } else {
      if (field === 'copyTo' && value.length === 0)
        throw unrepresentable(path, '', 0, 'The list is empty', 'it to be left out');
      for (const [n, item] of value.entries()) check(item, form, `${path}[${String(n)}]`, {});
    }
    return [[word, value]];
  });
  for (const [n, element] of extra.entries()) checkElement(element, form, `${at}extra[${String(n)}]`);
  return { attributes: envelope === undefined ? {} : attributesOf(envelope, form, `${at}envelope`), fields, extra };
}

function attributesOf({ id, createdAt, createdAtRaw }: Envelope, form: Form, at: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  if (id === undefined && createdAt === undefined && createdAtRaw === undefined)
    throw unrepresentable(at, '', 0, 'The envelope is empty, which is read as none', 'it to be left out');
  if (id !== undefined) {
    check(id, form, `${at}.id`, {});
    attributes['id'] = id;
  }
  const raw = createdAtRaw === undefined ? undefined : parseTimestamp(trimXml(createdAtRaw));
  // As it was, where that says the same.
  if (
    createdAtRaw !== undefined &&
    (createdAt === undefined || (raw instanceof Date && raw.getTime() === createdAt.getTime()))
  ) {
    check(createdAtRaw, form, `${at}.createdAtRaw`, { isExact: true });
    if (isBlank(createdAtRaw))
      throw unrepresentable(`${at}.createdAtRaw`, createdAtRaw, 0, 'The text is blank, which is read as none', 'words');
    attributes['created'] = createdAtRaw;
  } else if (createdAt !== undefined) {
    attributes['created'] = timeOf(createdAt, form, `${at}.createdAt`);
  }
  return attributes;
}

function timeOf(instant: Date, { time }: Form, path: string): string {
  const text = Number.isNaN(instant.getTime()) ? '' : instant.toISOString();
  if (/^\d{4}-/.test(text)) return time(text);
  throw unrepresentable(path, text, 0, 'The time is none of the years 0 to 9999', 'one of these');
}

/** @throws PostbackError where the text would not come back the same */
function check(text: string, { isJson }: Form, path: string, { isExact = false, mayBeEmpty = false }): void {
  // https://www.w3.org/TR/xml/#charsets, and RFC 8259, 8.2.
  const forbidden = isJson
    ? text.search(/\p{Surrogate}/u)
    : text.search(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u);
  if (forbidden !== -1) {
    const problem = isJson ? 'Half a surrogate pair stands here' : 'A character stands here that XML cannot carry';
    throw unrepresentable(
      path,
      text,
      forbidden,
      problem,
      isJson ? 'whole characters' : 'another, or the generation G5',
    );
  }
  if (text === '' && !mayBeEmpty)
    throw unrepresentable(path, text, 0, 'The text is empty, which is read as none', 'words');
  if (isExact || trimXml(text) === text) return;
  const position = text.startsWith(trimXml(text)) ? trimXml(text).length : 0;
  throw unrepresentable(
    path,
    text,
    position,
    'White space stands at the edge, which is trimmed when it is read',
    'none',
  );
}

function checkElement({ text, children }: WireElement, form: Form, path: string): void {
  check(text, form, `${path}.text`, { isExact: true, mayBeEmpty: true });
  for (const [n, child] of children.entries()) checkElement(child, form, `${path}.children[${String(n)}]`);
}

const UNLIMITED = resolveOptions({
  maxBytes: Infinity,
  maxNotificationLength: Infinity,
  maxDepth: Infinity,
  maxFields: Infinity,
  maxFiles: Infinity,
});

/** The one message that a document is read as, or `undefined`. */
function readBack(text: string): MoMessage | undefined {
  try {
    const [{ data } = {}] = readDocument(text, UNLIMITED);
    return data?.kind === 'other' ? undefined : data;
  } catch (error) {
    if (error instanceof PostbackError) return undefined;
    throw error;
  }
}

/** @throws PostbackError where the document is not read as the message again */
function verify(text: string, message: MoMessageInput, generation: Generation, at: string): void {
  const data = readBack(text);
  const { extra = [] } = message;
  const first =
    data === undefined ? 0 : extra.findIndex((element, n) => canonical(element) !== canonical(data.extra[n]));
  const path = `${at}extra${first === -1 ? '' : `[${String(first)}]`}`;
  const wanted = canonical({
    ...message,
    origin: ORIGINS[message.kind],
    extra,
    receivedAtRaw: undefined,
    envelope: undefined,
  });
  if (data !== undefined && canonical({ ...data, receivedAtRaw: undefined, envelope: undefined }) === wanted) return;
  throw unrepresentable(
    path,
    '',
    0,
    `${generation} cannot carry this element, or not beside the fields`,
    'it to be left out',
  );
}

function noField(generation: Generation, path: string): PostbackError {
  return unrepresentable(path, '', 0, `${generation} has no such field`, 'it to be left out, or another generation');
}

/** `position`: in the text of the field. */
function unrepresentable(
  path: string,
  text: string,
  position: number,
  problem: string,
  expected: string,
): PostbackError {
  const window = new SourceText();
  window.push(text);
  const { line, column } = window.position(position);
  return new PostbackError({
    code: 'UNREPRESENTABLE',
    line,
    column,
    path,
    message: `${problem}, at line ${String(line)}, column ${String(column)} (${path}). Expected ${expected}.`,
    excerpt: window.excerpt(position, text.length),
  });
}

function documentOf(messages: readonly Parts[], form: Form): string {
  if (form.isJson) return messages.map(jsonOf).join(',');
  const nameOf = (word: Word): string => (form.isKebab ? kebabName(word) : word.names[0]);
  // As the providers indent.
  const indented = (depth: number, xml: string): string => (form.isKebab ? xml : `${'  '.repeat(depth)}${xml}\n`);
  const around = (depth: number, name: string, attributes: Parts['attributes'], content: string): string =>
    indented(depth, startTag(name, attributes)) + content + indented(depth, `</${name}>`);
  const fieldsOf = (depth: number, fields: Parts['fields']): string =>
    fields
      .map(([word, value]) => {
        if (typeof value === 'string')
          return indented(depth, form.isKebab && value === '' ? `<${nameOf(word)}/>` : leaf(nameOf(word), value));
        const { items = word } = word;
        return around(
          depth,
          nameOf(word),
          {},
          value.map((item) => indented(depth + 1, leaf(nameOf(items), item))).join(''),
        );
      })
      .join('');
  const content = messages.map(({ attributes, fields, extra }) => {
    const depth = form.isBundle ? 3 : 1;
    const beside = extra.map((element) => indented(depth, xmlOf(element))).join('');
    if (!form.isBundle) return fieldsOf(depth, fields) + beside;
    const body = around(2, 'BODY', {}, fieldsOf(depth, fields.slice(2)) + beside);
    return around(1, 'NOTIFICATION', attributes, fieldsOf(2, fields.slice(0, 2)) + body);
  });
  const declaration = form.isKebab ? "<?xml version='1.0' encoding='UTF-8'?>" : '';
  return declaration + around(0, form.isKebab ? 'postback' : 'POSTBACK', {}, content.join(''));
}

function leaf(name: string, text: string): string {
  return `<${name}>${escaped(text)}</${name}>`;
}

function startTag(name: string, attributes: Parts['attributes']): string {
  return `<${name}${Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escaped(value, /[&<>"\t\n\r]/g)}"`)
    .join('')}>`;
}

/** An element as it was, with no white space that it did not have. */
function xmlOf({ name, text, attributes, children }: WireElement): string {
  return `${startTag(name, attributes)}${escaped(text)}${children.map(xmlOf).join('')}</${name}>`;
}

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#xD;', '\n': '&#xA;', '\t': '&#x9;' };

/** So that all of it comes back: a carriage return would be a line feed. */
function escaped(text: string, special = /[&<>\r]/g): string {
  return text.replace(special, (character) => ENTITIES[character as keyof typeof ENTITIES]);
}

function jsonOf({ fields, extra }: Parts): string {
  return jsonObject([
    ...fields.map(([word, value]) => {
      const { items = word } = word;
      const json =
        typeof value === 'string'
          ? JSON.stringify(value)
          : `[${value.map((item) => jsonObject([[kebabName(items), JSON.stringify(item)]])).join(',')}]`;
      return [kebabName(word), json] as const;
    }),
    ...extra.map((element) => [element.name, jsonValue(element)] as const),
  ]);
}

function jsonObject(members: readonly (readonly [name: string, json: string])[]): string {
  return `{${members.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

/** An element as what it may have been read from. */
function jsonValue({ text, children }: WireElement): string {
  if (children.length === 0) return JSON.stringify(text);
  if (children.every(({ name }) => name === '')) return `[${children.map(jsonValue).join(',')}]`;
  const members = children.map((child) => [child.name, jsonValue(child)] as const);
  const isSet = new Set(children.map(({ name }) => name)).size === children.length;
  // Of a list of the protocol: the object of each item stands for its members.
  return isSet ? jsonObject(members) : `[${members.map((member) => jsonObject([member])).join(',')}]`;
}

// https://www.rfc-editor.org/rfc/rfc3339#section-5.6 -> the forms of docs/protocol.md, "Vocabulary".

function databaseTime(time: string): string {
  return time.replace('T', ' ').replace('Z', '000+00');
}

function offsetTime(time: string): string {
  return time.replace('.000Z', 'Z').replace('Z', '+00:00');
}

function microsecondTime(time: string): string {
  return time.replace('Z', '000+00:00');
}

function shortTime(time: string): string {
  return time.replace('.000Z', 'Z');
}
