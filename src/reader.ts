// Text -> raw notifications: one pass of SAX events, and what each event means in a postback.

import { SaxesParser } from 'saxes';
import { PostbackError } from './errors.ts';
import type { DocumentErrorCode, PostbackErrorDetails, PostbackWarning } from './errors.ts';
import { Guard, MAX_MENDS } from './guard.ts';
import type { GuardSink, Refusal } from './guard.ts';
import { complaintOf } from './malformed.ts';
import type { Complaint } from './malformed.ts';
import type { Settings } from './options.ts';
import { BODY, CONTENT, FILE, NOTIFICATION, NUMBER, POSTBACK, shownName, wordNamed } from './vocabulary.ts';
import type { Word } from './vocabulary.ts';
import { isBlank } from './white-space.ts';
import { Window } from './window.ts';

/** An element of a notification, not interpreted yet. */
export interface RawElement {
  readonly name: string;
  readonly word: Word | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  children: RawElement[];
  /** The element around it; `undefined` where that is the notification's own, or BODY. */
  readonly parent: RawElement | undefined;
  /** What it stands in, perhaps deeper: the notification's own element, or its BODY. */
  readonly section: Section;
  /** Where its start tag begins, give or take what {@link Reader.error} corrects. */
  readonly offset: number;
  text: string;
}

/** An element that holds fields: POSTBACK, NOTIFICATION or BODY. Its path is put together only where it is asked for. */
export interface Section {
  readonly name: string;
  readonly around: Section | undefined;
  /** Of a NOTIFICATION: 1 for the first of the document. */
  readonly ordinal?: number | undefined;
  /** Where its start tag begins, give or take what {@link Reader.error} corrects. */
  readonly offset: number;
}

/** An attribute as saxes tells of it. */
export interface Attribute {
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

// More text than this is read in pieces, so that results come out while it is read. No less: V8 reads a slice of a string
// more slowly than a string of its own, and a bundle of 300 is to be none.
const PIECE_LENGTH = 1024 * 1024;

// Every warning costs memory, and a body may be made of nothing else.
const MAX_WARNINGS = 256;

const NO_WARNINGS: readonly PostbackWarning[] = [];

// Of most elements; never written to.
const NO_CHILDREN: RawElement[] = [];

// What may stand outside the root.
const NO_TEXT = /^(?:[\t\n\r ]+|<!--[^]*?-->|<\?[^]*?\?>)*/;

// XML is read as 1.0 whatever version it declares, without namespaces. Positions in its messages would cost time.
const SAXES_OPTIONS = { xmlns: false, position: false, defaultXMLVersion: '1.0', forceXMLVersion: true } as const;

const REFUSALS: Readonly<Record<Refusal, Complaint>> = {
  doctype: { problem: 'A document type declaration begins', expected: 'none: it is never read' },
  reference: {
    problem: 'An "&" begins no reference that is known without a document type declaration',
    expected: '&amp; for the character itself, one of &lt; &gt; &quot; &apos;, or the reference of a character that XML allows',
  },
  'one mend too many': {
    problem: `Something stands here that recover would mend, had it not mended ${String(MAX_MENDS)} places of this document already`,
    expected: 'fewer of them',
  },
  surrogate: { problem: 'Half a surrogate pair stands here', expected: 'whole characters' },
  'processing instruction': { problem: 'The name of a processing instruction is not well-formed', expected: '<?NAME ...?>' },
};

/**
 * Reads the text of one document.
 *
 * A notification is interpreted when it ends, while the text that errors point at is there, and so that what it was made
 * of is soon garbage. What comes of it is handed over only when saxes is back: a callback's exception must not pass
 * through it, and a wrong end tag takes the last notification back.
 */
export class Reader<Result> implements GuardSink {
  readonly #settings: Settings;
  readonly #interpret: (notification: RawNotification) => Result;
  readonly #onResult: (result: Result) => void;
  readonly #guard: Guard;
  readonly #window = new Window();
  readonly #saxes = new SaxesParser(SAXES_OPTIONS);

