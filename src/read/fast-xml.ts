// The fast lane for XML as providers write it: one pass over the text, without tokens and positions.
// docs/architecture.md, "Two lanes".

import type { PostbackResult } from '../errors.ts';
import type { Settings } from '../options.ts';
import { BODY, NOTIFICATION, POSTBACK, spelledAt, wordNamed } from '../protocol/vocabulary.ts';
import { isXmlWhitespace } from '../protocol/xml-whitespace.ts';
import type { OnNotification } from './assembler.ts';
import { FastNotifications, giveUp, unlessGivenUp } from './fast-lane.ts';
import type { Attribute, RawElement, RawNotification, Section } from './raw-notification.ts';
import { FORBIDDEN, isAllowed } from './xml-grammar.ts';
import { searchFrom } from './xml-marks.ts';

const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
const SLASH = 0x2f;
const DOUBLE_QUOTE = 0x22;
const EQUALS = 0x3d;

const MAX_ATTRIBUTES = 8;

const DECLARATION =
  /^<\?xml version=(["'])1\.0\1(?: encoding=(["'])[A-Za-z][\w-]*\2)?(?: standalone=(["'])(?:yes|no)\3)? ?\?>/;
// Names without the colon, and without letters that are not ASCII.
const NAME = /[A-Za-z_][\w.-]*/y;
// An element with text, without characters that need a closer look.
// https://www.w3.org/TR/xml/#charsets
// eslint-disable-next-line no-control-regex -- XML forbids them
const PLAIN = /[\t\n\r ]*<([A-Za-z_][\w.-]*)>[^<\0-\x08\x0B-\x1F\uD800-\uDFFF\uFFFE\uFFFF]*<\/\1>/y;
// White space other than blanks becomes a blank: https://www.w3.org/TR/xml/#AVNormalize
// eslint-disable-next-line no-control-regex -- XML forbids them
const PLAIN_VALUE = /[^"<&\0-\x1F\uD800-\uDFFF\uFFFE\uFFFF]*/y;

// prettier-ignore
const PREDEFINED = /* @__PURE__ */ new Map([['amp', '&'], ['lt', '<'], ['gt', '>'], ['quot', '"'], ['apos', "'"]]);

/** Reads a whole document. Returns `undefined` if saxes must read it. */
export function readFastXml(
  text: string,
  settings: Settings,
  onNotification: OnNotification,
): PostbackResult[] | undefined {
  const start = text.startsWith('<?') ? (DECLARATION.exec(text)?.[0].length ?? 0) : 0;
  // First: these documents must not lose time.
  if (hasMarkup(text, '!', start) || hasMarkup(text, '?', start) || text.includes(']]>')) return undefined;
  return unlessGivenUp(() => new FastXmlReader(text, start, new FastNotifications(settings, onNotification)).read());
}

/** Whether a `<` with this character behind it occurs. Most texts contain neither, and `<` very often. */
function hasMarkup(text: string, character: string, from: number): boolean {
  for (let at = text.indexOf(character, from); at !== -1; at = text.indexOf(character, at + 1))
    if (text.charCodeAt(at - 1) === LESS_THAN) return true;
  return false;
}

class FastXmlReader {
  readonly #text: string;
  readonly #hasReferences: boolean;
  readonly #notifications: FastNotifications;
  #at: number;

  constructor(text: string, start: number, notifications: FastNotifications) {
    this.#text = text;
    this.#at = start;
    // Most documents have none.
    this.#hasReferences = text.includes('&');
    this.#notifications = notifications;
  }

  read(): PostbackResult[] {
    this.#skipSpace();
    const root = this.#startTag();
    if (wordNamed(root) !== POSTBACK) giveUp();
    const postback: Section = { name: root, around: undefined, offset: 0 };
    this.#skipSpace();
    const name = this.#notificationTag();
    if (name === undefined) this.#fields(this.#notifications.begin(postback, []), true);
    else this.#bundle(postback, name);
    this.#endTag(root);
    this.#skipSpace();
    if (this.#at < this.#text.length) giveUp();
    return this.#notifications.results;
  }

  /** Reads the notifications of a bundle, from the attributes of the first one on. */
  #bundle(postback: Section, first: string): void {
    for (let name: string | undefined = first; name !== undefined; name = this.#notificationTag()) {
      const ordinal = this.#notifications.results.length + 1;
      const section = { name, around: postback, ordinal, offset: 0 };
      const attributes = this.#attributes();
      this.#skip(GREATER_THAN);
      this.#fields(this.#notifications.begin(section, attributes), false);
      this.#endTag(name);
      this.#skipSpace();
    }
  }

  /** Skips the start of a NOTIFICATION's tag, without its attributes. Returns its name. */
  #notificationTag(): string | undefined {
    const from = this.#at + 1;
    const to = from + NOTIFICATION.names[0].length;
    const known = spelledAt(this.#text, from, to);
    if (known?.word !== NOTIFICATION || this.#text.charCodeAt(from - 1) !== LESS_THAN) return undefined;
    this.#at = to;
    return known.name;
  }

  #name(): string {
    const from = this.#at;
    NAME.lastIndex = from;
    if (!NAME.test(this.#text)) giveUp();
    this.#at = NAME.lastIndex;
    return this.#text.slice(from, this.#at);
  }

  /** Reads attributes, up to the end of the tag. */
  #attributes(): Attribute[] {
    const text = this.#text;
    const attributes: Attribute[] = [];
    for (;;) {
      const before = this.#at;
      this.#skipSpace();
      const code = text.charCodeAt(this.#at);
      if (code === GREATER_THAN || code === SLASH) return attributes;
      const name = this.#name();
      // Comparing each with all others would take quadratic time.
      const isUnusual = this.#at - name.length === before || attributes.length === MAX_ATTRIBUTES;
      if (isUnusual || attributes.some((other) => other.name === name)) giveUp();
      this.#skip(EQUALS);
      this.#skip(DOUBLE_QUOTE);
      PLAIN_VALUE.lastIndex = this.#at;
      PLAIN_VALUE.test(text);
      attributes.push({ name, value: text.slice(this.#at, PLAIN_VALUE.lastIndex) });
      this.#at = PLAIN_VALUE.lastIndex;
      this.#skip(DOUBLE_QUOTE);
    }
  }

  /** Reads the fields of a notification. */
  #fields(notification: RawNotification, areInRoot: boolean): void {
    let hasBody = false;
    while (!this.#readsElements(notification, undefined)) {
      const name = this.#startTag();
      if (wordNamed(name) !== BODY || hasBody) giveUp();
      hasBody = true;
      if (!this.#readsElements(notification, undefined)) giveUp();
      this.#endTag(name);
    }
    // Fields and NOTIFICATION elements do not mix.
    if (areInRoot && (notification.words & NOTIFICATION.bit) !== 0) giveUp();
    this.#notifications.end(notification);
  }

  /** Reads elements up to an end tag. Returns `false` at BODY. */
  #readsElements(notification: RawNotification, list: RawElement | undefined): boolean {
    for (;;) {
      while (this.#readsPlainElement(notification, list));
      this.#skipSpace();
      if (this.#isEndTag()) return true;
      const from = this.#at + 1;
      const known = spelledAt(this.#text, from, this.#text.indexOf('>', from));
      if (known?.word === BODY) return false;
      if (known?.word.items !== undefined && list === undefined) {
        this.#startTag();
        const { name, word } = known;
        if (!this.#readsElements(notification, this.#notifications.add(notification, list, name, word, ''))) giveUp();
        this.#endTag(name);
      } else {
        this.#readElement(notification, list);
      }
    }
  }

  /** Reads an element that is empty, has attributes, or unusual characters. */
  #readElement(notification: RawNotification, list: RawElement | undefined): void {
    this.#skip(LESS_THAN);
    const name = this.#name();
    const attributes = this.#attributes();
    const word = wordNamed(name);
    if (word === BODY) giveUp();
    const isEmpty = this.#text.charCodeAt(this.#at) === SLASH;
    if (isEmpty) this.#at++;
    this.#skip(GREATER_THAN);
    const text = isEmpty ? '' : this.#textBefore(name);
    this.#notifications.add(notification, list, name, word, text, attributes);
  }

  /** Reads an element with plain text, if that is next. */
  #readsPlainElement(notification: RawNotification, list: RawElement | undefined): boolean {
    const text = this.#text;
    PLAIN.lastIndex = this.#at;
    if (!PLAIN.test(text)) return false;
    const from = text.indexOf('<', this.#at) + 1;
    const to = text.indexOf('>', from);
    this.#at = PLAIN.lastIndex;
    const known = spelledAt(text, from, to);
    const name = known?.name ?? text.slice(from, to);
    const word = known === undefined ? wordNamed(name) : known.word;
    const content = text.slice(to + 1, this.#at - (to - from) - '</>'.length);
    if (word === BODY) giveUp();
    const hasReferences = this.#hasReferences && content.includes('&');
    this.#notifications.add(notification, list, name, word, hasReferences ? withoutReferences(content) : content);
    return true;
  }

  /** Reads text and its end tag. */
  #textBefore(name: string): string {
    const end = this.#text.indexOf('<', this.#at);
    if (end === -1) giveUp();
    const content = this.#text.slice(this.#at, end);
    this.#at = end;
    this.#endTag(name);
    return decoded(content);
  }

  #isEndTag(): boolean {
    return this.#text.charCodeAt(this.#at + 1) === SLASH;
  }

  /** Skips a start tag without attributes. Returns its name, which is not checked. */
  #startTag(): string {
    const text = this.#text;
    const from = this.#at + 1;
    const end = text.indexOf('>', from);
    if (text.charCodeAt(from - 1) !== LESS_THAN || end === -1) giveUp();
    this.#at = end + 1;
    return text.slice(from, end);
  }

  #endTag(name: string): void {
    const text = this.#text;
    const from = this.#at + 2;
    const end = from + name.length;
    const isEndTag = text.charCodeAt(from - 2) === LESS_THAN && text.charCodeAt(from - 1) === SLASH;
    if (!isEndTag || text.slice(from, end) !== name || text.charCodeAt(end) !== GREATER_THAN) giveUp();
    this.#at = end + 1;
  }

  #skip(character: number): void {
    if (this.#text.charCodeAt(this.#at++) !== character) giveUp();
  }

  #skipSpace(): void {
    const text = this.#text;
    let at = this.#at;
    while (isXmlWhitespace(text.charCodeAt(at))) at++;
    this.#at = at;
  }
}

/** Text with other line ends or surrogates, as XML means it. */
function decoded(text: string): string {
  if (searchFrom(text, FORBIDDEN, 0) !== -1) giveUp();
  // https://www.w3.org/TR/xml/#sec-line-ends
  return withoutReferences(text.replace(/\r\n?/g, '\n'));
}

function withoutReferences(text: string): string {
  let result = '';
  let from = 0;
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', from)) {
    const end = text.indexOf(';', at);
    const name = end === -1 ? giveUp() : text.slice(at + 1, end);
    result += text.slice(from, at) + (PREDEFINED.get(name) ?? referred(name));
    from = end + 1;
  }
  return result + text.slice(from);
}

/** The character of a character reference. */
function referred(name: string): string {
  const [, hexadecimal, decimal] = /^#(?:x([\dA-Fa-f]{1,6})|(\d{1,7}))$/.exec(name) ?? giveUp();
  const code = hexadecimal === undefined ? Number(decimal) : parseInt(hexadecimal, 16);
  return isAllowed(code) ? String.fromCodePoint(code) : giveUp();
}
