// The fast lane for XML as providers write it: one pass over the text, without tokens and positions.
// docs/architecture.md, "Two lanes".

import type { PostbackResult } from '../errors.ts';
import type { Settings } from '../options.ts';
import { BODY, NOTIFICATION, POSTBACK, spelledAt, spellingsLike, wordNamed } from '../protocol/vocabulary.ts';
import type { Spelling } from '../protocol/vocabulary.ts';
import type { OnNotification } from './assembler.ts';
import { FastReader, giveUp, unlessGivenUp } from './fast-lane.ts';
import type { Attribute, RawElement, RawNotification, Section } from './raw-notification.ts';
import { FORBIDDEN, isAllowed } from './xml-grammar.ts';
import { searchFrom } from './xml-marks.ts';

const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
const SLASH = 0x2f;

const MAX_ATTRIBUTES = 8;

const DECLARATION =
  /^<\?xml version=(["'])1\.0\1(?: encoding=(["'])[A-Za-z][\w-]*\2)?(?: standalone=(["'])(?:yes|no)\3)? ?\?>/;
// Names without the colon, and without letters that are not ASCII.
const NAME = /[A-Za-z_][\w.-]*/y;
// In values, white space other than blanks becomes a blank: https://www.w3.org/TR/xml/#AVNormalize
// eslint-disable-next-line no-control-regex -- XML forbids them
const ATTRIBUTE = /[\t\n\r ]+[A-Za-z_][\w.-]*="[^"<&\0-\x1F\uD800-\uDFFF\uFFFE\uFFFF]*"/y;

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
  return unlessGivenUp(() => new FastXmlReader(text, start, settings, onNotification).read());
}

/** Whether a `<` with this character behind it occurs. Most texts contain neither, and `<` very often. */
function hasMarkup(text: string, character: string, from: number): boolean {
  for (let at = text.indexOf(character, from); at !== -1; at = text.indexOf(character, at + 1))
    if (text.charCodeAt(at - 1) === LESS_THAN) return true;
  return false;
}

class FastXmlReader extends FastReader {
  // Most documents have none.
  readonly #hasReferences = this.text.includes('&');

  read(): PostbackResult[] {
    this.#nextTag();
    const root = this.#usual();
    if (root?.word !== POSTBACK) giveUp();
    const postback: Section = { name: root.name, around: undefined, offset: 0 };
    if (!this.#bundle(postback)) this.#fields(this.notifications.begin(postback, []));
    this.#endTag(root.name);
    this.skipSpace();
    if (this.at < this.text.length) giveUp();
    return this.notifications.results;
  }

  /** Reads the notifications of a bundle. Returns `false` if the document is not a bundle. */
  #bundle(postback: Section): boolean {
    const text = this.text;
    for (let ordinal = 1; ; ordinal++) {
      const to = this.at + NOTIFICATION.names[0].length;
      const spelling = spelledAt(text, this.at, to);
      if (spelling?.word !== NOTIFICATION) return ordinal > 1;
      this.at = to;
      const section = { name: spelling.name, around: postback, ordinal, offset: 0 };
      const attributes = this.#attributes();
      this.skip(GREATER_THAN);
      this.#nextTag();
      this.#fields(this.notifications.begin(section, attributes));
      this.#endOf(spelling);
    }
  }

  #name(): string {
    const from = this.at;
    NAME.lastIndex = from;
    if (!NAME.test(this.text)) giveUp();
    this.at = NAME.lastIndex;
    return this.text.slice(from, this.at);
  }

  /** Reads attributes, up to the end of the tag. */
  #attributes(): Attribute[] {
    const text = this.text;
    const attributes: Attribute[] = [];
    ATTRIBUTE.lastIndex = this.at;
    while (ATTRIBUTE.test(text)) {
      this.skipSpace();
      const equals = text.indexOf('=', this.at);
      const name = text.slice(this.at, equals);
      // Comparing each with all others would take quadratic time.
      if (attributes.length === MAX_ATTRIBUTES || attributes.some((other) => other.name === name)) giveUp();
      this.at = ATTRIBUTE.lastIndex;
      attributes.push({ name, value: text.slice(equals + 2, this.at - 1) });
    }
    this.skipSpace();
    return attributes;
  }

  /** Reads the fields of a notification. */
  #fields(notification: RawNotification): void {
    const body = this.#elements(notification, undefined);
    if (body !== undefined) {
      if (this.#elements(notification, undefined) !== undefined) giveUp();
      this.#endOf(body);
      if (this.#elements(notification, undefined) !== undefined) giveUp();
    }
    this.notifications.end(notification);
  }

  /** Reads elements up to an end tag, or up to the first element in BODY. Returns how BODY was spelled. */
  #elements(notification: RawNotification, list: RawElement | undefined): Spelling | undefined {
    const text = this.text;
    for (;;) {
      const from = this.at;
      if (text.charCodeAt(from) === SLASH) return undefined;
      const spelling = this.#usual();
      if (spelling === undefined) {
        this.#unusualElement(notification, list);
        continue;
      }
      const { name, word } = spelling;
      if (!word.isContainer) {
        const start = from + name.length + 1;
        const content = text.slice(start, text.indexOf('<', start));
        const plain = this.#hasReferences ? withoutReferences(content) : content;
        this.notifications.add(notification, list, name, word, plain);
      } else if (list !== undefined) {
        giveUp();
      } else if (word.items !== undefined) {
        this.#elements(notification, this.notifications.add(notification, list, name, word, ''));
        this.#endOf(spelling);
      } else {
        return word === BODY ? spelling : giveUp();
      }
    }
  }

  /** Skips the text and the tags that a word's pattern finds. */
  #usual(): Spelling | undefined {
    const text = this.text;
    for (const spelling of spellingsLike(text, this.at)) {
      const { pattern } = spelling;
      pattern.lastIndex = this.at;
      if (!pattern.test(text)) continue;
      this.at = pattern.lastIndex;
      return spelling;
    }
    return undefined;
  }

  /** Skips the end tag of a container. */
  #endOf({ pattern }: Spelling): void {
    this.skip(SLASH);
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) giveUp();
    this.at = pattern.lastIndex;
  }

  /** Reads an element that is unknown or empty, or has attributes or unusual characters. */
  #unusualElement(notification: RawNotification, list: RawElement | undefined): void {
    const text = this.text;
    const name = this.#name();
    const attributes = this.#attributes();
    const word = wordNamed(name);
    const isEmpty = text.charCodeAt(this.at) === SLASH;
    if (isEmpty) this.at++;
    this.skip(GREATER_THAN);
    if (word?.isContainer === true && word.items === undefined) giveUp();
    this.notifications.add(notification, list, name, word, isEmpty ? '' : this.#textBefore(name), attributes);
    this.#nextTag();
  }

  /** Reads text and its end tag. */
  #textBefore(name: string): string {
    const end = this.text.indexOf('<', this.at);
    if (end === -1) giveUp();
    const content = this.text.slice(this.at, end);
    this.at = end + 1;
    this.#endTag(name);
    return decoded(content);
  }

  /** Skips the rest of an end tag. */
  #endTag(name: string): void {
    this.skip(SLASH);
    const from = this.at;
    this.at += name.length;
    if (this.text.slice(from, this.at) !== name) giveUp();
    this.skip(GREATER_THAN);
  }

  /** Skips white space and the start of a tag. */
  #nextTag(): void {
    this.skipSpace();
    this.skip(LESS_THAN);
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
