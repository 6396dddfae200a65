// The parts of a message that are written. Checks that the generation can represent them, so that reading them gives
// the same message.

import type { PostbackError } from '../errors.ts';
import type { Envelope, WireElement } from '../message.ts';
import { FORMATS, hasField, HEAD_FIELDS, OPTIONAL_FIELDS } from '../protocol/generations.ts';
import type { Generation, GenerationFormat, MessageField } from '../protocol/generations.ts';
import { parseTimestamp } from '../protocol/timestamp.ts';
import type { Word } from '../protocol/vocabulary.ts';
import { isBlank, trimXml } from '../protocol/xml-whitespace.ts';
import { ORIGINS } from './message-input.ts';
import type { MoMessageInput } from './message-input.ts';
import { formatTime } from './time-formats.ts';
import { unrepresentable } from './unrepresentable.ts';

export interface Parts {
  /** The attributes of the NOTIFICATION element. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The fields of `HEAD_FIELDS`. */
  readonly head: readonly FieldPart[];
  readonly fields: readonly FieldPart[];
  readonly extra: readonly WireElement[];
}

export type FieldPart = readonly [word: Word, value: string | readonly string[]];

// Not trimmed when they are read. All other fields are.
const EXACT_FIELDS: readonly MessageField[] = ['text', 'subject'];
const FIELDS_THAT_MAY_BE_EMPTY: readonly MessageField[] = ['text', 'code', 'trackingId'];

/**
 * `prefix` comes before the names of properties in the paths of errors.
 * @throws PostbackError `UNREPRESENTABLE`
 */
export function partsOf(message: MoMessageInput, generation: Generation, prefix: string): Parts {
  const format = FORMATS[generation];
  const { kind, receivedAt, envelope, extra = [] } = message;
  const time = timeText(receivedAt, format, `${prefix}receivedAt`);
  const values: Values = { ...message, origin: ORIGINS[kind], receivedAt: time };
  requireFields(values, kind, generation, prefix);
  const head = HEAD_FIELDS.flatMap(([field, word]) => fieldPart(values[field], field, word, format, prefix));
  const fields = format[kind].flatMap(([field, word]) => fieldPart(values[field], field, word, format, prefix));
  for (const [n, element] of extra.entries()) checkElement(element, format, `${prefix}extra[${n}]`);
  const attributes = envelope === undefined ? {} : attributesOf(envelope, format, `${prefix}envelope`);
  return { attributes, head, fields, extra };
}

type Values = Partial<Record<MessageField | 'envelope', unknown>>;

/** @throws PostbackError if a property is set for which the generation has no field */
function requireFields(values: Values, kind: MoMessageInput['kind'], generation: Generation, prefix: string): void {
  const unknown = OPTIONAL_FIELDS[kind].find(
    (field) => values[field] !== undefined && !hasField(generation, kind, field),
  );
  if (unknown !== undefined)
    throw unrepresentable(
      `${prefix}${unknown}`,
      `${generation} has no field for this property`,
      'a message without it, or another generation',
    );
}

/** Nothing if the field is not set, except in kebab-case, where it is an empty element. */
function fieldPart(
  value: unknown,
  field: MessageField,
  word: Word,
  format: GenerationFormat,
  prefix: string,
): FieldPart[] {
  const path = `${prefix}${field}`;
  if (typeof value === 'string') {
    checkText(value, format, path, {
      isExact: EXACT_FIELDS.includes(field),
      mayBeEmpty: FIELDS_THAT_MAY_BE_EMPTY.includes(field),
    });
    return [[word, value]];
  }
  if (isList(value)) {
    if (field === 'copyTo' && value.length === 0)
      throw unrepresentable(path, 'Empty list', 'at least one number, or no list');
    for (const [n, item] of value.entries()) checkText(item, format, `${path}[${n}]`, {});
    return [[word, value]];
  }
  return format.syntax === 'kebab-case' ? [[word, '']] : [];
}

/** Lists have been checked to contain strings. */
function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value);
}

function checkElement({ text, children }: WireElement, format: GenerationFormat, path: string): void {
  checkText(text, format, `${path}.text`, { isExact: true, mayBeEmpty: true });
  for (const [n, child] of children.entries()) checkElement(child, format, `${path}.children[${n}]`);
}

function attributesOf(
  { id, createdAt, createdAtRaw }: Envelope,
  format: GenerationFormat,
  path: string,
): Record<string, string> {
  const attributes: Record<string, string> = {};
  if (id === undefined && createdAt === undefined && createdAtRaw === undefined)
    throw unrepresentable(path, 'Empty envelope', 'an id or a time, or no envelope');
  if (id !== undefined) {
    checkText(id, format, `${path}.id`, {});
    attributes['id'] = id;
  }
  if (createdAtRaw !== undefined && (createdAt === undefined || isSameTime(createdAtRaw, createdAt))) {
    checkText(createdAtRaw, format, `${path}.createdAtRaw`, { isExact: true });
    if (isBlank(createdAtRaw))
      throw unrepresentable(`${path}.createdAtRaw`, 'Text of only white space', 'a time', createdAtRaw);
    attributes['created'] = createdAtRaw;
  } else if (createdAt !== undefined) {
    attributes['created'] = timeText(createdAt, format, `${path}.createdAt`);
  }
  return attributes;
}

/** Whether the text of a time, with its offset, means this time. */
function isSameTime(text: string, time: Date): boolean {
  const parsed = parseTimestamp(trimXml(text));
  return parsed instanceof Date && parsed.getTime() === time.getTime();
}

function timeText(time: Date, format: GenerationFormat, path: string): string {
  const text = formatTime(time, format);
  if (text !== undefined) return text;
  const iso = Number.isNaN(time.getTime()) ? '' : time.toISOString();
  throw unrepresentable(path, 'The time is invalid or not in the years 0 to 9999', 'a time in these years', iso);
}

// https://www.w3.org/TR/xml/#charsets
const FORBIDDEN_IN_XML = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
// RFC 8259, 8.2.
const FORBIDDEN_IN_JSON = /\p{Surrogate}/u;

/** @throws PostbackError if the text would not be read back unchanged */
function checkText(
  text: string,
  { syntax }: GenerationFormat,
  path: string,
  { isExact = false, mayBeEmpty = false }: { readonly isExact?: boolean; readonly mayBeEmpty?: boolean },
): void {
  const fail = (problem: string, expected: string, index = 0): PostbackError =>
    unrepresentable(path, problem, expected, text, index);
  const isJson = syntax === 'json';
  const forbidden = text.search(isJson ? FORBIDDEN_IN_JSON : FORBIDDEN_IN_XML);
  if (forbidden !== -1)
    throw isJson
      ? fail('Half of a surrogate pair', 'complete characters', forbidden)
      : fail('A character that XML cannot represent', 'another character, or generation G5', forbidden);
  if (text === '' && !mayBeEmpty) throw fail('Empty text', 'a text that is not empty');
  const trimmed = trimXml(text);
  if (!isExact && trimmed !== text)
    throw fail('White space at the start or end', 'a text without it', text.startsWith(trimmed) ? trimmed.length : 0);
}
