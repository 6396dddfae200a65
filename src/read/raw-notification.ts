// What a document holds before it is interpreted, whichever of XML and JSON it is written in.

import type { PostbackErrorDetails, PostbackWarning } from '../errors.ts';
import { FILE, NUMBER, shownName } from '../protocol/vocabulary.ts';
import type { Word } from '../protocol/vocabulary.ts';

/** An element of a notification, not interpreted yet: of XML, or a member of a JSON object, or an item of a JSON list. */
export interface RawElement {
  /** `''` for an item of a JSON list. */
  readonly name: string;
  readonly word: Word | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  children: RawElement[];
  /** The element around it; `undefined` where that is the notification's own, or BODY. */
  readonly parent: RawElement | undefined;
  /** What it stands in, perhaps deeper: the notification's own element, or its BODY. */
  readonly section: Section;
  /** Where its start tag begins, give or take what {@link XmlReader.error} corrects. */
  readonly offset: number;
  text: string;
  /** In JSON: which item of the list around it it is, or is in; 0 for the first. */
  readonly index: number | undefined;
  /** In JSON: what its value is, where that is no text. */
  unfit: string | undefined;
}

/**
 * What holds fields: the element POSTBACK, NOTIFICATION or BODY, or a JSON object. Its path is put together only where it is
 * asked for.
 */
export interface Section {
  /** `undefined` in JSON. */
  readonly name: string | undefined;
  readonly around: Section | undefined;
  /** Of a NOTIFICATION, or of an object in a list: 1 for the first of the document. */
  readonly ordinal?: number | undefined;
  /** Where its start tag begins, give or take what {@link XmlReader.error} corrects. */
  readonly offset: number;
}

/** An attribute as saxes tells of it. */
interface Attribute {
  readonly name: string;
  readonly value: string;
}

/** One notification of a document, not interpreted yet. */
export interface RawNotification {
  /** 1 for the first of the document. */
  readonly ordinal: number;
  /** NOTIFICATION, or POSTBACK where that holds the fields. */
  readonly section: Section;
  /** The attributes of NOTIFICATION. */
  readonly attributes: Attribute[];
  /** Its elements, those in BODY among them, in wire order. */
  readonly elements: RawElement[];
  /** The bits of the words that these have. */
  words: number;
  /** In JSON: the first member whose name another of its object has had. */
  duplicate: RawElement | undefined;
  /** What was found wrong while it was read. What follows in it is not kept. */
  fault: Fault | undefined;
  /** What `recover` mended since the last notification's end. */
  warnings: readonly PostbackWarning[];
  /** The offset behind it. */
  end: number;
}

/** What is wrong with a notification, where, and what was expected. */
export interface Fault extends Omit<PostbackErrorDetails, 'line' | 'column' | 'message' | 'excerpt'> {
  /** Where the start tag in question begins. */
  readonly offset: number;
  readonly problem: string;
  readonly expected: string;
}

/** Of most elements; never written to. */
export const NO_CHILDREN: RawElement[] = [];

/** Whether what holds the fields is a JSON object. */
export function isJson({ name }: Section): boolean {
  return name === undefined;
}

/** The path of an element of a notification, as in `POSTBACK/CONTENT/FILE[2]`, or `content[1].file` in JSON. */
export function pathOf(innermost: RawElement): string {
  const { section } = innermost;
  let path = '';
  // A loop, for the depth may be without limit.
  for (let element: RawElement | undefined = innermost; element !== undefined; element = element.parent) {
    path = (isJson(section) ? jsonStep(element) : xmlStep(element)) + path;
  }
  return joined(section, path);
}

/** The path of what holds fields. */
export function sectionPath({ name, around, ordinal }: Section): string {
  if (name === undefined) return ordinal === undefined ? '' : `[${String(ordinal - 1)}]`;
  const number = ordinal === undefined ? '' : `[${String(ordinal)}]`;
  return `${around === undefined ? '' : `${sectionPath(around)}/`}${shownName(name)}${number}`;
}

/** The path of a field that is not there. */
export function missingPath(section: Section, name: string): string {
  return joined(section, isJson(section) ? `.${name}` : `/${name}`);
}

function joined(section: Section, path: string): string {
  const around = sectionPath(section);
  return around === '' ? path.replace(/^\./, '') : around + path;
}

/** Items of a list are numbered, from 1 on as XPath does. */
function xmlStep(element: RawElement): string {
  const { word, parent, name } = element;
  const isNumbered = parent !== undefined && (word === FILE || word === NUMBER);
  const number = isNumbered
    ? `[${String(parent.children.filter((sibling) => sibling.word === word).indexOf(element) + 1)}]`
    : '';
  return `/${shownName(name)}${number}`;
}

/** As JavaScript would name it: from 0 on. */
function jsonStep({ name, index }: RawElement): string {
  return `${index === undefined ? '' : `[${String(index)}]`}${name === '' ? '' : `.${shownName(name)}`}`;
}
