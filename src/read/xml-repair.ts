// What saxes does not check, checked before it, whatever the chunks:
// - a document type declaration is refused at its `<` (saxes reads it to its end and holds it in memory);
// - an `&` that begins no reference is found at the `&` (saxes reads on to the next `;`, through tags);
// - a lone surrogate is refused (saxes takes it, and swallows a `<` behind it);
// - `<?x?y?>` is refused (saxes takes it).
// With `recover`, what can be mended is mended here, so that saxes never sees it.

import type { PostbackWarning } from '../errors.ts';

/** Why the guard refuses a document. */
export type Refusal = 'doctype' | 'reference' | 'one mend too many' | 'surrogate' | 'processing instruction';

/** Where the guard sends what it has seen, in the order of the document. */
export interface GuardSink {
  /** Text that saxes may read. */
  pass(text: string): void;
  /** `recover`: `text` stands in for the next `length` units of the document. */
  mend(code: PostbackWarning['code'], length: number, text: string): void;
  /** The document cannot be read on from here. Throws. */
  refuse(why: Refusal): never;
}

// https://www.w3.org/TR/xml/#sec-references. The five entities that need no declaration, and character references.
const ENTITY = /&(?:amp|lt|gt|quot|apos);/y;
const CHARACTER = /&#(?:([0-9]+)|x([0-9A-Fa-f]+));/y;
// A name as far as it matters here: any entity but the five is undefined, for there is no document type declaration.
// Without surrogates: half a pair at the end of a chunk then leaves nothing before it undecided.
const UNDEFINED_REFERENCE = /&[A-Za-z_:\u0080-\uD7FF\uE000-\uFFFD][\w:.\-\u0080-\uD7FF\uE000-\uFFFD]*;/y;
const OUTSIDE_REFERENCE = /[^#\w:.\-\u0080-\uD7FF\uE000-\uFFFD]/g;

// https://www.w3.org/TR/xml/#charsets
// eslint-disable-next-line no-control-regex -- they are what is looked for
const FORBIDDEN = /[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF\p{Surrogate}]/gu;
const SURROGATE = /\p{Surrogate}/u;

// The constructs in which an `&` means nothing, with what opens and what closes them.
const OPENERS = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
] as const;
const DOCTYPE = '<!DOCTYPE';
const BANG_STARTS = [...OPENERS.map(([opener]) => opener), DOCTYPE];

