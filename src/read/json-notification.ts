// The text of one JSON object -> the elements of a notification, by the grammar of RFC 8259. JSON.parse is not used,
// because it drops duplicate names, rounds numbers, reports no positions, and needs the whole list.

import type { PostbackError } from '../errors.ts';
import { wordNamed } from '../protocol/vocabulary.ts';
import type { Word } from '../protocol/vocabulary.ts';
import { isXmlWhitespace } from '../protocol/xml-whitespace.ts';
import type { Assembler } from './assembler.ts';
import { BACKSLASH, CLOSE_LIST, CLOSE_OBJECT, COLON, COMMA, OPEN_LIST, OPEN_OBJECT, QUOTE } from './json-characters.ts';
import { malformedJson, tooDeep, truncatedJson, UNEXPECTED } from './json-errors.ts';
import { NO_ATTRIBUTES } from './raw-notification.ts';
import type { RawElement, RawNotification } from './raw-notification.ts';
import type { SourceText } from './source-text.ts';
import type { EarlyRepair } from './tokenizer.ts';

// RFC 8259, 6, 3, and 7.
const LITERAL = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
// eslint-disable-next-line no-control-regex -- they have to be escaped
const PLAIN = /[^"\\\0-\x1F]*/y;
const UNICODE_ESCAPE = /\\u[\dA-Fa-f]{4}/y;
// Without those of NUL, and of surrogates that are not a pair. Not more at once: engines keep a stack of them.
const ESCAPES =
  // eslint-disable-next-line max-len -- one pattern
  /(?:\\(?:["\\/bfnrt]|u(?!0000|[Dd][^0-7])[\dA-Fa-f]{4}|u[Dd][89ABab][\dA-Fa-f]{2}\\u[Dd][C-Fc-f][\dA-Fa-f]{2})){1,99}/y;
const CUT_ESCAPE = /^\\(?:u[\dA-Fa-f]{0,3})?$/;

/** Reads the notifications of one document, each when all of its text is there. */
export class JsonNotificationReader {
  readonly #maxDepth: number;
  readonly #recover: boolean;
  readonly #source: SourceText;
  readonly #assembler: Assembler;
  /** They are reported with the notification that they are in. */
  readonly foreign: EarlyRepair[] = [];
  // The text of a notification, its offset in the document, how far it is read, and how deep.
  #text = '';
  #base = 0;
  #at = 0;
  #depth = 0;

  constructor(
    { maxDepth, recover }: { readonly maxDepth: number; readonly recover: boolean },
    source: SourceText,
    assembler: Assembler,
  ) {
    this.#maxDepth = maxDepth;
    this.#recover = recover;
    this.#source = source;
    this.#assembler = assembler;
  }

  /**
   * Reads the elements of a notification from its text, which ends before `end`.
   * @throws PostbackError `MALFORMED` or `TOO_DEEP`
   */
  read(notification: RawNotification, end: number, outerDepth: number): void {
    this.#base = notification.section.offset;
    this.#text = this.#source.slice(this.#base, end);
    this.#at = 0;
    this.#depth = outerDepth;
    this.#object(notification, undefined);
    this.#reportForeign(end);
    this.#text = '';
  }

  /**
   * An object. Its members become children of the open element or section. `item`: the word and the index of a list's
   * item, if the object is that item.
   */
  #object(notification: RawNotification, item: { readonly word: Word; readonly index: number } | undefined): void {
    this.#enter();
    if (this.#leaves(CLOSE_OBJECT)) return;
    const names = new Set<string | Word>();
    do {
      if (this.#peek() !== QUOTE) {
        throw this.#unexpected('a member name in double quotes');
      }
      const offset = this.#base + this.#at;
      const name = this.#string();
      if (this.#peek() !== COLON) throw this.#unexpected('":"');
      this.#at++;
      const word = wordNamed(name);
      const element = this.#assembler.open(notification, name, word, NO_ATTRIBUTES, offset, item?.index);
      // An item of a known list may spell its word in several ways. Fields are checked later.
      const unique = word !== undefined && word === item?.word ? word : name;
      if (names.has(unique)) notification.duplicate ??= element;
      names.add(unique);
      this.#value(notification, element);
      this.#assembler.close(element);
    } while (this.#continues(CLOSE_OBJECT, '"," or "}"'));
  }

  #list(notification: RawNotification, list: RawElement): void {
    this.#enter();
    if (this.#leaves(CLOSE_LIST)) return;
    const word = list.word?.items;
    let index = 0;
    do {
      // The items of a known list are objects with one member: this member is the item.
      if (this.#peek() === OPEN_OBJECT && word !== undefined) {
        this.#object(notification, { word, index });
      } else {
        // An item of another list is an element without a name.
        const offset = this.#base + this.#at;
        const element = this.#assembler.open(notification, '', undefined, NO_ATTRIBUTES, offset, index);
        this.#value(notification, element);
        this.#assembler.close(element);
      }
      index++;
    } while (this.#continues(CLOSE_LIST, '"," or "]"'));
  }

  /** Reads a value into an element. */
  #value(notification: RawNotification, element: RawElement): void {
    const code = this.#peek();
    if (code === QUOTE) {
      element.text = this.#string();
    } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      if (code === OPEN_OBJECT) this.#object(notification, undefined);
      else this.#list(notification, element);
      if (element.children.length === 0) element.invalidReason = 'is an empty object or list';
    } else {
      this.#literal(element);
    }
  }

  #literal(element: RawElement): void {
    const literal = this.#match(LITERAL);
    if (literal === '') {
      throw this.#unexpected('a string, an object, a list, a number, true, false or null');
    }
    if (literal === 'null') return;
    element.text = literal;
    if (/^[tf]/.test(literal)) element.invalidReason = 'is true or false';
    else if (!isExact(literal)) element.invalidReason = INEXACT;
  }

  #string(): string {
    let text = '';
    this.#at++;
    for (;;) {
      text += this.#wellFormed(this.#match(PLAIN));
      if (this.foreign.length > 0) this.#reportForeign(this.#base + this.#at);
      const code = this.#text.charCodeAt(this.#at);
      if (code === QUOTE) {
        this.#at++;
        return text;
      }
      if (code === BACKSLASH) {
        text += this.#escapes();
      } else {
        if (this.#isAtEnd()) throw this.#truncated();
        this.#repair(this.#at, 'control character in a string', 'an escape sequence such as \\n');
        // Databases such as PostgreSQL cannot store NUL. Others are kept: JSON strings may contain them.
        text += this.#text.charAt(this.#at++).replace('\0', '\uFFFD');
      }
    }
  }

  /** Escape sequences. */
  #escapes(): string {
    const start = this.#at;
    const escapes = this.#match(ESCAPES);
    if (escapes !== '') return String(JSON.parse(`"${escapes}"`));
    const escape = this.#match(UNICODE_ESCAPE);
    if (escape === '') {
      if (CUT_ESCAPE.test(this.#text.slice(start))) throw this.#truncated();
      const expected = '\\", \\\\, \\/, \\b, \\f, \\n, \\r, \\t, or \\u and four hexadecimal digits';
      throw this.#malformedAt(start, 'invalid escape sequence', expected);
    }
    if (escape !== '\\u0000') this.#repair(start, HALF_PAIR, WHOLE);
    else if (this.#recover) this.#repair(start, 'NUL', 'another character');
    else return '\0';
    return '\uFFFD';
  }

  /** Text that was just skipped, without halves of surrogate pairs. */
  #wellFormed(text: string): string {
    if (text.isWellFormed()) return text;
    const start = this.#at - text.length;
    for (const { index } of text.matchAll(/\p{Surrogate}/gu)) this.#repair(start + index, HALF_PAIR, WHOLE);
    return text.toWellFormed();
  }

  /** Something that only `recover` accepts. */
  #repair(at: number, problem: string, expected: string): void {
    if (!this.#recover || !this.#assembler.takeRepair()) throw this.#malformedAt(at, problem, expected);
    this.#assembler.repaired('FORBIDDEN_CHARACTER', this.#base + at);
  }

  /** Reports what was repaired before an offset. */
  #reportForeign(end: number): void {
    while (this.foreign[0] !== undefined && this.foreign[0].offset < end) {
      const { code, offset } = this.foreign[0];
      this.foreign.shift();
      this.#assembler.repaired(code, offset);
    }
  }

  /** Skips the bracket that opens an object or a list. */
  #enter(): void {
    if (this.#depth === this.#maxDepth) throw tooDeep(this.#assembler, this.#maxDepth, this.#base + this.#at);
    this.#depth++;
    this.#at++;
  }

  /** Skips the bracket that closes an object or a list, if it is next. */
  #leaves(close: number): boolean {
    if (this.#peek() !== close) return false;
    this.#at++;
    this.#depth--;
    return true;
  }

  /** Skips the comma before the next member or item, or the closing bracket. Returns whether it was a comma. */
  #continues(close: number, expected: string): boolean {
    if (this.#leaves(close)) return false;
    if (this.#peek() !== COMMA) throw this.#unexpected(expected);
    this.#at++;
    return true;
  }

  /** The next character that is not white space, or NaN at the end. */
  #peek(): number {
    while (isXmlWhitespace(this.#text.charCodeAt(this.#at))) this.#at++;
    return this.#text.charCodeAt(this.#at);
  }

  /** Skips what a pattern matches here, and returns it. `''` if it does not match. */
  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [match] = pattern.exec(this.#text) ?? [''];
    this.#at += match.length;
    return match;
  }

  #isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** The error for the character at the current position, or for the end of the text there. */
  #unexpected(expected: string): PostbackError {
    return this.#isAtEnd() ? this.#truncated() : this.#malformedAt(this.#at, UNEXPECTED, expected);
  }

  #truncated(): PostbackError {
    return truncatedJson(this.#assembler, this.#base + this.#text.length, '"}"');
  }

  #malformedAt(at: number, problem: string, expected: string): PostbackError {
    return malformedJson(this.#assembler, this.#base + at, problem, expected);
  }
}

const HALF_PAIR = 'half of a surrogate pair';
const WHOLE = 'complete characters';
const INEXACT = 'must be a string, or a whole number written in digits,';

/** Whether a number is written in plain digits, which are then the text that was meant. */
function isExact(number: string): boolean {
  return /^-?\d+$/.test(number);
}
