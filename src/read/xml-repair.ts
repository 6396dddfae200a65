// Text -> text that saxes can read. Comes before saxes, because saxes cannot continue after an error, and because saxes
// accepts some errors (half of a surrogate pair, `<?x?y?>`), or finds them too late, depending on the chunks (a
// document type declaration; an `&` that starts no reference). With `recover`, whatever can be repaired is replaced
// here. A `<` in the sender's words is repaired only in a second reading: xml-text-fields.ts.

import { countIgnoredAtStart, declaredLabel, isEncodingName } from './xml-declaration.ts';
import { CONTROLS, FORBIDDEN, SURROGATE, TARGET_END } from './xml-grammar.ts';
import { searchFrom, XmlMarks } from './xml-marks.ts';
import { CLOSERS, constructAt, mayStartConstruct, startAtEnd } from './xml-constructs.ts';
import type { Construct, ConstructState } from './xml-constructs.ts';
import { HeldText } from './xml-held-text.ts';
import type { HeldUntil } from './xml-held-text.ts';
import { endsReference, readReference } from './xml-references.ts';
import type { Repair } from './xml-references.ts';
import type { RepairMode, RepairPlace, RepairSink } from './xml-repair-sink.ts';
import { followTags } from './xml-tags.ts';
import type { TagState } from './xml-tags.ts';
import { classifyMarkup } from './xml-text-fields.ts';

/** What the scan is in. Tags and attribute values are tracked only with `recover`. */
type State = TagState | ConstructState;

// Not in a tag itself.
const REPAIRABLE: readonly State[] = ['text', 'double quotes', 'single quotes', 'cdata'];

// All of the text was passed on or held.
const DONE = -1;

/** Repairs the text of one document, in chunks of any size. */
export class XmlRepair {
  readonly #sink: RepairSink;
  readonly #place: RepairPlace;
  readonly #marks = new XmlMarks();
  readonly #recover: boolean;
  #isSecondReading: boolean;
  #state: State = 'text';
  #isAtStart: boolean;
  readonly #held = new HeldText();

  // The text that is scanned, how much of it was passed on, and whether its end is complete.
  #text = '';
  #passed = 0;
  #isDecided = false;
  #isLast = false;

  constructor(sink: RepairSink, place: RepairPlace, { recover, isContinued, isSecondReading }: RepairMode) {
    this.#sink = sink;
    this.#place = place;
    this.#recover = recover;
    this.#isSecondReading = isSecondReading;
    this.#isAtStart = recover && !isContinued;
  }

  write(chunk: string): void {
    if (!this.#held.takesMore(chunk)) this.#splitAtForbidden(this.#held.take() + chunk, false);
  }

  /** From now on, all text has arrived, also what is not written yet. */
  expectNoMore(): void {
    this.#isLast = true;
  }

  /** Ends the document: decides what was held. */
  end(): void {
    this.#isLast = true;
    const held = this.#held.take();
    if (held !== '') this.#splitAtForbidden(held, true);
  }

  /** From now on, a `<` is not repaired. */
  endSecondReading(): void {
    this.#isSecondReading = false;
  }

  /** Scans the text between the forbidden characters, and handles these. */
  #splitAtForbidden(given: string, isLast: boolean): void {
    const text = this.#isAtStart ? this.#atStart(given, isLast) : given;
    if (text === undefined) return;
    const endsInHalfPair = !isLast && (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800;
    const end = endsInHalfPair ? text.length - 1 : text.length;
    const whole = endsInHalfPair ? text.slice(0, end) : text;
    let from = 0;
    for (let at = this.#findForbidden(whole, 0); at !== -1; at = this.#findForbidden(whole, from)) {
      this.#scan(whole.slice(from, at), true);
      if (!this.#held.isEmpty) {
        // A construct is not complete. The forbidden character is in it, or after it.
        this.#held.append(text.slice(at));
        return;
      }
      from = this.#atForbidden(whole, at);
    }
    this.#scan(from === 0 ? whole : whole.slice(from), isLast || endsInHalfPair);
    if (endsInHalfPair) this.#held.append(text.slice(end));
  }

  /** At the start of the document. Returns the text without what was ignored there, or `undefined` if it is held. */
  #atStart(text: string, isLast: boolean): string | undefined {
    const ignored = countIgnoredAtStart(text, isLast);
    if (ignored === 'undecided') {
      this.#held.hold(text);
      return undefined;
    }
    this.#isAtStart = false;
    if (ignored > 0) this.#sink.replace('OUTSIDE_DOCUMENT', ignored, '');
    const rest = text.slice(ignored);
    const declared = declaredLabel(rest);
    if (declared === undefined || isEncodingName(declared.label)) return rest;
    const { label, end } = declared;
    this.#sink.pass(rest.slice(0, end - 1 - label.length));
    this.#sink.replace('UNKNOWN_CHARSET', label.length, 'UTF-8');
    this.#state = 'instruction';
    return rest.slice(end - 1);
  }

  /** The next forbidden character. Without `recover`, saxes refuses all of them except halves of surrogate pairs. */
  #findForbidden(text: string, from: number): number {
    if (this.#recover) return searchFrom(text, FORBIDDEN, from);
    return text.isWellFormed() ? -1 : searchFrom(text, SURROGATE, from);
  }

