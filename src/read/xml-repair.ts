// Text -> text that saxes can read. Comes before saxes, because saxes cannot continue after an error, and because saxes
// accepts some errors, or finds them too late, depending on the chunks:
// - a document type declaration is an error at its `<` (saxes would keep all of it in memory);
// - an `&` that starts no reference is found at the `&` (saxes searches for the next `;`, through tags);
// - half of a surrogate pair is an error (saxes accepts it, and skips a `<` after it);
// - `<?x?y?>` is an error (saxes accepts it). With `recover`, whatever can be repaired is replaced here, and saxes
//   never sees it.

import type { PostbackWarning } from '../errors.ts';
import { MAX_REPAIRS } from './limits.ts';
import {
  CHARACTER,
  ENTITY,
  FORBIDDEN,
  isAllowed,
  OUTSIDE_REFERENCE,
  SURROGATE,
  TARGET_END,
  UNDEFINED_REFERENCE,
} from './xml-grammar.ts';
import { searchFrom, XmlMarks } from './xml-marks.ts';
import { followTags } from './xml-tags.ts';
import type { TagState } from './xml-tags.ts';

/** Why a document is refused. */
export type Refusal = 'doctype' | 'reference' | 'repair limit' | 'surrogate' | 'processing instruction';

/** Receives the repaired text, in the order of the document. */
export interface RepairSink {
  /** Text of the document. */
  pass(text: string): void;
  /** `text` replaces the next `length` UTF-16 units of the document. */
  replace(code: PostbackWarning['code'], length: number, text: string): void;
  /** The document cannot be read on from here. */
  refuse(refusal: Refusal): never;
}

/** What the scan is in. Tags and attribute values are tracked only with `recover`. */
type State = TagState | 'comment' | 'cdata' | 'target' | 'instruction';

/** The states in which a character may be repaired: in a text and in an attribute value, but not in a tag itself. */
const REPAIRABLE: readonly State[] = ['text', 'double quotes', 'single quotes'];

// The end of each construct in which an `&` has no special meaning.
const CLOSERS = { comment: '-->', cdata: ']]>', instruction: '?>' } as const;

// What may start with `<!`.
const BANG_STARTS: readonly (readonly [start: string, state: 'comment' | 'cdata' | 'doctype'])[] = [
  ['<!--', 'comment'],
  ['<![CDATA[', 'cdata'],
  ['<!DOCTYPE', 'doctype'],
];

// The text is finished: all of it was passed on or held.
const DONE = -1;

/** Repairs the text of one document, in chunks of any size. */
export class XmlRepair {
  readonly #sink: RepairSink;
  readonly #marks = new XmlMarks();
  #recover: boolean;
  #repairsLeft = MAX_REPAIRS;
  #state: State = 'text';
  // The end of a chunk that can only be read with the next one: `<`, `&am`, `<![CD`, `--`, half of a surrogate pair.
  #held = '';
  // Whether that starts with the `&` of a reference. A flag, because reading the string would copy it for each chunk.
  #isReferenceHeld = false;

  // The text that is scanned, how much of it was passed on, and whether its end is complete.
  #text = '';
  #passed = 0;
  #isDecided = false;

  constructor(sink: RepairSink, recover: boolean) {
    this.#sink = sink;
    this.#recover = recover;
  }

  write(chunk: string): void {
    let text = chunk;
    if (this.#held !== '') {
      // A reference can be any length. Until its end is there, only the new chunk is searched, so that work stays
      // linear.
      if (this.#isReferenceHeld && chunk.search(OUTSIDE_REFERENCE) === -1) {
        this.#held += chunk;
        return;
      }
      text = this.#held + chunk;
      this.#held = '';
      this.#isReferenceHeld = false;
    }
    this.#splitAtForbidden(text, false);
  }

  /** Ends the document: decides what was held. */
  end(): void {
    if (this.#held !== '') this.#splitAtForbidden(this.#held, true);
  }

  /** Scans the text between the forbidden characters, and handles these. */
  #splitAtForbidden(text: string, isLast: boolean): void {
    const endsInHalfPair = !isLast && (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800;
    const end = endsInHalfPair ? text.length - 1 : text.length;
    const whole = endsInHalfPair ? text.slice(0, end) : text;
    let from = 0;
    for (let at = this.#findForbidden(whole, 0); at !== -1; at = this.#findForbidden(whole, from)) {
      this.#scan(whole.slice(from, at), true);
      this.#atForbidden(whole.charAt(at));
      from = at + 1;
    }
    this.#scan(from === 0 ? whole : whole.slice(from), isLast || endsInHalfPair);
    if (endsInHalfPair) this.#held = text.slice(end);
  }

  /** The next forbidden character. Without `recover`, saxes refuses all of them except halves of surrogate pairs. */
  #findForbidden(text: string, from: number): number {
    if (this.#recover) return searchFrom(text, FORBIDDEN, from);
    return text.isWellFormed() ? -1 : searchFrom(text, SURROGATE, from);
  }

  #atForbidden(character: string): void {
    if (this.#recover && REPAIRABLE.includes(this.#state)) this.#replace('FORBIDDEN_CHARACTER', 1, '\uFFFD');
    else if (!character.isWellFormed()) this.#refuse('surrogate');
    // In a tag, a comment or the like: saxes refuses it.
    else this.#sink.pass(character);
  }

  /** Passes on text without forbidden characters. */
  #scan(text: string, isDecided: boolean): void {
    this.#text = text;
    this.#passed = 0;
    this.#isDecided = isDecided;
    this.#marks.reset(text);
    for (let at = 0; at !== DONE;) at = this.#step(at);
  }