// What is looked for in a tag, by what it ended in: its end or quotes, or their end.
const TAG_ENDS = { '>': />|"|'/g, '"': /"/g, "'": /'/g } as const;

// No careless sender needs as many in one document, and each costs thirty times the character that it mends. Behind the
// last one the document is read as without `recover`.
export const MAX_MENDS = 10_000;

/** Stands between the text of a document and saxes. */
export class Guard {
  readonly #sink: GuardSink;
  #recover: boolean;
  #mendsLeft = MAX_MENDS;
  // The end of a chunk that means nothing without the next: `<`, `&am`, `<![CD`, `--`, half a surrogate pair.
  #held = '';
  // Whether that begins with the `&` of a reference. To look would be to flatten a long one for each chunk.
  #isReferenceHeld = false;
  // What closes the comment, CDATA section or processing instruction that the last chunk ended in.
  #closer: '' | '-->' | ']]>' | '?>' = '';
  // Whether the last chunk ended inside the name of a processing instruction.
  #isInTarget = false;
  // Whether it ended inside a tag, and in which quotes there. Only followed for `recover`: see #followTags.
  #tag: '' | '>' | '"' | "'" = '';

  constructor(sink: GuardSink, recover: boolean) {
    this.#sink = sink;
    this.#recover = recover;
  }

  write(chunk: string): void {
    let text = chunk;
    if (this.#held !== '') {
      // A reference can be any length: until its end is there, only the new chunk is searched, so that work stays linear.
      if (this.#isReferenceHeld && chunk.search(OUTSIDE_REFERENCE) === -1) {
        this.#held += chunk;
        return;
      }
      text = this.#held + chunk;
      this.#held = '';
      this.#isReferenceHeld = false;
    }
    this.#split(text, false);
  }

  /** Nothing follows: what was held is decided. */
  close(): void {
    const text = this.#held;
    this.#held = '';
    this.#split(text, true);
  }

  /** Cuts the text at the forbidden characters that are the guard's to judge. */
  #split(text: string, isLast: boolean): void {
    const isCut = !isLast && (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800;
    const end = isCut ? text.length - 1 : text.length;
    const whole = isCut ? text.slice(0, end) : text;
    let from = 0;
    for (let at = this.#forbiddenAt(whole, 0); at !== -1; at = this.#forbiddenAt(whole, from)) {
      this.#scan(whole.slice(from, at), true);
      if (this.#recover && this.#closer === '' && this.#tag !== '>') {
        this.#mend('FORBIDDEN_CHARACTER', 1, '\uFFFD');
      } else if (SURROGATE.test(whole.charAt(at))) {
        this.#sink.refuse(this.#mendsLeft === 0 ? 'one mend too many' : 'surrogate');
      } else {
        // In CDATA, a comment or a tag: saxes refuses it.
        this.#sink.pass(whole.charAt(at));
      }
      from = at + 1;
    }
    this.#scan(from === 0 ? whole : whole.slice(from), isLast || isCut);
    if (isCut) this.#held = text.slice(end);
  }

  #forbiddenAt(text: string, from: number): number {
    if (this.#recover) return searchFrom(text, FORBIDDEN, from);
    return text.isWellFormed() ? -1 : text.search(SURROGATE);
  }

  /** Passes on text without forbidden characters. `isDecided`: what follows, if anything, continues nothing at its end. */
  #scan(text: string, isDecided: boolean): void {
    const marks = new Marks(text);
    let passed = 0;
    let at = 0;
    const passTo = (end: number): void => {
      if (end > passed) this.#sink.pass(passed === 0 && end === text.length ? text : text.slice(passed, end));
      passed = end;
    };
    const hold = (from: number): void => {
      passTo(from);
      this.#held = text.slice(from);
      this.#isReferenceHeld = text[from] === '&';
    };

    for (;;) {
      if (this.#isInTarget) {
        const end = searchFrom(text, /[?\t\n\r ]/g, at);
        if (end === -1) {
          passTo(text.length);
          return;
        }
        if (text[end] === '?' && text[end + 1] !== '>') {
          if (end + 1 === text.length && !isDecided) {
            hold(end);
            return;
          }
          passTo(end);
          this.#sink.refuse('processing instruction');
        }
        this.#isInTarget = false;
        at = end;
      }
      if (this.#closer !== '') {
        const end = text.indexOf(this.#closer, at);
        if (end === -1) {
          hold(isDecided ? text.length : text.length - startAtEnd(text.slice(at), this.#closer));
          return;
        }
        at = end + this.#closer.length;
        this.#closer = '';
      }

      const mark = marks.next(at);
      if (this.#recover) this.#followTags(text.slice(at, mark));
      if (mark === text.length) {
        passTo(mark);
        return;
      }
      at = mark;
      if (text[mark] === '&') {
        ENTITY.lastIndex = mark;
        if (ENTITY.test(text)) {
          at = ENTITY.lastIndex;
          continue;
        }
        CHARACTER.lastIndex = mark;
        const reference = CHARACTER.exec(text);
        if (reference === null && !isDecided && searchFrom(text, OUTSIDE_REFERENCE, mark + 1) === -1) {
          hold(mark);
          return;
        }
        const [whole = '&', decimal, hexadecimal = ''] = reference ?? [];
        at += whole.length;
        if (
          reference !== null &&
          isCharacter(decimal === undefined ? parseInt(hexadecimal, 16) : parseInt(decimal, 10))
        )
          continue;
        passTo(mark);
        passed = at;
        if (!this.#recover) this.#sink.refuse(this.#mendsLeft === 0 ? 'one mend too many' : 'reference');
        if (reference !== null) {
          this.#mend('FORBIDDEN_CHARACTER', whole.length, '\uFFFD');
        } else {
          UNDEFINED_REFERENCE.lastIndex = mark;
          this.#mend(UNDEFINED_REFERENCE.test(text) ? 'UNDEFINED_ENTITY' : 'STRAY_AMPERSAND', 1, '&amp;');
        }
      } else if (text[mark + 1] === '?') {
        this.#isInTarget = true;
        this.#closer = '?>';
        at += 2;
      } else {
        const opened = OPENERS.find(([opener]) => text.startsWith(opener, mark));
        if (opened !== undefined) {
          this.#closer = opened[1];
          at += opened[0].length;
        } else if (text.startsWith(DOCTYPE, mark)) {
          passTo(mark);
          this.#sink.refuse('doctype');
        } else if (!isDecided && BANG_STARTS.some((start) => start.startsWith(text.slice(mark)))) {
          hold(mark);
          return;
        } else {
          // Nothing that XML knows: saxes refuses it, if only with what follows.
          this.#tag = '>';
          at += 1;
        }
      }
    }
  }

  #mend(code: PostbackWarning['code'], length: number, text: string): void {
    this.#sink.mend(code, length, text);
    if (--this.#mendsLeft === 0) this.#recover = false;
  }

  /**
   * Follows whether text without constructs ends inside a tag. A `<` is enough to know where the last one began:
   * inside a tag it is an error, which saxes meets before anything behind it matters.
   */
  #followTags(text: string): void {
    let at = text.lastIndexOf('<') + 1;
    if (at > 0) this.#tag = '>';
    while (this.#tag !== '') {
      const end = searchFrom(text, TAG_ENDS[this.#tag], at);
      if (end === -1) return;
      const found = text[end];
      this.#tag = this.#tag !== '>' ? '>' : found === '"' || found === "'" ? found : '';
      at = end + 1;
    }
  }
}

/**
 * Where the guard has to look, in a text outside the constructs that it steps over: at each `&`, `<!` and `<?`, and at a
 * `<` at the end, which may begin one of them. By indexOf for single units, which engines do many at a time: a pattern
 * that stops at each `<` took a tenth of a bundle's time.
 */
class Marks {
  readonly #text: string;
  // The next of each kind; the text's length for none.
  #ampersand = -1;
  #bang = -1;
  #question = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** The first from an index on, which never goes back; the text's length for none. */
  next(from: number): number {
    const text = this.#text;
    if (this.#ampersand < from) this.#ampersand = orEnd(text, text.indexOf('&', from));
    if (this.#bang < from) this.#bang = this.#tagWith('!', from);
    if (this.#question < from) this.#question = this.#tagWith('?', from);
    return Math.min(this.#ampersand, this.#bang, this.#question);
  }

  /** The `<` right before a character, or at the end. */
  #tagWith(character: string, from: number): number {
    const text = this.#text;
    let at = text.indexOf(character, from + 1);
    while (at !== -1 && text[at - 1] !== '<') at = text.indexOf(character, at + 1);
    if (at !== -1) return at - 1;
    return text.endsWith('<') && from < text.length ? text.length - 1 : text.length;
  }
}

function orEnd(text: string, index: number): number {
  return index === -1 ? text.length : index;
}

/** Where a pattern of one unit is found, from an index on. Without a match's array: there is one search for each `&`. */
function searchFrom(text: string, pattern: RegExp, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex - 1 : -1;
}

/** How many units at the end of `text` are a start of `whole`. */
function startAtEnd(text: string, whole: string): number {
  for (let length = Math.min(whole.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(whole.slice(0, length))) return length;
  }
  return 0;
}

function isCharacter(code: number): boolean {
  return (
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  );
}
