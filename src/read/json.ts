// JSON -> raw notifications, by the grammar of RFC 8259. Not JSON.parse: it hides a name that stands twice and the digits of
// a number, says of no error where it is, and waits for the end of a list.

import type { DocumentErrorCode, PostbackError } from '../errors.ts';
import { MAX_MENDS } from './xml-repair.ts';
import type { Complaint } from './saxes-errors.ts';
import { NO_CHILDREN, pathOf, sectionPath } from './raw-notification.ts';
import type { RawElement, RawNotification } from './raw-notification.ts';
import { Reader } from './assembler.ts';
import { wordNamed } from '../protocol/vocabulary.ts';
import type { Word } from '../protocol/vocabulary.ts';
import { isXmlWhitespace } from '../protocol/xml-whitespace.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;

// RFC 8259, 6, 3, and 7.
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
// eslint-disable-next-line no-control-regex -- they have to be escaped
const PLAIN = /[^"\\\0-\x1F]*/y;
const UNICODE_ESCAPE = /u([\dA-Fa-f]{4})/y;
const ESCAPED: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

const NO_ATTRIBUTES = Object.freeze(Object.create(null) as Record<string, string>);

/** Whether a document that begins with this character is read as JSON. */
export function beginsJson(character: number): boolean {
  return character === OPEN_OBJECT || character === OPEN_LIST;
}

/** Reads the text of one document that is JSON: an object, or a list of objects, each a notification. */
export class JsonReader<Result> extends Reader<Result> {
  // What may come outside the notifications. `any item`: or the end of the list.
  #next: 'document' | 'any item' | 'item' | 'comma' | 'nothing' = 'document';
  #isList = false;
  #listOffset = 0;

  // The notification that is coming in, how deep in it the text has come, and whether within a string.
  #notification: RawNotification | undefined;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  // Of it when it is read: its innermost open element, its text, how far that is read, and how deep.
  #innermost: RawElement | undefined;
  #text = '';
  #base = 0;
  #at = 0;
  #open = 0;
  #mendsLeft = MAX_MENDS;

  protected read(piece: string): void {
    const base = this.window.end;
    this.window.push(piece);
    for (let at = 0; at < piece.length;) {
      if (this.#notification !== undefined) at = this.#follow(this.#notification, piece, at, base);
      else this.#outside(piece.charCodeAt(at), base + at++);
    }
  }

  protected end(): void {
    // Throws, for it does not end.
    if (this.#notification !== undefined) this.#readNotification(this.#notification, this.window.end);
    if (this.#next !== 'nothing')
      throw this.#malformedAt(this.window.end, 'it ends inside a list; it may have been cut off', '"]"');
    if (this.ordinal === 0) {
      throw this.errorAt('NO_NOTIFICATION', this.#listOffset, '', {
        problem: 'The list is empty',
        expected: 'objects, each a notification',
      });
    }
  }

  protected path(): string {
    if (this.#innermost !== undefined) return pathOf(this.#innermost);
    return this.#notification === undefined ? '' : sectionPath(this.#notification.section);
  }

  protected startOf(offset: number): number {
    return offset;
  }

  protected errorAt(code: DocumentErrorCode, offset: number, path: string, complaint: Complaint): PostbackError {
    return this.errorOf({ code, offset, path, ...complaint }, offset + 1);
  }

  /** A character outside the notifications. */
  #outside(code: number, offset: number): void {
    if (isXmlWhitespace(code)) return;
    const next = this.#next;
    if (next === 'document' && code === OPEN_LIST) {
      this.#isList = true;
      this.#listOffset = offset;
      this.#depth = 1;
      this.#next = 'any item';
    } else if (next === 'comma' && code === COMMA) {
      this.#next = 'item';
    } else if ((next === 'comma' || next === 'any item') && code === CLOSE_LIST) {
      this.#next = 'nothing';
    } else if (next === 'comma') {
      throw this.#malformedAt(offset, 'something else stands behind a notification', '"," or "]"');
    } else if (next === 'nothing') {
      throw this.#malformedAt(offset, 'something stands behind its end', 'nothing more');
    } else if (code === OPEN_OBJECT) {
      if (this.#depth === this.settings.maxDepth) throw this.#tooDeep(offset);
      this.#depth++;
      this.#notification = this.begin((ordinal) => ({
        name: undefined,
        around: undefined,
        ordinal: this.#isList ? ordinal : undefined,
        offset,
      }));
      this.#next = this.#isList ? 'comma' : 'nothing';
    } else if (/["[\d\-tfn]/.test(String.fromCharCode(code))) {
      const path = `[${String(this.ordinal)}]`;
      throw this.errorAt('NOT_A_POSTBACK', offset, path, {
        problem: 'This item of the list is no notification',
        expected: 'an object',
      });
    } else {
      throw this.#malformedAt(offset, 'no item of the list stands here', 'an object');
    }
  }

  /** Looks for the end of the notification that is coming in, and reads it there. Returns how far it has come. */
  #follow(notification: RawNotification, piece: string, from: number, base: number): number {
    const { maxDepth } = this.settings;
    for (let at = from; at < piece.length; at++) {
      const code = piece.charCodeAt(at);
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (code === BACKSLASH) this.#isEscaped = true;
        else if (code === QUOTE) this.#isInString = false;
      } else if (code === QUOTE) {
        this.#isInString = true;
      } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
        // Throws, here or at what is wrong before.
        if (this.#depth === maxDepth) this.#readNotification(notification, base + at + 1);
        this.#depth++;
      } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
        if (--this.#depth > (this.#isList ? 1 : 0)) continue;
        this.#readNotification(notification, base + at + 1);
        return at + 1;
      }
    }
    return piece.length;
  }

  /** Reads a notification that ends before `end`, or finds what is wrong with it. */
  #readNotification(notification: RawNotification, end: number): void {
    this.#base = notification.section.offset;
    this.#text = this.window.text(this.#base, end);
    this.#at = 0;
    this.#open = this.#isList ? 1 : 0;
    this.#object(notification, undefined, undefined);
    this.#notification = undefined;
    this.#text = '';
    this.take(notification, end);
  }

  /** An object: its members are the notification's elements, or those of `parent`, where it is an item of whose list. */
  #object(notification: RawNotification, parent: RawElement | undefined, index: number | undefined): void {
    this.#enter();
    // In an item of a list of the protocol its word has one spelling of several; of fields that is seen to later.
    const item = index === undefined ? undefined : parent?.word?.items;
    const names = new Set<string | Word>();
    if (this.#leaves(CLOSE_OBJECT)) return;
    do {
      const code = this.#peek();
      const offset = this.#base + this.#at;
      if (code !== QUOTE) throw this.#malformed('no name of a member stands here', 'a name in double quotes');
      const name = this.#string();
      const element = this.#element(notification, name, parent, index, offset);
      const known = element.word !== undefined && element.word === item ? item : name;
      if (names.has(known)) notification.duplicate ??= element;
      names.add(known);
      if (this.#peek() !== COLON) throw this.#malformed('something else stands behind the name of a member', '":"');
      this.#at++;
      this.#value(notification, element);
    } while (this.#goesOn(CLOSE_OBJECT, '"," or "}"'));
  }

  #list(notification: RawNotification, list: RawElement): void {
    this.#enter();
    if (this.#leaves(CLOSE_LIST)) return;
    // The items of a list of the protocol are objects of one member, which stands for them.
    const isKnown = list.word?.items !== undefined;
    let index = 0;
    do {
      if (isKnown && this.#peek() === OPEN_OBJECT) this.#object(notification, list, index);
      else this.#value(notification, this.#element(notification, '', list, index, this.#base + this.#at));
      index++;
    } while (this.#goesOn(CLOSE_LIST, '"," or "]"'));
  }

  #element(
    notification: RawNotification,
    name: string,
    parent: RawElement | undefined,
    index: number | undefined,
    offset: number,
  ): RawElement {
    const { section } = notification;
    const element: RawElement = {
      name,
      word: wordNamed(name),
      attributes: NO_ATTRIBUTES,
      children: NO_CHILDREN,
      parent,
      section,
      offset,
      text: '',
      index,
      unfit: undefined,
    };
    // What follows a fault is not kept.
    if (notification.fault === undefined) this.add(element, notification);
    return element;
  }

  /** Reads a value into an element. */
  #value(notification: RawNotification, element: RawElement): void {
    const around = this.#innermost;
    this.#innermost = element;
    const code = this.#peek();
    if (code === QUOTE) {
      element.text = this.#string();
    } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      if (code === OPEN_OBJECT) this.#object(notification, element, undefined);
      else this.#list(notification, element);
      if (element.children === NO_CHILDREN) element.unfit = 'is an object or a list, if an empty one';
    } else {
      const number = this.#match(NUMBER);
      const literal = number === '' ? this.#match(LITERAL) : number;
      if (literal === '')
        throw this.#malformed('no value stands here', 'a string, an object, a list, a number, true, false or null');
      if (literal !== 'null') element.text = literal;
      if (number !== '' && !isExact(number)) element.unfit = INEXACT;
      else if (number === '' && literal !== 'null') element.unfit = 'is true or false';
    }
    this.#innermost = around;
  }

  #string(): string {
    let text = '';
    this.#at++;
    for (;;) {
      text += this.#wellFormed(this.#match(PLAIN));
      const code = this.#text.charCodeAt(this.#at);
      if (code === QUOTE) {
        this.#at++;
        return text;
      }
      if (code === BACKSLASH) {
        text += this.#escape();
      } else {
        if (this.#isAtEnd()) throw this.#cutOff();
        this.#mend(this.#at, 'a control character stands in a string', 'its escape, as in \\n');
        // Unlike XML's, these strings could have held it.
        text += this.#text.charAt(this.#at++);
      }
    }
  }

  /** What a backslash and what follows stand for. */
  #escape(): string {
    const start = this.#at++;
    const letter = this.#text.charAt(this.#at);
    const escaped = ESCAPED[letter];
    if (escaped !== undefined) {
      this.#at++;
      return escaped;
    }
    const unit = this.#unit();
    if (unit === undefined) {
      if (this.#isAtEnd() || /^u[\dA-Fa-f]{0,3}$/.test(this.#text.slice(this.#at))) throw this.#cutOff();
      throw this.#malformedAt(
        this.#base + start,
        'this escape is none',
        '\\", \\\\, \\/, \\b, \\f, \\n, \\r, \\t, or \\u and four hexadecimal digits',
      );
    }
    if (unit.isWellFormed()) return unit;
    const behind = this.#at;
    if (this.#text.charCodeAt(this.#at++) === BACKSLASH) {
      const pair = unit + (this.#unit() ?? '');
      if (pair.length === 2 && pair.isWellFormed()) return pair;
    }
    this.#at = behind;
    this.#mend(start, 'half a surrogate pair stands here', 'whole characters');
    return '\uFFFD';
  }

  #unit(): string | undefined {
    const escape = this.#match(UNICODE_ESCAPE);
    return escape === '' ? undefined : String.fromCharCode(parseInt(escape.slice(1), 16));
  }

  /** Text that has just been passed. */
  #wellFormed(text: string): string {
    if (text.isWellFormed()) return text;
    const start = this.#at - text.length;
    for (const { index } of text.matchAll(/\p{Surrogate}/gu))
      this.#mend(start + index, 'half a surrogate pair stands here', 'whole characters');
    return text.toWellFormed();
  }

  /** Something that `recover` lets pass. */
  #mend(at: number, problem: string, expected: string): void {
    const { recover } = this.settings;
    if (!recover || this.#mendsLeft-- === 0) throw this.#malformedAt(this.#base + at, problem, expected);
    this.warn('FORBIDDEN_CHARACTER', this.#base + at);
  }

  #enter(): void {
    if (this.#open === this.settings.maxDepth) throw this.#tooDeep(this.#base + this.#at);
    this.#open++;
    this.#at++;
  }

  /** Whether an object or a list ends right where it began. */
  #leaves(close: number): boolean {
    if (this.#peek() !== close) return false;
    this.#at++;
    this.#open--;
    return true;
  }

  /** Whether a comma follows, and not the end. */
  #goesOn(close: number, expected: string): boolean {
    if (this.#leaves(close)) return false;
    if (this.#peek() !== COMMA) throw this.#malformed('something else stands behind a value', expected);
    this.#at++;
    return true;
  }

  /** The next character that is no white space; NaN at the end. */
  #peek(): number {
    while (isXmlWhitespace(this.#text.charCodeAt(this.#at))) this.#at++;
    return this.#text.charCodeAt(this.#at);
  }

  /** Passes what a pattern finds at the spot; `''` where it finds nothing. */
  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [match] = pattern.exec(this.#text) ?? [''];
    this.#at += match.length;
    return match;
  }

  #isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  #tooDeep(offset: number): PostbackError {
    const { maxDepth } = this.settings;
    const path = this.#notification === undefined ? `[${String(this.ordinal)}]` : this.path();
    return this.errorAt('TOO_DEEP', offset, path, {
      problem: `Objects and lists are nested deeper than ${String(maxDepth)}`,
      expected: 'less depth, or a larger maxDepth',
    });
  }

  /** What is wrong at the spot that is read, or that nothing follows there. */
  #malformed(problem: string, expected: string): PostbackError {
    return this.#isAtEnd() ? this.#cutOff() : this.#malformedAt(this.#base + this.#at, problem, expected);
  }

  #cutOff(): PostbackError {
    return this.#malformedAt(
      this.#base + this.#text.length,
      'it ends inside a notification; it may have been cut off',
      '"}"',
    );
  }

  #malformedAt(offset: number, problem: string, expected: string): PostbackError {
    return this.documentError('MALFORMED', offset, {
      problem: `This is not well-formed JSON: ${problem}`,
      expected,
    });
  }
}

const INEXACT = 'is a number that is no whole one of at most 2^53 - 1 in plain digits';

/** Whether a number has no other digits than those that were sent. */
function isExact(number: string): boolean {
  return Number.isSafeInteger(Number(number)) && String(Number(number)) === number;
}
