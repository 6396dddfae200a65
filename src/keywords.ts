/**
 * Recognises STOP, START and HELP in what people write. This is a hint, and does not make a program comply with any
 * law.
 *
 * @example
 * import { replyKeyword } from 'mo-postback/keywords';
 *
 * async function onSms(sms) {
 *   const found = replyKeyword(sms, { optOut: ['ARRÊT'], help: ['AIDE'] });
 *   if (found?.kind === 'opt-out') await unsubscribe(sms.from);
 * }
 *
 * @module
 */

import { requireOptions, shown, typeName } from './options.ts';

/** The fields of a message that can contain a keyword. An `SmsMo` and an `MmsMo` have them. */
export interface TextFields {
  readonly text?: string | undefined;
  readonly keyword?: string | undefined;
  readonly subject?: string | undefined;
}

/**
 * Words to recognise besides the known ones, in any script. An item may consist of several words, such as `'NO MORE'`.
 * Case, accents and punctuation do not matter: `'ARRÊT'` is also found in "Arret!".
 */
export interface KeywordLists {
  /** Words that mean: send me nothing more. */
  readonly optOut?: readonly string[] | undefined;
  /** Words that mean: send me messages. */
  readonly optIn?: readonly string[] | undefined;
  /** Words that ask for help. */
  readonly help?: readonly string[] | undefined;
}

/** What {@link replyKeyword} has found. */
export interface ReplyKeyword {
  readonly kind: 'opt-out' | 'opt-in' | 'help';
  /** The word as it is listed, whatever its form in the message: `'STOP'`, `'OPT OUT'`, or as it is in your list. */
  readonly word: string;
  /** `true` if nothing else was said. Punctuation, symbols and emoji do not count, "please" and a signature do. */
  readonly exact: boolean;
}

const KINDS = [
  {
    kind: 'opt-out',
    list: 'optOut',
    known: [
      // 47 CFR 64.1200(a)(10)
      'STOP',
      'QUIT',
      'END',
      'REVOKE',
      'OPT OUT',
      'CANCEL',
      'UNSUBSCRIBE',
      // CTIA, Messaging Principles and Best Practices: "please opt me out"
      'OPT ME OUT',
      // Providers recognise these, too.
      'STOPALL',
      'STOP ALL',
      'OPTOUT',
    ],
  },
  { kind: 'opt-in', list: 'optIn', known: ['START', 'UNSTOP', 'JOIN'] },
  { kind: 'help', list: 'help', known: ['HELP', 'INFO'] },
] as const;
const LIST_NAMES = KINDS.map(({ list }) => list);

const PLEASE: ReadonlySet<string> = new Set(['PLEASE', 'PLS', 'PLZ']);

/** Before a keyword they mean the contrary: "I can't stop please". Their apostrophes are removed. */
const NEGATIONS: ReadonlySet<string | undefined> = new Set(['NOT', 'NON', 'NEVER', 'CANNOT', 'CANT', 'DONT', 'WONT']);

/** How many UTF-16 units at each end of a long text are looked at. A stranger chooses the text. */
const REACH = 500;

interface Keyword extends Pick<ReplyKeyword, 'kind' | 'word'> {
  /** As {@link split} returns them. */
  readonly words: readonly string[];
}

/** Keywords by their words, joined by blanks. */
type Keywords = Map<string, Keyword>;

const KNOWN: Keywords = new Map();
for (const { kind, known } of KINDS) for (const word of known) add(KNOWN, kind, word, word);

/**
 * Finds a word that asks to stop, to start or for help: STOP, QUIT, END, REVOKE, OPT OUT, OPTOUT, OPT ME OUT, CANCEL,
 * UNSUBSCRIBE, STOPALL, STOP ALL; START, UNSTOP, JOIN; HELP, INFO; and those of `lists`. It is found at the start of
 * the text, also after "please", and at its end before "please". If both have one, the one at the start counts; of
 * several at one place, the longest. "You can't stop me" has none. "End of the day" has one that is not `exact`.
 *
 * The text is `message.text`; if that is absent or blank, `message.keyword`; then `message.subject`. Of a text with
 * more than 1 000 UTF-16 units only the first and the last 500 are read, and `exact` is `false`.
 * @throws TypeError for an argument of a wrong type, or if `lists` has an unknown name, a word without letters and
 * digits, or a word that is already one of another kind; the message names it
 */
