// XML tokens -> notifications: what each tag means in a postback.

import type { PostbackError } from '../errors.ts';
import { BODY, FILE, NOTIFICATION, NUMBER, POSTBACK, shownName, wordNamed } from '../protocol/vocabulary.ts';
import type { Word } from '../protocol/vocabulary.ts';
import { isBlank } from '../protocol/xml-whitespace.ts';
import type { Assembler } from './assembler.ts';
import { moreThan } from './fault.ts';
import { sectionPlace } from './path.ts';
import type { Attribute, RawElement, RawNotification, Section } from './raw-notification.ts';
import { explanationOf } from './saxes-errors.ts';
import type { SourceText } from './source-text.ts';
import { faultOutside, REFUSALS } from './xml-refusals.ts';
import type { Refusal, RepairPlace } from './xml-repair-sink.ts';
import { InvalidNotification } from './xml-restart.ts';
import type { Checkpoint, NotificationsMode } from './xml-restart.ts';
import { holdsSendersWords, isEndTag, SendersWords } from './xml-senders-words.ts';
import { TextField } from './xml-text-fields.ts';
import type { Progress, XmlTokenSink } from './xml-tokens.ts';

/** Makes notifications of the tokens of one document. */
export class XmlNotifications implements XmlTokenSink, RepairPlace {
  readonly #maxDepth: number;
  readonly #source: SourceText;
  readonly #assembler: Assembler;
  // How many elements are open, and the root element, also after its end.
  #depth = 0;
  #root: Section | undefined;
  #rootEnd = 0;
  // The depth of the element that holds the fields: 1 for POSTBACK, 2 for NOTIFICATION, 0 until that is known.
  #fieldsDepth = 0;
  #hasBody = false;
  #closedName = '';
  // Where the open notification starts, and its fields with the sender's words.
  #start: Checkpoint | undefined;
  readonly #words: SendersWords | undefined;
  #mode: NotificationsMode;
  /** Called at the end of a second reading, unless it fails. */
  onSecondEnd: (() => void) | undefined;
  /** The error for a field whose end tag is missing. */
  unclosedField: PostbackError | undefined;

  /** Goes on at `from`, by default at the start of the document. */
  constructor(maxDepth: number, source: SourceText, assembler: Assembler, mode: NotificationsMode, from?: Checkpoint) {
    this.#maxDepth = maxDepth;
    this.#source = source;
    this.#assembler = assembler;
    this.#mode = mode;
    if (mode !== 'only') this.#words = new SendersWords();
    if (from === undefined) return;
    assembler.restore(from.assembler);
    this.#root = from.root;
    this.#depth = from.root === undefined || from.rootEnd !== 0 ? 0 : 1;
    this.#rootEnd = from.rootEnd;
    this.#fieldsDepth = from.fieldsDepth;
  }

  /** Where the open notification, or one that has just ended, can be read again. `undefined` if that is of no use. */
  get restart(): Checkpoint | undefined {
    return this.#words?.containMarkup === true ? this.#start : undefined;
  }

  get isAfterRoot(): boolean {
    return this.#depth === 0 && this.#root !== undefined;
  }

  get textField(): TextField | undefined {
    return this.#words?.fieldAt(this.#depth);
  }

