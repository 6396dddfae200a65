// Elements -> raw notifications. Owns the limits of a notification, the paths, the warnings and the list of results.

import type { DocumentErrorCode, PostbackError, PostbackResult, PostbackWarning } from '../errors.ts';
import type { Settings } from '../options.ts';
import { CONTENT, FILE } from '../protocol/vocabulary.ts';
import type { Word } from '../protocol/vocabulary.ts';
import { errorOf, moreThan } from './fault.ts';
import type { Explanation, Fail, Fault } from './fault.ts';
import { MAX_REPAIRS, MAX_WARNINGS } from './limits.ts';
import { elementPath, elementPlace, sectionPath } from './path.ts';
import { addElement, newNotification, NO_CHILDREN } from './raw-notification.ts';
import type { RawElement, RawNotification, Section } from './raw-notification.ts';
import type { SourceText } from './source-text.ts';

const NO_WARNINGS: readonly PostbackWarning[] = [];

// The outermost section. Its path is empty.
const DOCUMENT: Section = { name: undefined, around: undefined, offset: 0 };

/** Interprets a notification that has ended. `fail` makes the error for a fault of it. */
export type OnNotification = (notification: RawNotification, fail: Fail) => PostbackResult;

/** Something wrong with the whole document, and where. */
export interface DocumentFault extends Explanation {
  readonly code: DocumentErrorCode;
  readonly offset: number;
  /** Default: the path of the innermost open element or section. */
  readonly path?: string | undefined;
  /** The offset where the text ends that the excerpt may show. Default: right after the position. */
  readonly readTo?: number | undefined;
}

/** The state of an assembler between two notifications. */
export interface AssemblerState {
  readonly section: Section;
  readonly ordinal: number;
  readonly lastEnd: number;
  readonly repairsLeft: number;
  readonly elementsLeft: number;
  readonly warnings: readonly PostbackWarning[];
}

/**
 * Puts the elements of a document together.
 *
 * A notification is interpreted as soon as it ends: the text that its errors refer to is still there, and its elements
 * can be freed.
 */
export class Assembler {
  readonly #limits: Settings;
  readonly #source: SourceText;
  readonly #onNotification: OnNotification;
  // The innermost open section, the open notification, and its innermost open element.
  #section = DOCUMENT;
  #notification: RawNotification | undefined;
  #innermost: RawElement | undefined;
  // The number of elements in the open notification. FILEs are counted separately.
  #fieldCount = 0;
  #fileCount = 0;
  // How many notifications have begun, and the offset where the last one ended.
  #ordinal = 0;
  #lastEnd = 0;
  #warnings: PostbackWarning[] = [];
  #repairsLeft = MAX_REPAIRS;
  #elementsLeft: number;
  #results: PostbackResult[] = [];

  constructor(limits: Settings, source: SourceText, onNotification: OnNotification) {
    this.#limits = limits;
    this.#elementsLeft = limits.maxElements;
    this.#source = source;
    this.#onNotification = onNotification;
  }

  get notification(): RawNotification | undefined {
    return this.#notification;
  }

  get innermost(): RawElement | undefined {
    return this.#innermost;
  }

  /** The innermost open section. */
  get section(): Section {
    return this.#section;
  }

  /** How many notifications have begun. */
  get ordinal(): number {
    return this.#ordinal;
  }

  /** The offset where the last notification ended. maxNotificationLength counts from here. */
  get lastEnd(): number {
    return this.#lastEnd;
  }

  /** The results of the notifications that ended since the last call. */
  takeResults(): readonly PostbackResult[] {
    const results = this.#results;
    this.#results = [];
    return results;
  }

  /** The path of the innermost open element or section. */
  path(): string {
    return this.#innermost === undefined ? sectionPath(this.#section) : elementPath(this.#innermost);
  }