  // The offset up to which the guard has passed the document on, and that up to which it does so just now.
  #passed = 0;
  #passing = 0;
  // Offsets count what was sent, saxes counts what it was given: more by this, for what the guard has mended.
  #surplus = 0;

  // Whether the whole document was passed on.
  #isAtEnd = false;

  #depth = 0;
  #rootName = '';
  #rootOffset = 0;
  // The name in the last end tag that was expected, for the complaint that it was another.
  #closedName = '';
  // The notification that is open, and the depth of the element that holds its fields: 1 (POSTBACK) or 2 (NOTIFICATION).
  #notification: RawNotification | undefined;
  #homeDepth = 0;
  // The BODY of it that is open, and whether it had any.
  #body: Section | undefined;
  #hasBody = false;
  // The innermost element that is open inside the notification.
  #innermost: RawElement | undefined;
  #fieldCount = 0;
  #fileCount = 0;

  #ordinal = 0;
  #warnings: PostbackWarning[] = [];
  // Where the last notification ended: maxNotificationBytes counts from here.
  #lastEnd = 0;
  // Where the root ended; 0 before.
  #rootEnd = 0;
  // Of the notifications that ended in the text that saxes is reading.
  #results: Result[] = [];

  constructor(settings: Settings, interpret: (notification: RawNotification) => Result, onResult: (result: Result) => void) {
    this.#settings = settings;
    this.#interpret = interpret;
    this.#onResult = onResult;
    this.#guard = new Guard(this, settings.recover);
    const onText = (text: string): void => {
      this.#text(text);
    };
    // No more handlers than needed: a few more, and V8 takes the parser for a dictionary and reads at a tenth of the speed.
    const saxes = this.#saxes;
    saxes.on('opentagstart', (tag) => {
      // Typed for namespaces too, which are off: saxes fills it with strings before the tag ends.
      this.#open(tag.name, tag.attributes as Record<string, string>);
    });
    saxes.on('attribute', (attribute) => {
      // Of nothing else at that depth than a NOTIFICATION.
      if (this.#depth === 2 && this.#homeDepth === 2) this.#notification?.attributes.push(attribute);
    });
    saxes.on('closetag', (tag) => {
      this.#close(tag.name);
    });
    saxes.on('text', onText);
    saxes.on('cdata', onText);
    saxes.on('error', (error) => {
      throw this.#malformed(error.message);
    });
  }

  /** Reads more text. */
  write(text: string): void {
    const { maxNotificationBytes } = this.#settings;
    for (let from = 0; from < text.length; ) {
      const room = maxNotificationBytes - (this.#window.end - this.#lastEnd);
      if (room === 0) {
        throw this.tooLarge({
          problem: `There are more than ${String(maxNotificationBytes)} bytes since the last notification's end`,
          expected: 'a smaller notification, or a larger maxNotificationBytes',
        });
      }
      const length = Math.min(room, PIECE_LENGTH);
      const piece = from === 0 && length >= text.length ? text : text.slice(from, from + length);
      from += piece.length;
      // saxes would skip it as a byte order mark; the document's own is no part of the text.
      if (this.#window.end === 0 && piece.startsWith('\uFEFF')) throw this.#textOutside(0);
      this.#window.push(piece);
      this.#read(piece);
    }
  }

  /** Ends the document. */
  close(): void {
    this.#read(undefined);
  }

  /** The error that a fault of a notification becomes. Only while the notification is being interpreted. */
  error({ end }: RawNotification, fault: Fault): PostbackError {
    return this.#error({ ...fault, offset: this.#startOfTag(fault.offset) }, end);
  }

  /** The error for a document that is larger than it may be. */
  tooLarge(complaint: Complaint): PostbackError {
    return this.#documentError('TOO_LARGE', this.#window.end, complaint);
  }

  /** The error for bytes behind the text that cannot be decoded. */
  badEncoding(problem: string): PostbackError {
    return this.#documentError('BAD_ENCODING', this.#window.end, {
      problem,
      expected: 'UTF-8, UTF-16 or Windows-1252 (ISO-8859-1), and the document to be in the one that is named',
    });
  }

  /** What an engine says of a string or a stack that grew too large is the document's fault. */
  known(error: unknown): unknown {
    if (!(error instanceof RangeError)) return error;
    return this.tooLarge({
      problem: 'This is more than the JavaScript engine can hold',
      expected: 'a smaller document; the limits that refuse it were lifted',
    });
  }

  // From the guard.

  pass(text: string): void {
    this.#passing = this.#passed + text.length;
    this.#saxes.write(text);
    this.#passed = this.#passing;
  }

  mend(code: PostbackWarning['code'], length: number, text: string): void {
    if (this.#warnings.length < MAX_WARNINGS) {
      this.#warnings.push({ code, ...this.#window.spot(this.#passed), path: this.#path() });
    }
    this.#passed += length;
    this.#passing = this.#passed;
    this.#surplus += text.length - length;
    this.#saxes.write(text);
  }

  refuse(why: Refusal): never {
    throw this.#documentError(why === 'doctype' ? 'DOCTYPE_FORBIDDEN' : 'MALFORMED_XML', this.#passed, REFUSALS[why]);
  }

  /** Reads a piece of text, or the end, and hands over what has ended in it, also where it cannot be read on. */
  #read(piece: string | undefined): void {
    try {
      if (piece === undefined) {
        this.#end();
      } else {
        this.#guard.write(piece);
      }
    } catch (error) {
      const known = this.known(error);
      this.#handOver();
      throw known;
    }
    this.#handOver();
  }

