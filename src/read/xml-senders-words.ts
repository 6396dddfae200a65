// The fields of a notification that hold the sender's words: only there may a `<` be the sender's own.

import { KEYWORD, SUBJECT, TEXT } from '../protocol/vocabulary.ts';
import type { Word } from '../protocol/vocabulary.ts';
import type { SourceText } from './source-text.ts';
import type { TextField } from './xml-text-fields.ts';

/** Whether fields of this name hold the sender's words. */
export function holdsSendersWords(word: Word | undefined): boolean {
  return word === TEXT || word === SUBJECT || word === KEYWORD;
}

/** Remembers these fields of one notification, also after a fault, when elements are ignored. */
export class SendersWords {
  #fields: TextField[] = [];
  // The depth of the last one if it is open, otherwise 0.
  #openDepth = 0;

  /** Goes on with another notification. */
  forget(): void {
    this.#fields = [];
  }

  open(field: TextField, depth: number): void {
    this.#fields.push(field);
    this.#openDepth = depth;
  }

  /** An element at a depth was closed. */
  close(depth: number): void {
    if (depth === this.#openDepth) this.#openDepth = 0;
  }

  /** The field that is open at a depth. */
  fieldAt(depth: number): TextField | undefined {
    return depth === this.#openDepth ? this.#fields.at(-1) : undefined;
  }

  /** Whether a field contains a `<` other than that of its end tag. */
  get containMarkup(): boolean {
    return this.#fields.some(({ containsMarkup }) => containsMarkup);
  }
}

/** Whether the tag that ends before an offset is the end tag of an element. saxes has not compared the names yet. */
export function isEndTag(source: SourceText, name: string, end: number): boolean {
  let text = '';
  // A tag may contain much white space.
  for (let length = name.length + 64; !text.includes('<') && text.length < end; length *= 2) {
    text = source.slice(Math.max(0, end - length), end);
  }
  const tag = text.slice(text.lastIndexOf('<')).replace(/[\t\n\r ]*>$/, '');
  return tag === `</${name}` || tag.endsWith('/');
}
