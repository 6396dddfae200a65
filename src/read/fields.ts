// Access to the fields of one notification, and the errors for invalid ones.

import type { PostbackError, PostbackWarning } from '../errors.ts';
import type { WireElement } from '../message.ts';
import type { Settings } from '../options.ts';
import { parseTimestamp } from '../protocol/timestamp.ts';
import { kebabName, shownName } from '../protocol/vocabulary.ts';
import type { List, Word } from '../protocol/vocabulary.ts';
import { isBlank, trimXml } from '../protocol/xml-whitespace.ts';
import type { Explanation, Fail, Fault } from './fault.ts';
import { elementPlace, missingPath } from './path.ts';
import { isJson, NO_ATTRIBUTES } from './raw-notification.ts';
import type { RawElement, RawNotification, Section } from './raw-notification.ts';

/** One notification that is being interpreted. */
export interface Reading {
  readonly notification: RawNotification;
  readonly settings: Settings;
  /** Makes the error for a fault. */
  readonly fail: Fail;
  /** That `fallbackTime` was used. */
  timeWarning: PostbackWarning | undefined;
}

/** The first element with a word. */
export function find({ notification }: Reading, word: Word): RawElement | undefined {
  return notification.fields[word.index];
}

/** Like find, but ignores an empty element, so that the alternative field is used. */
export function findFilled(reading: Reading, word: Word): RawElement | undefined {
  const element = find(reading, word);
  return element !== undefined && isPlain(element) && isBlank(element.text) ? undefined : element;
}

/** Whether an element holds text and nothing else. */
export function isPlain({ children, invalidReason }: RawElement): boolean {
  return children.length === 0 && invalidReason === undefined;
}

/** Returns the element of the first word. The error for a missing one names both words. */
export function required(reading: Reading, kind: string, word: Word, alternative?: Word): RawElement {
  return find(reading, word) ?? missing(reading, kind, word, alternative);
}

function missing({ notification: { section }, fail }: Reading, kind: string, word: Word, alternative?: Word): never {
  const name = nameIn(section, word);
  const names = alternative === undefined ? name : `${name} or ${nameIn(section, alternative)}`;
  throw fail({
    code: 'MISSING_FIELD',
    offset: section.offset,
    path: missingPath(section, name),
    problem: `Missing field ${name} in the ${kind}`,
    expected: `the ${isJson(section) ? 'member' : 'element'} ${names}`,
  });
}

function nameIn(section: Section, word: Word): string {
  return isJson(section) ? kebabName(word) : word.names[0];
}

/**
 * The elements that have no field: those with none of `words`, and unknown elements in a list.
 * @throws PostbackError `DUPLICATE_FIELD` if one of `words` occurs twice
 */
export function elementsWithoutField({ notification, fail }: Reading, words: number): WireElement[] {
  const others: WireElement[] = [];
  if ((notification.words & ~words) === 0 && (notification.repeated & words) === 0) return others;
  let seen = 0;
  for (const element of notification.elements) {
    const { word } = element;
    if (word === undefined || (word.bit & words) === 0) {
      others.push(wireElement(element));
      continue;
    }
    if ((word.bit & seen) !== 0) throw fail(duplicateField(element));
    seen |= word.bit;
    if (word.items === undefined) continue;
    for (const child of element.children) if (child.word !== word.items) others.push(wireElement(child));
  }
  return others;
}

function wireElement({ name, text, attributes, children }: RawElement): WireElement {
  // Most have none. The object is the same in both lanes.
  const given = Object.keys(attributes).length === 0 ? NO_ATTRIBUTES : attributes;
  return { name, text, attributes: given, children: children.map(wireElement) };
}

/** The fault of a field that occurs twice. */
export function duplicateField(element: RawElement): Fault {
  return {
    code: 'DUPLICATE_FIELD',
    ...elementPlace(element),
    problem: `Duplicate field ${shownName(element.name)}`,
    expected: 'exactly one',
  };
}

/** The text of a field, exactly as sent. */
export function textOf(reading: Reading, element: RawElement): string {
  if (element.invalidReason !== undefined) throw invalid(reading, element, element.invalidReason, 'a string');
  if (element.children.length === 0) return element.text;
  throw unexpected(
    reading,
    element,
    isJson(element.section)
      ? { problem: 'Unexpected object or list instead of text', expected: 'a string' }
      : { problem: 'Unexpected element inside a text field', expected: 'only text, with each "<" written as &lt;' },
  );
}

/** The text of an optional field, trimmed. `''` if it is missing. */
export function trimmedText(reading: Reading, element: RawElement | undefined): string {
  return element === undefined ? '' : trimXml(textOf(reading, element));
}

/** The text of a field that must not be empty, trimmed. */
export function filledText(reading: Reading, element: RawElement, expected: string): string {
  const text = trimXml(textOf(reading, element));
  if (text !== '') return text;
  throw invalid(reading, element, 'is empty', expected);
}

/** Whether a field is a time that can be read. */
export function isReadableTime({ settings }: Reading, element: RawElement): boolean {
  return isPlain(element) && parseTimestamp(trimXml(element.text), settings.defaultOffset) instanceof Date;
}

/** Parses a field that is a time. */
export function instantOf(reading: Reading, element: RawElement): Date {
  const time = parseTimestamp(trimXml(textOf(reading, element)), reading.settings.defaultOffset);
  if (time instanceof Date) return time;
  const example = 'a time such as 2014-02-03T11:19:49-05:00';
  if (time === undefined) throw invalid(reading, element, 'is not a valid time', example);
  const expected = `${example}, or the option defaultOffset (such as '-05:00') for times without an offset`;
  throw invalid(reading, element, 'has no UTC offset', expected);
}

/** The texts of a list's items, without empty ones. */
export function itemsOf(reading: Reading, word: List): string[] {
  const texts: string[] = [];
  const list = find(reading, word);
  if (list === undefined) return texts;
  if (!isBlank(list.text)) {
    throw unexpected(
      reading,
      list,
      isJson(list.section)
        ? { problem: 'Unexpected value instead of a list', expected: `a list such as [${itemLike(word)}]` }
        : { problem: 'Unexpected text in an element that holds a list', expected: 'only elements' },
    );
  }
  for (const element of list.children) {
    if (element.name === '') {
      const expected = `an object such as ${itemLike(word)}`;
      throw unexpected(reading, element, { problem: 'List item is not an object', expected });
    }
    const text = element.word === word.items ? trimXml(textOf(reading, element)) : '';
    if (text !== '') texts.push(text);
  }
  return texts;
}

function itemLike({ items }: List): string {
  return `{"${kebabName(items)}": "..."}`;
}

function invalid({ fail }: Reading, element: RawElement, reason: string, expected: string): PostbackError {
  return fail({
    code: 'INVALID_FIELD',
    ...elementPlace(element),
    problem: `${shownName(element.name)} ${reason}`,
    expected,
  });
}

function unexpected({ fail }: Reading, element: RawElement, explanation: Explanation): PostbackError {
  return fail({
    code: 'UNEXPECTED_CONTENT',
    ...elementPlace(element),
    ...explanation,
  });
}