  #end(): void {
    this.#guard.close();
    this.#isAtEnd = true;
    this.#saxes.close();
    if (this.#ordinal === 0) {
      throw this.#tagError('NO_NOTIFICATION', this.#rootOffset, shownName(this.#rootName), {
        problem: 'The postback is empty',
        expected: 'NOTIFICATION elements, or the fields of one notification',
      });
    }
  }

  #handOver(): void {
    if (this.#results.length === 0) return;
    const results = this.#results;
    this.#results = [];
    for (const result of results) this.#onResult(result);
    this.#window.forget(this.#lastEnd);
  }

  /** The offset behind what saxes has read. At the end of its chunk it counts one too many, in a mend too few. */
  #offset(): number {
    return Math.max(this.#passed, Math.min(this.#passing, this.#saxes.position - this.#surplus));
  }

  #open(name: string, attributes: RawElement['attributes']): void {
    // A second root: saxes refuses it right after this.
    if (this.#depth === 0 && this.#rootName !== '') return;
    // saxes has read "<", the name, and what stands behind it: see #startOfTag.
    const offset = this.#offset() - name.length - 2;
    const { maxDepth } = this.#settings;
    if (this.#depth === maxDepth) {
      throw this.#tagError('TOO_DEEP', offset, this.#pathWith(name), {
        problem: `Elements are nested deeper than ${String(maxDepth)}`,
        expected: 'less depth, or a larger maxDepth',
      });
    }
    const depth = ++this.#depth;
    const word = wordNamed(name);
    if (depth === 1) {
      this.#rootName = name;
      this.#rootOffset = offset;
      if (word === POSTBACK) return;
      throw this.#tagError('NOT_A_POSTBACK', offset, shownName(name), { problem: 'The root element is no postback', expected: '<POSTBACK>' });
    }
    if (depth === 2) {
      const home = word === NOTIFICATION ? 2 : 1;
      if (this.#homeDepth !== 0 && this.#homeDepth !== home) {
        throw this.#tagError('NOT_A_POSTBACK', offset, this.#pathWith(name), {
          problem: 'Fields stand straight in POSTBACK beside a NOTIFICATION',
          expected: 'NOTIFICATION elements alone, or the fields of one notification alone',
        });
      }
      this.#homeDepth = home;
      if (home === 2) {
        this.#openNotification(name, offset);
        return;
      }
    }
    this.#openElement(this.#notification ?? this.#openNotification(), name, word, attributes, offset);
  }

  /** Without arguments: the one whose fields stand straight in POSTBACK. */
  #openNotification(name?: string, offset = this.#rootOffset): RawNotification {
    const { maxNotifications } = this.#settings;
    const ordinal = ++this.#ordinal;
    const root: Section = { name: this.#rootName, around: undefined, offset: this.#rootOffset };
    const section = name === undefined ? root : { name, around: root, ordinal, offset };
    if (ordinal > maxNotifications) {
      throw this.#tagError('TOO_MANY_NOTIFICATIONS', offset, sectionPath(section), {
        problem: `There are more than ${String(maxNotifications)} notifications`,
        expected: 'fewer, or a larger maxNotifications',
      });
    }
    this.#body = undefined;
    this.#hasBody = false;
    this.#fieldCount = 0;
    this.#fileCount = 0;
    this.#notification = { ordinal, section, attributes: [], elements: [], words: 0, fault: undefined, warnings: NO_WARNINGS, end: 0 };
    return this.#notification;
  }

  #openElement(
    notification: RawNotification,
    name: string,
    word: Word | undefined,
    attributes: RawElement['attributes'],
    offset: number,
  ): void {
    // What follows a fault is not kept.
    if (notification.fault !== undefined) return;
    const parent = this.#innermost;
    if (word === BODY && this.#depth === this.#homeDepth + 1) {
      this.#body = { name, around: notification.section, offset };
      if (this.#hasBody) {
        const path = sectionPath(this.#body);
        this.#fault(notification, { code: 'DUPLICATE_FIELD', offset, path, problem: 'BODY stands twice in this notification', expected: 'it once' });
      }
      this.#hasBody = true;
      return;
    }
    const section = this.#body ?? notification.section;
    const element: RawElement = { name, word, attributes, children: NO_CHILDREN, parent, section, offset, text: '' };
    if (parent === undefined) {
      notification.elements.push(element);
      if (word !== undefined) notification.words |= word.bit;
    } else if (parent.children === NO_CHILDREN) parent.children = [element];
    else parent.children.push(element);
    this.#innermost = element;
    const { maxFields, maxFiles } = this.#settings;
    const isFile = word === FILE && parent?.word === CONTENT && parent.parent === undefined;
    if (isFile ? ++this.#fileCount > maxFiles : ++this.#fieldCount > maxFields) {
      this.#fault(notification, {
        code: isFile ? 'TOO_MANY_FILES' : 'TOO_MANY_FIELDS',
        offset,
        path: pathOf(element),
        problem: isFile
          ? `There are more than ${String(maxFiles)} FILEs in this notification`
          : `There are more than ${String(maxFields)} elements in this notification`,
        expected: `fewer, or a larger ${isFile ? 'maxFiles' : 'maxFields'}`,
      });
    }
  }

  #text(text: string): void {
    if (this.#innermost !== undefined) {
      this.#innermost.text += text;
      return;
    }
    // Outside the root, saxes refuses what is not blank.
    if (this.#depth === 0 || isBlank(text)) return;
    if (this.#depth === 1) {
      throw this.#documentError('NOT_A_POSTBACK', this.#offset() - 1, {
        problem: 'Words stand straight in POSTBACK, before this place',
        expected: 'elements alone',
      });
    }
    const notification = this.#notification;
    if (notification === undefined || notification.fault !== undefined) return;
    const section = this.#body ?? notification.section;
    this.#fault(notification, {
      code: 'UNEXPECTED_CONTENT',
      offset: section.offset,
      path: sectionPath(section),
      problem: 'Words stand straight in this element, which holds fields',
      expected: 'elements alone',
    });
  }

  #fault(notification: RawNotification, fault: Fault): void {
    notification.fault = fault;
    this.#innermost = undefined;
  }

  #close(name: string): void {
    this.#closedName = name;
    const depth = this.#depth--;
    const notification = this.#notification;
    if (this.#innermost !== undefined) {
      this.#innermost = this.#innermost.parent;
    } else if (notification !== undefined && depth === this.#homeDepth) {
      notification.end = this.#offset();
      if (this.#warnings.length > 0) {
        notification.warnings = this.#warnings;
        this.#warnings = [];
      }
      this.#notification = undefined;
      this.#lastEnd = notification.end;
      this.#results.push(this.#interpret(notification));
    } else if (notification !== undefined && depth === this.#homeDepth + 1) {
      this.#body = undefined;
    }
    if (depth === 1) this.#rootEnd = this.#offset();
  }

  /** The path of the innermost open element. */
  #path(): string {
    if (this.#depth === 0) return '';
    if (this.#notification === undefined) return shownName(this.#rootName);
    return this.#innermost === undefined ? sectionPath(this.#body ?? this.#notification.section) : pathOf(this.#innermost);
  }

  /** The path of an element that cannot stand in the innermost open one: were it not the first, that one had failed. */
  #pathWith(name: string): string {
    const word = wordNamed(name);
    const isNumbered = word === FILE || word === NUMBER || word === NOTIFICATION;
    return `${this.#path()}/${shownName(name)}${isNumbered ? '[1]' : ''}`;
  }

  #malformed(saxesMessage: string): PostbackError {
    const end = this.#offset();
    if (this.#depth === 0) {
      const outside = this.#window.text(this.#rootEnd, end);
      const text = outside.replace(NO_TEXT, '');
      if (this.#rootName === '' && isBlank(outside)) {
        return this.#documentError('EMPTY', 0, { problem: 'There is no document', expected: 'XML whose root element is POSTBACK' });
      }
      // saxes tells of text at the end of its chunk.
      if (text !== '' && !text.startsWith('<')) return this.#textOutside(end - text.length);
    }
    let path = this.#path();
    if (saxesMessage.startsWith('unexpected close tag')) {
      path = `${path}${path === '' ? '' : '/'}${shownName(this.#closedName)}`;
      // saxes has closed the element before it looked at the name.
      if (this.#lastEnd === end) this.#results.pop();
    }
    // The character that was one too many, or the end.
    const offset = this.#isAtEnd ? end : end - 1;
    return this.#error({ code: 'MALFORMED_XML', offset, path, ...complaintOf(saxesMessage) }, end);
  }

  #textOutside(offset: number): PostbackError {
    return this.#documentError('MALFORMED_XML', offset, {
      problem: 'There is text outside the root element',
      expected: 'nothing but the root element, comments and white space',
    });
  }

  #documentError(code: DocumentErrorCode, offset: number, complaint: Complaint): PostbackError {
    return this.#error({ code, offset, path: this.#path(), ...complaint }, offset + 1);
  }

  /** An error at a start tag that is just being read. */
  #tagError(code: DocumentErrorCode, offset: number, path: string, complaint: Complaint): PostbackError {
    return this.#error({ code, offset: this.#startOfTag(offset), path, ...complaint }, this.#offset());
  }

  /**
   * Where a start tag begins that saxes has told of. Behind the name it has read one more character, which may have
   * been a line break of two: then the offset that was taken is one too large. Told only when it is asked for.
   */
  #startOfTag(offset: number): number {
    return this.#window.text(offset, offset + 1) === '<' ? offset : offset - 1;
  }

  #error({ code, offset, path, problem, expected, notification }: Fault, readTo: number): PostbackError {
    const { line, column } = this.#window.spot(offset);
    const where = `line ${String(line)}, column ${String(column)}${path === '' ? '' : ` (${path})`}`;
    return new PostbackError({
      code,
      line,
      column,
      path,
      message: `${problem}, at ${where}. Expected ${expected}.`,
      excerpt: this.#window.excerpt(offset, readTo),
      notification,
    });
  }
}

/** The path of an element of a notification. Items of a list are numbered. */
export function pathOf(innermost: RawElement): string {
  let path = '';
  // A loop, for the depth may be without limit.
  for (let element: RawElement | undefined = innermost; element !== undefined; element = element.parent) {
    const { word, parent } = element;
    const isNumbered = parent !== undefined && (word === FILE || word === NUMBER);
    const number = isNumbered ? `[${String(parent.children.filter((sibling) => sibling.word === word).indexOf(element) + 1)}]` : '';
    path = `/${shownName(element.name)}${number}${path}`;
  }
  return sectionPath(innermost.section) + path;
}

/** The path of an element that holds fields. */
export function sectionPath({ name, around, ordinal }: Section): string {
  const number = ordinal === undefined ? '' : `[${String(ordinal)}]`;
  return `${around === undefined ? '' : `${sectionPath(around)}/`}${shownName(name)}${number}`;
}