  /** Goes on from an index. Each step returns the next one, or DONE. */
  #step(at: number): number {
    switch (this.#state) {
      case 'target':
        return this.#inTarget(at);
      case 'comment':
      case 'cdata':
      case 'instruction':
        return this.#inConstruct(at, CLOSERS[this.#state]);
      default:
        return this.#inText(at, this.#state);
    }
  }

  /**
   * In text, tags and attribute values: goes to the next mark.
   *
   *     <TEXT>fish & chips <!-- …
   *                ^       ^
   */
  #inText(from: number, state: TagState): number {
    const text = this.#text;
    const mark = this.#marks.next(from);
    if (this.#recover) this.#state = followTags(state, text.slice(from, mark));
    if (mark === text.length) return this.#finish();
    if (text[mark] === '&') return this.#atAmpersand(mark);
    if (text[mark + 1] !== '?') return this.#atBang(mark);
    this.#state = 'target';
    return mark + 2;
  }

  /**
   * In the name of a processing instruction.
   *
   *     <?xml version="1.0"?>
   *       ^  ^
   */
  #inTarget(from: number): number {
    const text = this.#text;
    const end = searchFrom(text, TARGET_END, from);
    if (end === -1) return this.#finish();
    if (text[end] === '?' && text[end + 1] !== '>') {
      if (end + 1 === text.length && !this.#isDecided) return this.#hold(end);
      this.#passTo(end);
      this.#sink.refuse('processing instruction');
    }
    this.#state = 'instruction';
    return end;
  }

  /**
   * In a comment, a CDATA section, or a processing instruction after its name: goes to its end.
   *
   *     <!-- & is not a reference here -->
   *         ^                          ^
   */
  #inConstruct(from: number, closer: string): number {
    const text = this.#text;
    const end = text.indexOf(closer, from);
    if (end === -1)
      return this.#isDecided ? this.#finish() : this.#hold(text.length - startAtEnd(text.slice(from), closer));
    this.#state = 'text';
    return end + closer.length;
  }

  /**
   * At an `&`.
   *
   *     &amp;  &#233;  &eacute;  fish & chips
   *     ^      ^       ^              ^
   */
  #atAmpersand(at: number): number {
    const text = this.#text;
    ENTITY.lastIndex = at;
    if (ENTITY.test(text)) return ENTITY.lastIndex;
    CHARACTER.lastIndex = at;
    const reference = CHARACTER.exec(text);
    if (reference !== null) return this.#atCharacterReference(at, reference);
    if (!this.#isDecided && searchFrom(text, OUTSIDE_REFERENCE, at + 1) === -1) return this.#hold(at);
    UNDEFINED_REFERENCE.lastIndex = at;
    return this.#repair(at, UNDEFINED_REFERENCE.test(text) ? 'UNDEFINED_ENTITY' : 'STRAY_AMPERSAND', 1, '&amp;');
  }

  #atCharacterReference(at: number, [whole, decimal, hexadecimal = '']: RegExpExecArray): number {
    const code = decimal === undefined ? parseInt(hexadecimal, 16) : parseInt(decimal, 10);
    if (isAllowed(code)) return at + whole.length;
    return this.#repair(at, 'FORBIDDEN_CHARACTER', whole.length, '\uFFFD');
  }

  /** Replaces a reference, or an `&` that starts none. Returns the index after it. */
  #repair(at: number, code: PostbackWarning['code'], length: number, text: string): number {
    this.#passTo(at);
    if (!this.#recover) this.#refuse('reference');
    this.#replace(code, length, text);
    this.#passed = at + length;
    return this.#passed;
  }

  /**
   * At a `<!`, or at a `<` that is the last character.
   *
   *     <!-- …  <![CDATA[ …  <!DOCTYPE …  <!x
   *     ^       ^            ^            ^
   */
  #atBang(at: number): number {
    const text = this.#text;
    const [start, state] = BANG_STARTS.find(([opener]) => text.startsWith(opener, at)) ?? [];
    if (start === undefined || state === undefined) {
      if (!this.#isDecided && BANG_STARTS.some(([opener]) => opener.startsWith(text.slice(at)))) return this.#hold(at);
      // Not valid in XML. saxes reports it, now or with the next chunk.
      this.#state = 'tag';
      return at + 1;
    }
    if (state === 'doctype') {
      this.#passTo(at);
      this.#sink.refuse('doctype');
    }
    this.#state = state;
    return at + start.length;
  }

  #passTo(end: number): void {
    const text = this.#text;
    const from = this.#passed;
    if (end > from) this.#sink.pass(from === 0 && end === text.length ? text : text.slice(from, end));
    this.#passed = end;
  }

  #finish(): number {
    this.#passTo(this.#text.length);
    return DONE;
  }

  #hold(from: number): number {
    this.#passTo(from);
    this.#held = this.#text.slice(from);
    this.#isReferenceHeld = this.#text[from] === '&';
    return DONE;
  }

  #replace(code: PostbackWarning['code'], length: number, text: string): void {
    this.#sink.replace(code, length, text);
    if (--this.#repairsLeft === 0) this.#recover = false;
  }

  /** Refuses what `recover` would have repaired. */
  #refuse(refusal: Refusal): never {
    this.#sink.refuse(this.#repairsLeft === 0 ? 'repair limit' : refusal);
  }
}

/** How many UTF-16 units at the end of `text` are a start of `whole`. */
function startAtEnd(text: string, whole: string): number {
  for (let length = Math.min(whole.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(whole.slice(0, length))) return length;
  }
  return 0;
}
