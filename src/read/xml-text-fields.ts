// What a `<` in a field with the sender's words means, in a second reading: docs/protocol.md, "What `recover` repairs".

import { NOTIFICATION, wordNamed } from '../protocol/vocabulary.ts';
import type { Word } from '../protocol/vocabulary.ts';
import type { Section } from './raw-notification.ts';
import type { SourceText } from './source-text.ts';
import { FORBIDDEN } from './xml-grammar.ts';
import type { HeldUntil } from './xml-held-text.ts';
import { searchFrom } from './xml-marks.ts';

/** A field that holds the sender's words. */
export class TextField {
  /** The offset of its start tag. */
  readonly offset: number;
  readonly text: SourceText;
  readonly #section: Section;
  // Its end tag without white space and the `>`.
  readonly #endTag: string;
  // Its end, or -1, and where the search for it goes on when more text has arrived: work must stay linear.
  #end = -1;
  #searched = 0;
  // The same for a character that XML forbids.
  #forbidden = -1;
  #searchedForbidden = 0;

  constructor(name: string, offset: number, section: Section, text: SourceText) {
    this.offset = offset;
    this.text = text;
    this.#section = section;
    this.#endTag = `</${name}`;
  }

  /** Whether it contains a `<` other than that of its end tag. */
  get containsMarkup(): boolean {
    const tagEnd = this.text.indexOf('>', this.offset);
    const next = tagEnd === -1 ? -1 : this.text.indexOf('<', tagEnd);
    return next !== -1 && !this.#isEnd(next);
  }

  /** Whether an element with this name, in any spelling, is open around the field. */
  isOpenAround(name: string): boolean {
    const word = wordNamed(name);
    return word !== undefined && this.#around(word) !== undefined;
  }

  /** Whether a start tag with this name starts the next notification: it is written like the one around the field. */
  isNextNotification(name: string): boolean {
    return this.#around(NOTIFICATION)?.name === name;
  }

  #around(word: Word): Section | undefined {
    let section: Section | undefined = this.#section;
    while (section !== undefined && wordNamed(String(section.name)) !== word) section = section.around;
    return section;
  }

  /** The offset of its end tag, from an offset on, which never goes back. -1 if that has not arrived. */
  endFrom(from: number): number {
    if (this.#end < from) this.#end = this.#findEnd(Math.max(from, this.#searched));
    return this.#end;
  }

  /** Whether there is a character that XML forbids between two offsets. `from` never goes back. */
  hasForbidden(from: number, to: number): boolean {
    if (this.#forbidden < from) {
      const start = Math.max(from, this.#searchedForbidden);
      const at = searchFrom(this.text.slice(start, to), FORBIDDEN, 0);
      this.#forbidden = at === -1 ? -1 : start + at;
      this.#searchedForbidden = Math.max(start, to);
    }
    return this.#forbidden !== -1 && this.#forbidden < to;
  }

  #findEnd(from: number): number {
    for (let at = this.text.find(this.#endTag, from); at !== -1; at = this.text.find(this.#endTag, at + 1)) {
      this.#searched = at;
      if (this.#isEnd(at)) return at;
      // More white space, or the `>`, may follow.
      if (at + this.#endTag.length + MAX_BLANKS >= this.text.end) break;
    }
    return -1;
  }

  #isEnd(at: number): boolean {
    const tag = this.text.slice(at, at + this.#endTag.length + MAX_BLANKS + 1);
    return tag.startsWith(this.#endTag) && AFTER_NAME.test(tag.slice(this.#endTag.length));
  }
}

/**
 * What a `<` starts: the field's end tag, or a construct that ends within the field (`'markup'`); the end of an element
 * around the field, or the next notification (`'end of container'`); or nothing (`'stray'`). `'undecided'`: a few
 * characters more are needed. A function: much more text may be needed.
 */
export type Markup = 'markup' | 'end of container' | 'stray' | 'undecided' | HeldUntil;

// The limits keep work linear when a tag arrives in small chunks. Longer names are not those of the protocol, and what
// has more white space counts as an end tag: it must not be taken for the sender's words.
const MAX_BLANKS = 256;
const AFTER_NAME = /^(?:[\t\n\r ]{0,256}>|[\t\n\r ]{257})/;
const TAG = /^<(?:\/([^\s<>/]{1,64})(?:[\t\n\r ]{0,256}>|[\t\n\r ]{257})|([^\s<>/]{1,64})[\t\n\r />])/;
const START_OF_TAG = /^<(?:\/[^\s<>/]{0,64}[\t\n\r ]{0,256}|[^\s<>/]{0,64})$/;
// https://www.w3.org/TR/xml/#NT-PI. Names with rarer letters are taken for the sender's words.
const LETTERS = /* @__PURE__ */ String.raw`:A-Z_\xC0-\xD6\xD8-\xF6\xF8-\u02FF\u0370-\u037D\u037F-\u1FFF\u3001-\uD7FF`;
const INSTRUCTION = /* @__PURE__ */ new RegExp(
  String.raw`^<\?(?!xml[\t\n\r ?])[${LETTERS}][${LETTERS}\-.\d\xB7]{0,63}(?=[\t\n\r ]|\?>)`,
  'i',
);

/** What is known about the text after a `<`. */
export interface Place {
  readonly offset: number;
  /** Whether the end of the scanned text is complete. */
  readonly isDecided: boolean;
  /** Whether all text has arrived. */
  readonly isLast: boolean;
}

/** `rest`: the text from the `<` on, as far as it is scanned. */
export function classifyMarkup(rest: string, field: TextField, place: Place): Markup {
  if (field.endFrom(place.offset) === place.offset) return 'markup';
  const [, endName, startName] = TAG.exec(rest) ?? [];
  if (endName !== undefined) return field.isOpenAround(endName) ? 'end of container' : 'stray';
  if (startName !== undefined && field.isNextNotification(startName)) return 'end of container';
  if (!place.isDecided && START_OF_TAG.test(rest)) return 'undecided';
  if (rest.startsWith('<!--')) return endsWithin(field, place, 4, '--', '>');
  if (rest.startsWith('<![CDATA[')) return endsWithin(field, place, 9, ']]>');
  if (INSTRUCTION.test(rest)) return endsWithin(field, place, 2, '?>');
  return 'stray';
}

/** Whether a construct ends before the field does. After its closer, `then` must follow. */
function endsWithin(
  field: TextField,
  { offset, isLast }: Place,
  startLength: number,
  closer: string,
  then = '',
): Markup {
  const from = offset + startLength;
  const end = field.text.find(closer, from);
  const fieldEnd = field.endFrom(from);
  if (fieldEnd !== -1 && (end === -1 || fieldEnd < end)) return 'stray';
  if (end === -1) return isLast ? 'stray' : () => field.text.find(closer, from) !== -1 || field.endFrom(from) !== -1;
  // In CDATA, it is repaired.
  if (closer !== ']]>' && field.hasForbidden(from, end)) return 'stray';
  const at = end + closer.length;
  const next = field.text.slice(at, at + then.length);
  if (next === then) return 'markup';
  return next === '' && !isLast ? 'undecided' : 'stray';
}