  open(name: string, attributes: RawElement['attributes'], offset: number, progress: Progress): void {
    // A second root element: saxes reports it right after this.
    if (this.#depth === 0 && this.#root !== undefined) return;
    if (this.#depth === this.#maxDepth) {
      const explanation = moreThan(this.#maxDepth, 'nested elements', 'maxDepth');
      const { readTo } = progress;
      throw this.#assembler.error({ code: 'TOO_DEEP', offset, path: this.#pathWith(name), readTo, ...explanation });
    }
    this.#depth++;
    const word = wordNamed(name);
    if (this.#depth === 1) {
      this.#openRoot(name, word, offset, progress);
      return;
    }
    if (this.#depth === 2) {
      this.#checkNeighbours(name, word, offset, progress);
      if (word === NOTIFICATION) {
        this.#openNotification(name, offset, progress);
        return;
      }
    }
    const notification = this.#assembler.notification ?? this.#begin(progress);
    if (word === BODY && this.#depth === this.#fieldsDepth + 1) {
      this.#openBody(notification, name, offset);
      return;
    }
    if (this.#words !== undefined && holdsSendersWords(word)) this.#watch(this.#words, notification, name, offset);
    // After a fault, elements are ignored.
    if (notification.fault !== undefined) return;
    this.#assembler.open(notification, name, word, attributes, offset);
    this.#checkLimits(notification);
  }

  attribute(attribute: Attribute): void {
    // At this depth, they are those of a NOTIFICATION.
    const { notification, innermost } = this.#assembler;
    if (this.#depth === 2 && this.#fieldsDepth === 2) notification?.attributes.push(attribute);
    if (notification === undefined || innermost === undefined || innermost.word !== undefined) return;
    // Those of unknown elements are kept.
    this.#assembler.countElement(innermost, notification);
    this.#checkLimits(notification);
  }

  text(text: string, progress: Progress): void {
    const { innermost } = this.#assembler;
    if (innermost !== undefined) {
      innermost.text += text;
      return;
    }
    // Outside the root element, saxes refuses everything but white space.
    if (this.#depth === 0 || isBlank(text)) return;
    if (this.#depth === 1) {
      throw this.#assembler.error({
        code: 'NOT_A_POSTBACK',
        offset: progress.readTo - 1,
        problem: 'Unexpected text directly in POSTBACK',
        expected: 'only elements',
      });
    }
    const { notification, section } = this.#assembler;
    if (notification === undefined || notification.fault !== undefined) return;
    this.#assembler.refuse(notification, {
      code: 'UNEXPECTED_CONTENT',
      ...sectionPlace(section),
      problem: 'Unexpected text between fields',
      expected: 'only elements',
    });
  }

  close(name: string, progress: Progress): void {
    this.#closedName = name;
    const depth = this.#depth--;
    this.#words?.close(depth);
    const { innermost, notification, section } = this.#assembler;
    if (innermost !== undefined) {
      this.#assembler.close(innermost);
    } else if (notification !== undefined && depth === this.#fieldsDepth) {
      this.#endNotification(notification, name, depth, progress.readTo);
    } else if (notification !== undefined && depth === this.#fieldsDepth + 1) {
      // The end of BODY, or of an element after a fault.
      if (section !== notification.section) this.#assembler.leave();
    }
    if (depth === 1) {
      this.#assembler.leave();
      this.#rootEnd = progress.readTo;
    }
  }

  #endNotification(notification: RawNotification, name: string, depth: number, end: number): void {
    const result = this.#assembler.end(notification, end);
    this.#assembler.leave();
    const canRestart = this.#mode === 'first of two' && !result.success && this.restart !== undefined;
    if (canRestart && isEndTag(this.#source, name, end)) {
      const rootEnd = depth === 1 ? end : 0;
      const assembler = this.#assembler.save();
      const after = { offset: end, root: this.#root, rootEnd, fieldsDepth: this.#fieldsDepth, assembler };
      throw new InvalidNotification(result, after);
    }
    this.#assembler.push(result);
    this.#start = undefined;
    const { onSecondEnd } = this;
    if (onSecondEnd === undefined || !isEndTag(this.#source, name, end)) return;
    this.onSecondEnd = undefined;
    this.#mode = 'first of two';
    onSecondEnd();
  }

  /** Remembers where a notification starts. */
  #checkpoint(offset: number, root: Section | undefined, fieldsDepth: number): void {
    if (this.#mode === 'only') return;
    this.#words?.forget();
    this.#start = { offset, root, rootEnd: 0, fieldsDepth, assembler: this.#assembler.save() };
  }

  malformed(saxesMessage: string, readTo: number, isAtEnd: boolean): never {
    if (this.#depth === 0) {
      const fault = faultOutside(this.#source, this.#root === undefined ? undefined : this.#rootEnd, readTo);
      if (fault !== undefined) throw this.#assembler.error(fault);
    }
    let path = this.#assembler.path();
    if (saxesMessage.startsWith('unexpected close tag')) {
      path = `${path}${path === '' ? '' : '/'}${shownName(this.#closedName)}`;
      // saxes has closed the element before it compared the names.
      this.#assembler.retract(readTo);
    }
    // The character that is wrong, or the end.
    const offset = isAtEnd ? readTo : readTo - 1;
    throw this.#assembler.error({ code: 'MALFORMED', offset, path, readTo, ...explanationOf(saxesMessage) });
  }

  refused(refusal: Refusal, given: number): never {
    const field = refusal === 'unclosed field' ? this.textField : undefined;
    const offset = field?.offset ?? (refusal === 'unclosed construct' ? this.#source.end : given);
    const code = refusal === 'doctype' ? 'DOCTYPE_FORBIDDEN' : 'MALFORMED';
    const error = this.#assembler.error({ code, offset, ...REFUSALS[refusal] });
    if (field !== undefined) this.unclosedField = error;
    throw error;
  }

  /** @throws PostbackError for a document without a notification */
  end(): void {
    const { ordinal } = this.#assembler;
    if (ordinal > 0 || this.#root === undefined) return;
    throw this.#assembler.error({
      code: 'NO_NOTIFICATION',
      ...sectionPlace(this.#root),
      readTo: this.#source.end,
      problem: 'The postback is empty',
      expected: 'NOTIFICATION elements, or the fields of one notification',
    });
  }

  #openRoot(name: string, word: Word | undefined, offset: number, progress: Progress): void {
    this.#checkpoint(offset, undefined, 0);
    this.#root = { name, around: undefined, offset };
    this.#assembler.enter(this.#root);
    if (word === POSTBACK) return;
    throw this.#assembler.error({
      code: 'NOT_A_POSTBACK',
      offset,
      readTo: progress.readTo,
      problem: 'The root element is not POSTBACK',
      expected: '<POSTBACK>',
    });
  }

  /** Fields and NOTIFICATION elements do not mix. */
  #checkNeighbours(name: string, word: Word | undefined, offset: number, progress: Progress): void {
    const fieldsDepth = word === NOTIFICATION ? 2 : 1;
    if (this.#fieldsDepth !== 0 && this.#fieldsDepth !== fieldsDepth) {
      throw this.#assembler.error({
        code: 'NOT_A_POSTBACK',
        offset,
        path: this.#pathWith(name),
        readTo: progress.readTo,
        problem: 'Fields directly in POSTBACK next to a NOTIFICATION',
        expected: 'either NOTIFICATION elements or the fields of one notification',
      });
    }
    this.#fieldsDepth = fieldsDepth;
  }

