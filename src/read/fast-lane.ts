// What the fast lanes for XML and JSON share: docs/architecture.md, "Two lanes".

import type { PostbackResult } from '../errors.ts';
import type { Settings } from '../options.ts';
import { CONTENT, COPY_TO, FILE, ORIGIN } from '../protocol/vocabulary.ts';
import type { Word } from '../protocol/vocabulary.ts';
import { isXmlWhitespace } from '../protocol/xml-whitespace.ts';
import type { OnNotification } from './assembler.ts';
import { addElement, newNotification, NO_ATTRIBUTES, NO_CHILDREN } from './raw-notification.ts';
import type { Attribute, RawElement, RawNotification, Section } from './raw-notification.ts';

/** Longer documents are read in pieces, and not here. In UTF-16 units. */
export const MAX_LENGTH: number = 1024 * 1024;

const LISTS = CONTENT.bit | COPY_TO.bit;

// Objects and lists around the item of a list in JSON; elements around the text of a FILE in XML.
const DEEPEST = 5;

const GIVEN_UP = new Error('the document is not a usual one');

const NO_ATTRIBUTE_LIST: readonly Attribute[] = [];

function recordOf(attributes: readonly Attribute[]): RawElement['attributes'] {
  const record = Object.create(null) as Record<string, string>;
  for (const { name, value } of attributes) record[name] = value;
  return record;
}

/** Leaves the document to the readers that know everything. */
export function giveUp(): never {
  throw GIVEN_UP;
}

/** Calls a reader. Returns `undefined` if it gives up. */
export function unlessGivenUp<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error === GIVEN_UP) return undefined;
    throw error;
  }
}

/** The limits that are not checked while a document is read here. */
export function fitsLimits(text: string, { maxBytes, maxNotificationLength, maxDepth }: Settings): boolean {
  return text.length <= Math.min(MAX_LENGTH, maxBytes, maxNotificationLength) && maxDepth >= DEEPEST;
}

/** Makes results of elements. Gives up at a limit, and at what has an error or a warning. */
class FastNotifications {
  readonly #limits: Settings;
  readonly #onNotification: OnNotification;
  readonly results: PostbackResult[] = [];
  #fieldCount = 0;
  #fileCount = 0;
  #elementCount = 0;

  constructor(limits: Settings, onNotification: OnNotification) {
    this.#limits = limits;
    this.#onNotification = onNotification;
  }

  begin(section: Section, attributes: Attribute[]): RawNotification {
    const ordinal = this.results.length + 1;
    if (ordinal > this.#limits.maxNotifications) giveUp();
    this.#fieldCount = 0;
    this.#fileCount = 0;
    return newNotification(ordinal, section, attributes);
  }

  /** Adds an element to a list, or directly to its notification. */
  add(
    notification: RawNotification,
    list: RawElement | undefined,
    name: string,
    word: Word | undefined,
    text: string,
    attributes: readonly Attribute[] = NO_ATTRIBUTE_LIST,
  ): RawElement {
    const isFile = word === FILE && list?.word === CONTENT;
    const { maxFields, maxFiles, maxElements } = this.#limits;
    if (isFile ? ++this.#fileCount > maxFiles : ++this.#fieldCount > maxFields) giveUp();
    // The attributes of unknown elements are kept.
    this.#elementCount += word === undefined ? 1 + attributes.length : 1;
    if (this.#elementCount > maxElements) giveUp();
    const element: RawElement = {
      name,
      word,
      attributes: attributes.length === 0 ? NO_ATTRIBUTES : recordOf(attributes),
      children: NO_CHILDREN,
      parent: list,
      section: notification.section,
      offset: 0,
      text,
      index: undefined,
      invalidReason: undefined,
    };
    addElement(notification, element);
    return element;
  }

  end(notification: RawNotification): void {
    // White space between items is not read, so a list that becomes an unknown element is not the same.
    if ((notification.words & LISTS) !== 0 && notification.fields[ORIGIN.index]?.text !== 'MMS_MO') giveUp();
    this.results.push(this.#onNotification(notification, giveUp));
  }
}

/** A place in a text that is read from its start to its end. */
export class FastReader {
  protected readonly text: string;
  protected readonly notifications: FastNotifications;
  protected at: number;

  constructor(text: string, start: number, settings: Settings, onNotification: OnNotification) {
    this.text = text;
    this.at = start;
    this.notifications = new FastNotifications(settings, onNotification);
  }

  /** Skips a character that must be next. */
  protected skip(character: number): void {
    if (!this.skips(character)) giveUp();
  }

  /** Skips a character, if it is next. */
  protected skips(character: number): boolean {
    const isNext = this.text.charCodeAt(this.at) === character;
    if (isNext) this.at++;
    return isNext;
  }

  protected skipSpace(): void {
    const { text } = this;
    let { at } = this;
    while (isXmlWhitespace(text.charCodeAt(at))) at++;
    this.at = at;
  }
}