  /** Handles a forbidden character. Returns the index after it. */
  #atForbidden(text: string, at: number): number {
    const character = text.charAt(at);
    if (this.#recover && this.#state === 'text' && this.#place.isAfterRoot) {
      CONTROLS.lastIndex = at;
      if (CONTROLS.test(text)) {
        this.#sink.skip(CONTROLS.lastIndex - at);
        return CONTROLS.lastIndex;
      }
    }
    if (this.#recover && REPAIRABLE.includes(this.#state)) this.#sink.replace('FORBIDDEN_CHARACTER', 1, '\uFFFD');
    else if (!character.isWellFormed()) this.#sink.refuse('surrogate');
    // In a tag, a comment or the like: saxes refuses it.
    else this.#sink.pass(character);
    return at + 1;
  }

  /** Passes on text without forbidden characters. */
  #scan(text: string, isDecided: boolean): void {
    this.#text = text;
    this.#passed = 0;
    this.#isDecided = isDecided;
    this.#marks.reset(text, this.#recover, this.#isSecondReading);
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
    if (mark === text.length) return this.#hold(text.length);
    if (text[mark] === '&') return this.#atAmpersand(mark);
    if (text[mark] === ']') return this.#atCdataEnd(mark);
    return this.#isSecondReading ? this.#atTag(mark) : this.#atBang(mark);
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
    if (end === -1) return this.#hold(text.length);
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
    if (end === -1) return this.#hold(text.length - (this.#isDecided ? 0 : startAtEnd(text.slice(from), closer)));
    this.#state = 'text';
    return end + closer.length;
  }

  /** At an `&`: `&amp;`, `&#233;`, `&eacute;`, `fish & chips`. */
  #atAmpersand(at: number): number {
    const reference = readReference(this.#text, at, { recover: this.#recover, isDecided: this.#isDecided });
    if (reference === 'incomplete') return this.#hold(at, endsReference);
    return typeof reference === 'number' ? reference : this.#repair(at, reference);
  }

  /** At a `]]>`, or at the end of the text, where one may start. In a text, it is an error; in a tag, it is not. */
  #atCdataEnd(at: number): number {
    if (this.#state !== 'text') return at + 1;
    if (this.#text.startsWith(']]>', at))
      return this.#repair(at, { code: 'STRAY_CDATA_END', length: 3, text: ']]&gt;' });
    return this.#isDecided ? at + 1 : this.#hold(at);
  }

  /** Replaces a part of the text. Returns the index after it. */
  #repair(at: number, { code, length, text }: Repair): number {
    this.#passTo(at);
    if (!this.#recover) this.#sink.refuse('reference');
    this.#sink.replace(code, length, text);
    this.#passed = at + length;
    return this.#passed;
  }

  /** At a `<!` or `<?`, or at a `<` that is the last character. */
  #atBang(at: number): number {
    const construct = constructAt(this.#text, at);
    if (construct === 'doctype') {
      this.#passTo(at);
      this.#sink.refuse('doctype');
    }
    if (construct !== undefined) return this.#atConstruct(at, construct);
    if (!this.#isDecided && mayStartConstruct(this.#text.slice(at))) return this.#hold(at);
    // Not valid in XML. saxes reports it, now or with the next chunk.
    this.#state = 'tag';
    return at + 1;
  }

  /**
   * At the start of a construct. With `recover`, nothing of it is passed on before its end has arrived: otherwise each
   * of many unclosed ones would be read up to the end of the document.
   */
  #atConstruct(at: number, construct: Construct): number {
    const { state, closer, startLength } = construct;
    if (this.#recover) {
      this.#passTo(at);
      if (!this.#sink.hasArrived(closer, startLength)) {
        if (this.#isLast) this.#sink.refuse('unclosed construct');
        return this.#hold(at, () => this.#sink.hasArrived(closer, startLength));
      }
    }
    this.#state = state;
    return at + startLength;
  }

  /**
   * In a second reading: at any `<`. In a field with the sender's words, most are the sender's own.
   *
   *     <TEXT>I <3 you</TEXT>
   *             ^     ^
   */
  #atTag(at: number): number {
    const text = this.#text;
    if (this.#state === 'text') {
      this.#passTo(at);
      const field = this.#place.textField;
      const place = { offset: this.#sink.offset, isDecided: this.#isDecided, isLast: this.#isLast };
      const markup = field && classifyMarkup(text.slice(at), field, place);
      if (markup === 'undecided') return this.#hold(at);
      if (typeof markup === 'function') return this.#hold(at, markup);
      if (markup === 'end of container') this.#sink.refuse('unclosed field');
      if (markup === 'stray') return this.#repair(at, { code: 'STRAY_LESS_THAN', length: 1, text: '&lt;' });
      if (/^<[!?]|^<$/.test(text.slice(at, at + 2))) return this.#atBang(at);
    }
    this.#state = 'tag';
    return at + 1;
  }

  #passTo(end: number): void {
    const text = this.#text;
    const from = this.#passed;
    if (end > from) this.#sink.pass(from === 0 && end === text.length ? text : text.slice(from, end));
    this.#passed = end;
  }

  #hold(from: number, until?: HeldUntil): number {
    this.#passTo(from);
    this.#held.hold(this.#text.slice(from), until);
    return DONE;
  }
}