export function replyKeyword(message: TextFields | string, lists: KeywordLists = {}): ReplyKeyword | undefined {
  const keywords = withLists(lists);
  const words = wordsOf(typeof message === 'string' ? message : textOf(message));
  const found = find(words, keywords);
  return found && { kind: found.kind, word: found.word, exact: words.length === found.words.length };
}

function withLists(lists: KeywordLists): Keywords {
  requireOptions(lists, LIST_NAMES, 'lists');
  const keywords = new Map(KNOWN);
  for (const { kind, list } of KINDS) {
    const { [list]: added = [] }: Readonly<Partial<Record<typeof list, unknown>>> = lists;
    if (!Array.isArray(added)) throw new TypeError(`lists.${list}: expected a list of words, got ${typeName(added)}`);
    for (const [n, word] of added.entries()) add(keywords, kind, word, `lists.${list}[${n}]`);
  }
  return keywords;
}

/** Adds a word, and also its letters, which some people write with blanks or dots between them. */
function add(keywords: Keywords, kind: ReplyKeyword['kind'], word: unknown, name: string): void {
  if (typeof word !== 'string') throw new TypeError(`${name}: expected a string, got ${typeName(word)}`);
  const words = split(word);
  if (words.length === 0) throw new TypeError(`${name}: expected a word with letters or digits, got ${shown(word)}`);
  for (const form of [words, Array.from(words.join(''))]) {
    const key = form.join(' ');
    const known = keywords.get(key);
    if (known === undefined) keywords.set(key, { kind, word, words: form });
    else if (known.kind !== kind) throw new TypeError(`${name}: ${shown(word)} is already a word for ${known.kind}`);
  }
}

function textOf(message: TextFields): string {
  if (typeof (message as unknown) !== 'object' || (message as unknown) === null || Array.isArray(message)) {
    const given = Array.isArray(message) ? 'an array' : typeName(message);
    throw new TypeError(`message: expected a message or a text, got ${given}`);
  }
  for (const name of ['text', 'keyword', 'subject'] as const) {
    const value: unknown = message[name];
    if (value === undefined) continue;
    if (typeof value !== 'string') throw new TypeError(`message.${name}: expected a string, got ${typeName(value)}`);
    if (/[^\s\p{Default_Ignorable_Code_Point}]/u.test(value)) return value;
  }
  return '';
}

/** Returns the words of a text. The middle of a long text is not read: an empty string takes its place. */
function wordsOf(text: string): string[] {
  const trimmed = text.trim();
  if (trimmed.length <= 2 * REACH) return split(trimmed);
  // Without the word that may be cut: STOPPED is not STOP.
  const start = trimmed.slice(0, REACH).replace(/[^\s\p{P}]*$/u, '');
  const end = trimmed.slice(-REACH).replace(/^[^\s\p{P}]*/u, '');
  return [...split(start), '', ...split(end)];
}

/**
 * The words of a text, in a form that is the same however they are written: full-width or decorated letters, case,
 * accents, invisible characters, apostrophes. An e-mail address is one word, so `info@example.com` asks for nothing.
 */
function split(text: string): string[] {
  const folded = text
    .normalize('NFKD')
    // Accents of Latin, Greek and Cyrillic only, because the vowels of other scripts are marks, too.
    .replace(/[\u0300-\u036f\p{Default_Ignorable_Code_Point}'‘’]/gu, '')
    // Capital ẞ becomes SS only by way of ß. Neither function depends on the locale.
    .toLowerCase()
    .toUpperCase();
  return folded.match(/[\p{L}\p{M}\p{N}]+(?:@[\p{L}\p{M}\p{N}]+)*/gu) ?? [];
}

function find(words: readonly string[], keywords: Keywords): Keyword | undefined {
  const longestFirst = [...keywords.values()].sort((a, b) => b.words.length - a.words.length);
  const isAt = (at: number, keyword: Keyword): boolean => keyword.words.every((word, n) => word === words[at + n]);
  const start = words.findIndex((word) => !PLEASE.has(word));
  const end = words.findLastIndex((word) => !PLEASE.has(word)) + 1;
  return (
    // First with "please", which may be part of a listed word.
    longestFirst.find((keyword) => isAt(0, keyword)) ??
    longestFirst.find((keyword) => isAt(start, keyword)) ??
    longestFirst.find((keyword) => {
      const at = end - keyword.words.length;
      return end < words.length && isAt(at, keyword) && !NEGATIONS.has(words[at - 1]);
    })
  );
}