  /** The error for something that is wrong with the document. */
  error(fault: DocumentFault): PostbackError {
    const { path = this.path(), readTo = fault.offset + 1 } = fault;
    return errorOf({ ...fault, path }, this.#source, readTo);
  }

  /** Counts a repair. Returns `false` if no more are allowed in this document. */
  takeRepair(): boolean {
    if (this.#repairsLeft === 0) return false;
    this.#repairsLeft--;
    return true;
  }

  /** Remembers what `recover` has repaired. */
  repaired(code: PostbackWarning['code'], offset: number): void {
    if (this.#warnings.length === MAX_WARNINGS) return;
    this.#warnings.push({ code, ...this.#source.position(offset), path: this.path() });
  }

  /** Opens a section. */
  enter(section: Section): void {
    this.#section = section;
  }

  /** Closes the innermost section. */
  leave(): void {
    this.#section = this.#section.around ?? DOCUMENT;
  }

  /**
   * Begins a notification, whose fields are in the innermost section.
   * @throws PostbackError `TOO_MANY_NOTIFICATIONS`
   */
  begin(readTo?: number): RawNotification {
    const { maxNotifications } = this.#limits;
    const section = this.#section;
    const ordinal = ++this.#ordinal;
    if (ordinal > maxNotifications) {
      throw this.error({
        code: 'TOO_MANY_NOTIFICATIONS',
        offset: section.offset,
        readTo,
        ...moreThan(maxNotifications, 'notifications', 'maxNotifications'),
      });
    }
    this.#fieldCount = 0;
    this.#fileCount = 0;
    this.#notification = newNotification(ordinal, section, []);
    return this.#notification;
  }

  /** Opens an element in the innermost open element, or directly in the section. */
  open(
    notification: RawNotification,
    name: string,
    word: Word | undefined,
    attributes: RawElement['attributes'],
    offset: number,
    index?: number,
  ): RawElement {
    const parent = this.#innermost;
    const element: RawElement = {
      name,
      word,
      attributes,
      children: NO_CHILDREN,
      parent,
      section: this.#section,
      offset,
      text: '',
      index,
      invalidReason: undefined,
    };
    this.#innermost = element;
    // After a fault, elements are ignored.
    if (notification.fault === undefined) this.#keep(element, notification);
    return element;
  }

  /** Counts an element, or an attribute of it. Too many in a document are a fault of the open notification. */
  countElement(element: RawElement, notification: RawNotification): void {
    if (this.#elementsLeft-- > 0) return;
    const explanation = {
      problem: `More than ${this.#limits.maxElements} elements in the document`,
      expected: 'a document with fewer of them',
    };
    notification.fault = { code: 'TOO_MANY_FIELDS', ...elementPlace(element), ...explanation };
  }

  /** Closes an element. */
  close({ parent }: RawElement): void {
    this.#innermost = parent;
  }

  /** Remembers that a notification cannot be interpreted, and closes its elements. */
  refuse(notification: RawNotification, fault: Fault): void {
    notification.fault = fault;
    this.#innermost = undefined;
  }

  /** Ends a notification, and interprets it. The section stays open. The result is not in the list yet. */
  end(notification: RawNotification, end: number): PostbackResult {
    if (this.#warnings.length > 0) {
      // A byte is repaired before the text in front of it, if that is read only with what follows.
      notification.warnings = this.#warnings.sort((a, b) => a.line - b.line || a.column - b.column);
      this.#warnings = [];
    }
    this.#notification = undefined;
    this.#lastEnd = end;
    return this.#onNotification(notification, (fault) => errorOf(fault, this.#source, end));
  }

  /** Adds a result to the list. */
  push(result: PostbackResult): void {
    this.#results.push(result);
  }

  /** The state between two notifications. */
  save(): AssemblerState {
    return {
      section: this.#section,
      ordinal: this.#ordinal,
      lastEnd: this.#lastEnd,
      repairsLeft: this.#repairsLeft,
      elementsLeft: this.#elementsLeft,
      warnings: this.#warnings.length === 0 ? NO_WARNINGS : [...this.#warnings],
    };
  }

  /** Goes back to an earlier state. Results stay in the list. */
  restore({ section, ordinal, lastEnd, repairsLeft, elementsLeft, warnings }: AssemblerState): void {
    this.#section = section;
    this.#ordinal = ordinal;
    this.#lastEnd = lastEnd;
    this.#repairsLeft = repairsLeft;
    this.#elementsLeft = elementsLeft;
    this.#warnings = [...warnings];
    this.#notification = undefined;
    this.#innermost = undefined;
  }

  /** Removes the last result, if a wrong end tag at `end` has closed its notification. */
  retract(end: number): void {
    if (this.#lastEnd === end) this.#results.pop();
  }

  #keep(element: RawElement, notification: RawNotification): void {
    const { word, parent } = element;
    addElement(notification, element);
    this.countElement(element, notification);
    const { maxFields, maxFiles } = this.#limits;
    const isFile = word === FILE && parent?.word === CONTENT && parent.parent === undefined;
    if (isFile ? ++this.#fileCount <= maxFiles : ++this.#fieldCount <= maxFields) return;
    notification.fault = {
      code: isFile ? 'TOO_MANY_FILES' : 'TOO_MANY_FIELDS',
      ...elementPlace(element),
      ...(isFile
        ? moreThan(maxFiles, 'FILE elements in one notification', 'maxFiles')
        : moreThan(maxFields, 'elements in one notification', 'maxFields')),
    };
  }
}
