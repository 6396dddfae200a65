// The fast lane for JSON: JSON.parse, if it hides nothing. docs/architecture.md, "Two lanes".

import type { PostbackResult } from '../errors.ts';
import type { Settings } from '../options.ts';
import { wordNamed } from '../protocol/vocabulary.ts';
import type { OnNotification } from './assembler.ts';
import { FastNotifications, giveUp, unlessGivenUp } from './fast-lane.ts';
import type { RawNotification, Section } from './raw-notification.ts';

// JSON.parse reads everything before a limit can be checked, and makes up to 30 bytes of each. In UTF-16 units.
const MAX_LENGTH = 64 * 1024;

const SECTION: Section = { name: undefined, around: undefined, offset: 0 };

/** Reads a whole document. Returns `undefined` if the slow lane must read it. */
export function readFastJson(
  text: string,
  settings: Settings,
  onNotification: OnNotification,
): PostbackResult[] | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  // Otherwise, each quote starts or ends a name or a string. With `recover`, NUL is replaced.
  if (text.includes('\\"') || text.includes('\\u0000')) return undefined;
  return unlessGivenUp(() => {
    const reader = new FastJsonReader(new FastNotifications(settings, onNotification));
    const results = reader.read(parsed(text));
    // Otherwise, a name was there twice.
    if (2 * reader.stringCount !== countOfQuotes(text)) giveUp();
    return results;
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return giveUp();
  }
}

function countOfQuotes(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) count++;
  return count;
}

class FastJsonReader {
  readonly #notifications: FastNotifications;
  /** How many names and strings were read. */
  stringCount = 0;

  constructor(notifications: FastNotifications) {
    this.#notifications = notifications;
  }

  read(document: unknown): PostbackResult[] {
    const objects = Array.isArray(document) ? (document as unknown[]) : [document];
    if (objects.length === 0) giveUp();
    for (const object of objects) this.#notification(object);
    return this.#notifications.results;
  }

  #notification(object: unknown): void {
    const notification = this.#notifications.begin(SECTION, []);
    const members = membersOf(object);
    for (const name of Object.keys(members)) this.#field(notification, name, members[name]);
    this.#notifications.end(notification);
  }

  #field(notification: RawNotification, name: string, value: unknown): void {
    this.#checkName(name);
    const word = wordNamed(name);
    if (!Array.isArray(value)) {
      this.#notifications.add(notification, undefined, name, word, this.#text(value));
      return;
    }
    const { items } = word ?? {};
    if (items === undefined || value.length === 0) giveUp();
    const list = this.#notifications.add(notification, undefined, name, word, '');
    for (const item of value as unknown[]) {
      const members = membersOf(item);
      // If there are more, the strings are too few.
      const [itemName = giveUp()] = Object.keys(members);
      this.#checkName(itemName);
      this.#notifications.add(notification, list, itemName, wordNamed(itemName), this.#text(members[itemName]));
    }
  }

  /** Gives up at a name that JavaScript treats in its own way: the order of indices changes. */
  #checkName(name: string): void {
    if (name === '__proto__' || /^\d/.test(name) || !name.isWellFormed()) giveUp();
    this.stringCount++;
  }

  #text(value: unknown): string {
    if (value === null) return '';
    if (typeof value !== 'string' || !value.isWellFormed()) giveUp();
    this.stringCount++;
    return value;
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) giveUp();
  return value as Readonly<Record<string, unknown>>;
}
