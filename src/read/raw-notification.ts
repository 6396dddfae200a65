// The parsed elements of a notification before they are interpreted. XML and JSON are the same from here on.

import type { PostbackWarning } from '../errors.ts';
import { NO_WORD_BIT, WORD_COUNT } from '../protocol/vocabulary.ts';
import type { Word } from '../protocol/vocabulary.ts';
import type { Fault } from './fault.ts';

/** An element of a notification, not interpreted yet. In JSON: a member of an object, or an item of a list. */
export interface RawElement {
  /** `''` for an item of a JSON list. */
  readonly name: string;
  readonly word: Word | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  children: RawElement[];
  /** Its parent. `undefined` if that is the section. */
  readonly parent: RawElement | undefined;
  /** The section that holds it, at any depth. */
  readonly section: Section;
  /** The offset where its start tag, or its JSON name, begins. */
  readonly offset: number;
  text: string;
  /** JSON only: which item of the surrounding list it is, or is in. 0 is the first. */
  readonly index: number | undefined;
  /** JSON only: why its value cannot be read as text. */
  invalidReason: string | undefined;
}

/**
 * What holds fields: the element POSTBACK, NOTIFICATION or BODY, or a JSON object. Its path is made only when needed.
 */
export interface Section {
  /** `undefined` in JSON. */
  readonly name: string | undefined;
  readonly around: Section | undefined;
  /** The number of a NOTIFICATION, or of an object in a list. 1 is the first of the document. */
  readonly ordinal?: number | undefined;
  /** The offset where its start tag, or its object, begins. */
  readonly offset: number;
}

/** An attribute of NOTIFICATION. */
export interface Attribute {
  readonly name: string;
  readonly value: string;
}

/** One notification of a document, not interpreted yet. */
export interface RawNotification {
  /** 1 for the first of the document. */
  readonly ordinal: number;
  /** NOTIFICATION, or POSTBACK if that holds the fields. */
  readonly section: Section;
  readonly attributes: Attribute[];
  /** Its elements in wire order, those in BODY included. */
  readonly elements: RawElement[];
  /** The first element with each word, by the word's index. */
  readonly fields: (RawElement | undefined)[];
  /** The bits of the words of these elements, and of unknown elements in lists. */
  words: number;
  /** The bits of the words that occur more than once. */
  repeated: number;
  /** JSON only: the first member whose name is already used in its object. */
  duplicate: RawElement | undefined;
  /** The first error that was found while reading. Elements after it are ignored. */
  fault: Fault | undefined;
  /** What `recover` repaired since the end of the previous notification. */
  warnings: readonly PostbackWarning[];
}

const NO_WARNINGS: readonly PostbackWarning[] = [];

export function newNotification(ordinal: number, section: Section, attributes: Attribute[]): RawNotification {
  return {
    ordinal,
    section,
    attributes,
    elements: [],
    fields: new Array<undefined>(WORD_COUNT),
    words: 0,
    repeated: 0,
    duplicate: undefined,
    fault: undefined,
    warnings: NO_WARNINGS,
  };
}

/** Adds an element to its parent, or directly to its notification. */
export function addElement(notification: RawNotification, element: RawElement): void {
  const { word, parent } = element;
  if (parent !== undefined) {
    if (parent.children === NO_CHILDREN) parent.children = [element];
    else parent.children.push(element);
    if (parent.parent === undefined && word !== parent.word?.items) notification.words |= NO_WORD_BIT;
    return;
  }
  notification.elements.push(element);
  const bit = word?.bit ?? NO_WORD_BIT;
  if (word !== undefined) {
    if ((notification.words & bit) === 0) notification.fields[word.index] = element;
    else notification.repeated |= bit;
  }
  notification.words |= bit;
}

/** The attributes of most elements. */
export const NO_ATTRIBUTES: RawElement['attributes'] = Object.freeze(Object.create(null) as Record<string, string>);

/** The children of most elements. Never written to. */
export const NO_CHILDREN: RawElement[] = [];

/** Whether a section is a JSON object. */
export function isJson({ name }: Section): boolean {
  return name === undefined;
}
