// The names on the wire, in one table. Source: docs/protocol.md, "Vocabulary".

/** Something that has a name on the wire. */
export interface Word {
  /** Its names in the providers' documents. The first one is used if none was sent. */
  readonly names: readonly [string, ...string[]];
  /** The word of its items, if it is a list. */
  readonly items: Word | undefined;
  /** Whether its XML element contains elements instead of text. */
  readonly isContainer: boolean;
  /** Its number, from 0 on. */
  readonly index: number;
  /** A bit of its own: a set of words is stored as one number. There can be 31 words. */
  readonly bit: number;
}

/** The bit of all names that are not words. */
export const NO_WORD_BIT: number = 1 << 31;

/** A word's name as it is usually written: in capital letters, or in lower case. */
export interface Spelling {
  readonly name: string;
  readonly word: Word;
  /** The name as a pattern: V8 compares strings slowly if only one of them has characters of two bytes. */
  readonly start: RegExp;
  /**
   * Finds an XML element with this name and plain text, from its name up to the start of the next tag. For a container:
   * only one of its tags.
   */
  readonly pattern: RegExp;
  /** Finds a member of a JSON object with this name and plain text, from its name up to what is behind it. */
  readonly member: RegExp;
}

/** A word whose element contains items. */
export interface List extends Word {
  readonly items: Word;
}

let count = 0;
// Every name in the spellings that are usually sent, by its first two letters. A Map would be slower: hashing a new
// string takes three times as long as comparing it with the one or two names in its slot.
const bySlot: (readonly Spelling[] | undefined)[] = new Array<undefined>(64 * 32).fill(undefined);
const NO_SPELLINGS: readonly Spelling[] = [];
const byFoldedName = new Map<string, Word>();

function word(...names: Word['names']): Word {
  return add(names, false, undefined);
}

function container(name: string): Word {
  return add([name], true, undefined);
}

function list(items: Word, ...names: Word['names']): List {
  return add(names, true, items);
}

function add<Items extends Word | undefined>(names: Word['names'], isContainer: boolean, items: Items) {
  const index = count++;
  // Without a spread, whose results would have different hidden classes: that took 7 % of the time.
  const known = { names, items, isContainer, index, bit: 1 << index };
  for (const name of names) {
    byFoldedName.set(fold(name), known);
    for (const spelling of [name.toUpperCase(), name.toLowerCase()]) {
      const slot = slotAt(spelling, 0);
      bySlot[slot] = [...(bySlot[slot] ?? []), spelled(spelling, known)];
    }
  }
  return known;
}

const SPACE = String.raw`[\t\n\r ]*`;

function spelled(name: string, word: Word): Spelling {
  // Without characters that need a closer look: https://www.w3.org/TR/xml/#charsets.
  const rest = word.isContainer ? '' : String.raw`[^<\0-\x08\x0B-\x1F\uD800-\uDFFF\uFFFE\uFFFF]*</${name}>`;
  return {
    name,
    word,
    start: sticky(name),
    pattern: sticky(`${name}>${rest}${SPACE}<`),
    member: sticky(String.raw`${name}"${SPACE}:${SPACE}"[^"\\\0-\x1F]*"${SPACE}`),
  };
}

function sticky(pattern: string): RegExp {
  return new RegExp(pattern, 'y');
}

export const POSTBACK: Word = container('POSTBACK');
export const NOTIFICATION: Word = container('NOTIFICATION');
/** Contains the fields of a notification in the oldest generation. It has no other meaning. */
export const BODY: Word = container('BODY');

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

export const WORD_COUNT: number = count;

function slotAt(text: string, at: number): number {
  return 32 * (text.charCodeAt(at) & 63) + (text.charCodeAt(at + 1) & 31);
}

function wordSpelled(name: string): Word | undefined {
  return spelledAt(name, 0, name.length)?.word;
}

/** The spellings that may be at an index of a text. */
export function spellingsLike(text: string, at: number): readonly Spelling[] {
  return bySlot[slotAt(text, at)] ?? NO_SPELLINGS;
}

/** The name between two indices of a text, if it is one in a usual spelling. */
export function spelledAt(text: string, from: number, to: number): Spelling | undefined {
  for (const spelling of spellingsLike(text, from))
    if (spelling.name.length === to - from && isAt(text, from, spelling)) return spelling;
  return undefined;
}

function isAt(text: string, from: number, { start }: Spelling): boolean {
  start.lastIndex = from;
  return start.test(text);
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
