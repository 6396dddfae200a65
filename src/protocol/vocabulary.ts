// The names on the wire, in one table. Source: docs/protocol.md, "Vocabulary".

/** Something that has a name on the wire. */
export interface Word {
  /** Its names in the providers' documents. The first one is used if none was sent. */
  readonly names: readonly [string, ...string[]];
  /** The word of its items, if it is a list. */
  readonly items?: Word;
  /** Its number, from 0 on. */
  readonly index: number;
  /** A bit of its own: a set of words is stored as one number. There can be 31 words. */
  readonly bit: number;
}

/** The bit of all names that are not words. */
export const NO_WORD_BIT: number = 1 << 31;

/** A word's name as it is usually written: in capital letters, or in lower case. */
interface Spelling {
  readonly name: string;
  readonly word: Word;
}

/** A word whose element contains items. */
export interface List extends Word {
  readonly items: Word;
}

let count = 0;
// Every name in the spellings that are usually sent. A Map would be slower: hashing a new string takes three times as
// long as comparing it with the one or two names in its slot.
const bySlot: (readonly Spelling[] | undefined)[] = [];
const byFoldedName = new Map<string, Word>();

function word(...names: Word['names']): Word {
  const index = count++;
  const known = { names, index, bit: 1 << index };
  for (const name of names) {
    byFoldedName.set(fold(name), known);
    for (const spelling of [name.toUpperCase(), name.toLowerCase()]) {
      const slot = slotOf(spelling.length, spelling.charCodeAt(0));
      bySlot[slot] = [...(bySlot[slot] ?? []), { name: spelling, word: known }];
    }
  }
  return known;
}

function list(items: Word, ...names: Word['names']): List {
  return Object.assign(word(...names), { items });
}

export const POSTBACK: Word = word('POSTBACK');
export const NOTIFICATION: Word = word('NOTIFICATION');
/** Contains the fields of a notification in the oldest generation. It has no other meaning. */
export const BODY: Word = word('BODY');

export const ORIGIN: Word = word('ORIGIN');
export const CODE: Word = word('CODE');
export const FROM: Word = word('FROM');
export const TO: Word = word('TO');
export const TEXT: Word = word('TEXT', 'message-text');
export const RECEIVED: Word = word('RECEIVED');
export const TIMESTAMP: Word = word('TIMESTAMP');
export const TRANSACTION_ID: Word = word('TRANSACTIONID', 'transaction-id');
export const TRACKING_ID: Word = word('TRACKINGID', 'tracking-id');
export const KEYWORD: Word = word('KEYWORD');
export const SUBJECT: Word = word('SUBJECT', 'message-subject');
export const SPID: Word = word('SPID');
export const OPERATOR_ID: Word = word('OPERATORID', 'operator-id');
export const FILE: Word = word('FILE');
export const CONTENT: List = list(FILE, 'CONTENT');
export const NUMBER: Word = word('NUMBER');
export const COPY_TO: List = list(NUMBER, 'COPYTO', 'copy-to');

// Attributes of NOTIFICATION.
export const ID: Word = word('ID');
export const CREATED: Word = word('CREATED');

function slotOf(length: number, first: number): number {
  return 32 * length + first;
}

function wordSpelled(name: string): Word | undefined {
  return spelledAt(name, 0, name.length)?.word;
}

/** The name between two indices of a text, if it is one in a usual spelling. */
export function spelledAt(text: string, from: number, to: number): Spelling | undefined {
  const sharing = bySlot[slotOf(to - from, text.charCodeAt(from))];
  if (sharing === undefined) return undefined;
  for (const spelling of sharing) if (isAt(text, from, spelling.name)) return spelling;
  return undefined;
}

/** Compares one character after the other: V8 compares strings slowly if only one of them has non-Latin characters. */
function isAt(text: string, from: number, name: string): boolean {
  for (let n = 0; n < name.length; n++) if (text.charCodeAt(from + n) !== name.charCodeAt(n)) return false;
  return true;
}

/** Finds the word for a name, if there is one. Case, `-` and `_` are ignored. */
export function wordNamed(name: string): Word | undefined {
  return wordSpelled(name) ?? byFoldedName.get(fold(name));
}

/** A word's name in the newer generations: in lower case, parts joined by `-`. */
export function kebabName({ names }: Word): string {
  return (names[1] ?? names[0]).toLowerCase();
}

/** A name as messages and paths may show it: a name of the vocabulary, or `*`. */
export function shownName(name: string): string {
  return wordSpelled(name) !== undefined ? name : (wordNamed(name)?.names[0] ?? '*');
}

/** In upper case (only ASCII letters: `ı` does not become `I`), without `-` and `_`. */
function fold(name: string): string {
  return name.replace(/[-_]+/g, '').replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}
