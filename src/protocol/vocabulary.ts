// The names on the wire, in one table. Source: docs/protocol.md, "Vocabulary".

/** Something that has a name on the wire. */
export interface Word {
  /** Its names in the providers' documents. The first one is used if none was sent. */
  readonly names: readonly [string, ...string[]];
  /** The word of its items, if it is a list. */
  readonly items?: Word;
  /** A unique bit: a set of words is stored as one number. There can be 32 words. */
  readonly bit: number;
}

/** A word whose element contains items. */
export interface List extends Word {
  readonly items: Word;
}

let count = 0;
// Every name in the spellings that are usually sent. A Map would be slower: hashing a new string takes three times as
// long as comparing it with the one or two names in its slot.
const bySlot: (readonly (readonly [spelling: string, word: Word])[] | undefined)[] = [];
const byFoldedName = new Map<string, Word>();

function word(...names: Word['names']): Word {
  const known = { names, bit: 1 << count++ };
  for (const name of names) {
    byFoldedName.set(fold(name), known);
    for (const spelling of [name.toUpperCase(), name.toLowerCase()]) {
      bySlot[slotOf(spelling)] = [...(bySlot[slotOf(spelling)] ?? []), [spelling, known]];
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

function slotOf(name: string): number {
  return 32 * name.length + name.charCodeAt(0);
}

function wordSpelled(name: string): Word | undefined {
  const sharing = bySlot[slotOf(name)];
  if (sharing === undefined) return undefined;
  for (const [spelling, known] of sharing) if (spelling === name) return known;
  return undefined;
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
