// JSON text -> notifications: a document is an object, or a list of objects, each a notification. Finds where each of
// them ends in the text that has arrived, so that it can be read, and interpreted, before the rest of the list is
// there.

import type { PostbackWarning } from '../errors.ts';
import type { Settings } from '../options.ts';
import { isXmlWhitespace } from '../protocol/xml-whitespace.ts';
import type { Assembler } from './assembler.ts';
import { malformedJson, tooDeep, truncatedJson, UNEXPECTED } from './json-errors.ts';
import { JsonNotificationReader } from './json-notification.ts';
import { BACKSLASH, CLOSE_LIST, CLOSE_OBJECT, COMMA, OPEN_LIST, OPEN_OBJECT, QUOTE } from './json-characters.ts';
import type { RawNotification } from './raw-notification.ts';
import type { SourceText } from './source-text.ts';
import type { Tokenizer } from './tokenizer.ts';

const BYTE_ORDER_MARK = 0xfeff;
const SPACE = 0x20;

/** Whether a document that starts with this character is read as JSON. */
export function startsJson(character: number): boolean {
  return character === OPEN_OBJECT || character === OPEN_LIST;
}

/** What may come next outside the notifications. */
type Expected = 'document' | 'item or end' | 'item' | 'comma or end' | 'nothing';

/** Reads one document that is JSON. */
export class JsonReader implements Tokenizer {
  readonly #maxDepth: number;
  readonly #recover: boolean;
  readonly #source: SourceText;
  readonly #assembler: Assembler;
  readonly #notifications: JsonNotificationReader;
  #expected: Expected = 'document';
  #isList = false;
  #listOffset = 0;

  // How deep the text has come in the notification that is arriving, and whether it is in a string.
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  constructor({ maxDepth, recover }: Settings, source: SourceText, assembler: Assembler) {
    this.#maxDepth = maxDepth;
    this.#recover = recover;
    this.#source = source;
    this.#assembler = assembler;
    this.#notifications = new JsonNotificationReader({ maxDepth, recover }, source, assembler);
  }

  /** A JSON document is read only when it is complete, so there is no other reading. */
  recoverFrom(error: unknown): never {
    throw error;
  }

  repaired(code: PostbackWarning['code'], offset: number): void {
    this.#notifications.foreign.push({ code, offset });
  }

  write(text: string): void {
    const base = this.#source.end;
    this.#source.push(text);
    for (let at = 0; at < text.length;) {
      const { notification } = this.#assembler;
      if (notification !== undefined) {
        at = this.#inNotification(notification, text, at, base);
      } else {
        const code = text.charCodeAt(at);
        if (!isXmlWhitespace(code)) this.#outside(code, base + at);
        at++;
      }
    }
  }

  end(): void {
    const { notification, ordinal } = this.#assembler;
    const { end } = this.#source;
    // Reports that it is incomplete.
    if (notification !== undefined) this.#notifications.read(notification, end, this.#outerDepth);
    if (this.#expected !== 'nothing') {
      throw truncatedJson(this.#assembler, end, '"]"');
    }
    if (ordinal > 0) return;
    throw this.#assembler.error({
      code: 'NO_NOTIFICATION',
      offset: this.#listOffset,
      problem: 'The list is empty',
      expected: 'objects, each a notification',
    });
  }

  /** The depth at which notifications start. */
  get #outerDepth(): number {
    return this.#isList ? 1 : 0;
  }

  /** A character outside the notifications. */
  #outside(code: number, offset: number): void {
    if (this.#recover && this.#isIgnored(code, offset)) return;
    const expected = this.#expected;
    if (expected === 'nothing') {
      throw malformedJson(this.#assembler, offset, UNEXPECTED, 'nothing after the end of the document');
    }
    if (code === OPEN_LIST && expected === 'document') {
      this.#isList = true;
      this.#listOffset = offset;
      this.#depth = 1;
      this.#expected = 'item or end';
    } else if (code === CLOSE_LIST && expected !== 'item') {
      this.#expected = 'nothing';
    } else if (expected === 'comma or end') {
      if (code !== COMMA) throw malformedJson(this.#assembler, offset, UNEXPECTED, '"," or "]"');
      this.#expected = 'item';
    } else {
      this.#atItem(code, offset);
    }
  }

  /** A second byte order mark before the document, or a control character after it. */
  #isIgnored(code: number, offset: number): boolean {
    if (code === BYTE_ORDER_MARK && this.#expected === 'document') {
      if (this.#assembler.takeRepair()) this.#assembler.repaired('OUTSIDE_DOCUMENT', offset);
      return true;
    }
    return code < SPACE && this.#expected === 'nothing';
  }

  #atItem(code: number, offset: number): void {
    if (code === OPEN_OBJECT) {
      this.#openNotification(offset);
    } else if (/["[\d\-tfn]/.test(String.fromCharCode(code))) {
      throw this.#assembler.error({
        code: 'NOT_A_POSTBACK',
        offset,
        path: this.#nextPath,
        problem: 'List item is not a notification',
        expected: 'an object',
      });
    } else {
      throw malformedJson(this.#assembler, offset, UNEXPECTED, 'an object');
    }
  }

  #openNotification(offset: number): void {
    if (this.#depth === this.#maxDepth) throw tooDeep(this.#assembler, this.#maxDepth, offset, this.#nextPath);
    this.#depth++;
    const ordinal = this.#isList ? this.#assembler.ordinal + 1 : undefined;
    this.#assembler.enter({ name: undefined, around: undefined, ordinal, offset });
    this.#assembler.begin();
    this.#expected = this.#isList ? 'comma or end' : 'nothing';
  }

  /** The path of the next item of the list. */
  get #nextPath(): string {
    return `[${this.#assembler.ordinal}]`;
  }

  /** Looks for the end of the notification that is arriving, and reads it there. Returns how far it has looked. */
  #inNotification(notification: RawNotification, text: string, from: number, base: number): number {
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (code === BACKSLASH) this.#isEscaped = true;
        else if (code === QUOTE) this.#isInString = false;
      } else if (code === QUOTE) {
        this.#isInString = true;
      } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
        // Reports TOO_DEEP, or an earlier error.
        if (this.#depth === this.#maxDepth) this.#read(notification, base + at + 1);
        this.#depth++;
      } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
        if (--this.#depth > this.#outerDepth) continue;
        this.#read(notification, base + at + 1);
        return at + 1;
      }
    }
    return text.length;
  }

  #read(notification: RawNotification, end: number): void {
    this.#notifications.read(notification, end, this.#outerDepth);
    this.#assembler.push(this.#assembler.end(notification, end));
    this.#assembler.leave();
  }
}
