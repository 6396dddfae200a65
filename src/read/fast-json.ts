// The fast lane for JSON as providers write it: one pass over the text, like fast-xml.ts. docs/architecture.md,
// "Two lanes".

import type { PostbackResult } from '../errors.ts';
import type { Settings } from '../options.ts';
import { spellingsLike, wordNamed } from '../protocol/vocabulary.ts';
import type { Word } from '../protocol/vocabulary.ts';
import type { OnNotification } from './assembler.ts';
import { FastReader, giveUp, unlessGivenUp } from './fast-lane.ts';
import { CLOSE_LIST, CLOSE_OBJECT, COLON, COMMA, OPEN_LIST, OPEN_OBJECT, QUOTE } from './json-characters.ts';
import type { RawElement, RawNotification, Section } from './raw-notification.ts';

// https://www.rfc-editor.org/rfc/rfc8259#section-7. JSON.parse checks the escapes.
// eslint-disable-next-line no-control-regex -- JSON forbids them
const STRING = /"[^"\\\0-\x1F]*(?:\\.[^"\\\0-\x1F]*)*"/y;
const NULL = 'null';

const SECTION: Section = { name: undefined, around: undefined, offset: 0 };

/** Reads a whole document. Returns `undefined` if the slow lane must read it. */
export function readFastJson(
  text: string,
  settings: Settings,
  onNotification: OnNotification,
): PostbackResult[] | undefined {
  if (!text.isWellFormed()) return undefined;
  return unlessGivenUp(() => new FastJsonReader(text, 0, settings, onNotification).read());
}

class FastJsonReader extends FastReader {
  /** The names of a notification that are not in the vocabulary. */
  #unknown: Set<string> | undefined;

  read(): PostbackResult[] {
    this.skipSpace();
    if (this.text.charCodeAt(this.at) === OPEN_LIST)
      this.#list(() => {
        this.#notification();
      });
    else this.#notification();
    this.skipSpace();
    if (this.at < this.text.length) giveUp();
    return this.notifications.results;
  }

  /** Reads a list that is not empty. */
  #list(item: () => void): void {
    this.skip(OPEN_LIST);
    do {
      this.skipSpace();
      item();
      this.skipSpace();
    } while (this.skips(COMMA));
    this.skip(CLOSE_LIST);
  }

  #notification(): void {
    const notification = this.notifications.begin(SECTION, []);
    this.#unknown = undefined;
    this.skip(OPEN_OBJECT);
    do {
      this.skipSpace();
      this.#member(notification, undefined);
    } while (this.skips(COMMA));
    this.skip(CLOSE_OBJECT);
    // No name may be there twice in an object.
    if (notification.repeated !== 0) giveUp();
    this.notifications.end(notification);
  }

  /** Reads a member, and the white space behind it. */
  #member(notification: RawNotification, list: RawElement | undefined): void {
    if (this.#usualMember(notification, list)) return;
    const name = this.#string();
    this.skipSpace();
    this.skip(COLON);
    this.skipSpace();
    const word = wordNamed(name);
    if (word === undefined && list === undefined) this.#checkUnknown(name);
    if (this.text.charCodeAt(this.at) === OPEN_LIST) this.#items(notification, list, name, word);
    else this.notifications.add(notification, list, name, word, this.#value());
    this.skipSpace();
  }

  #usualMember(notification: RawNotification, list: RawElement | undefined): boolean {
    const text = this.text;
    const from = this.at + 1;
    for (const { name, word, member } of spellingsLike(text, from)) {
      member.lastIndex = from;
      if (text.charCodeAt(from - 1) !== QUOTE || !member.test(text)) continue;
      this.at = member.lastIndex;
      const start = text.indexOf('"', from + name.length + 1) + 1;
      this.notifications.add(notification, list, name, word, text.slice(start, text.indexOf('"', start)));
      return true;
    }
    return false;
  }

  #items(notification: RawNotification, around: RawElement | undefined, name: string, word: Word | undefined): void {
    if (word?.items === undefined || around !== undefined) giveUp();
    const list = this.notifications.add(notification, undefined, name, word, '');
    this.#list(() => {
      this.skip(OPEN_OBJECT);
      this.skipSpace();
      this.#member(notification, list);
      this.skip(CLOSE_OBJECT);
    });
  }

  #checkUnknown(name: string): void {
    this.#unknown ??= new Set();
    if (this.#unknown.has(name)) giveUp();
    this.#unknown.add(name);
  }

  #value(): string {
    if (!this.text.startsWith(NULL, this.at)) return this.#string();
    this.at += NULL.length;
    return '';
  }

  #string(): string {
    STRING.lastIndex = this.at;
    if (!STRING.test(this.text)) giveUp();
    const string = this.text.slice(this.at, STRING.lastIndex);
    this.at = STRING.lastIndex;
    return string.includes('\\') ? unescaped(string) : string.slice(1, -1);
  }
}

/** What a string in quotes means. */
function unescaped(string: string): string {
  let text: string;
  try {
    text = JSON.parse(string) as string;
  } catch {
    return giveUp();
  }
  // With `recover`, NUL is replaced.
  return text.includes('\0') || !text.isWellFormed() ? giveUp() : text;
}