  #openNotification(name: string, offset: number, progress: Progress): void {
    const ordinal = this.#assembler.ordinal + 1;
    this.#checkpoint(offset, this.#root, this.#fieldsDepth);
    this.#assembler.enter({ name, around: this.#root, ordinal, offset });
    this.#begin(progress);
  }

  #begin(progress: Progress): RawNotification {
    this.#hasBody = false;
    return this.#assembler.begin(progress.readTo);
  }

  #openBody(notification: RawNotification, name: string, offset: number): void {
    const body = { name, around: notification.section, offset };
    this.#assembler.enter(body);
    if (this.#hasBody && notification.fault === undefined) {
      const explanation = { problem: 'Duplicate BODY', expected: 'at most one in a notification' };
      this.#assembler.refuse(notification, { code: 'DUPLICATE_FIELD', ...sectionPlace(body), ...explanation });
    }
    this.#hasBody = true;
  }

  #checkLimits(notification: RawNotification): void {
    if (notification.fault !== undefined) this.#assembler.refuse(notification, notification.fault);
  }

  /** Remembers a field with the sender's words, if it is not inside another field. */
  #watch(words: SendersWords, notification: RawNotification, name: string, offset: number): void {
    const { section } = this.#assembler;
    const depth = this.#fieldsDepth + (section === notification.section ? 1 : 2);
    if (depth === this.#depth) words.open(new TextField(name, offset, section, this.#source), depth);
  }

  /** The path of an element that is not opened. */
  #pathWith(name: string): string {
    const word = wordNamed(name);
    // It is the first of its kind here: for a second one, the error would already have been reported.
    const number = word === FILE || word === NUMBER || word === NOTIFICATION ? '[1]' : '';
    return `${this.#assembler.path()}/${shownName(name)}${number}`;
  }
}
