// XML -> raw notifications: one pass of SAX events, and what each event means in a postback.

import { SaxesParser } from 'saxes';
import { PostbackError } from '../errors.ts';
import type { DocumentErrorCode, PostbackWarning } from '../errors.ts';
import { Guard, MAX_MENDS } from './xml-repair.ts';
import type { GuardSink, Refusal } from './xml-repair.ts';
import { complaintOf } from './saxes-errors.ts';
import type { Complaint } from './saxes-errors.ts';
import type { Settings } from '../options.ts';
import { NO_CHILDREN, pathOf, sectionPath } from './raw-notification.ts';
import type { Fault, RawElement, RawNotification, Section } from './raw-notification.ts';
import { Reader } from './assembler.ts';
import { BODY, FILE, NOTIFICATION, NUMBER, POSTBACK, shownName, wordNamed } from '../protocol/vocabulary.ts';
import type { Word } from '../protocol/vocabulary.ts';
import { isBlank } from '../protocol/xml-whitespace.ts';

// What may stand outside the root.
const NO_TEXT = /^(?:[\t\n\r ]+|<!--[^]*?-->|<\?[^]*?\?>)*/;

// XML is read as 1.0 whatever version it declares, without namespaces. Positions in its messages would cost time.
const SAXES_OPTIONS = { xmlns: false, position: false, defaultXMLVersion: '1.0', forceXMLVersion: true } as const;

const REFUSALS: Readonly<Record<Refusal, Complaint>> = {
  doctype: { problem: 'A document type declaration begins', expected: 'none: it is never read' },
  reference: {
    problem: 'An "&" begins no reference that is known without a document type declaration',
    expected:
      '&amp; for the character itself, one of &lt; &gt; &quot; &apos;, or the reference of a character that XML allows',
  },
  'one mend too many': {
    problem: `Something stands here that recover would mend, had it not mended ${String(MAX_MENDS)} places of this document already`,
    expected: 'fewer of them',
  },
  surrogate: { problem: 'Half a surrogate pair stands here', expected: 'whole characters' },
  'processing instruction': {
    problem: 'The name of a processing instruction is not well-formed',
    expected: '<?NAME ...?>',
  },
};

/** Reads the text of one document that is XML. A wrong end tag takes the last notification back. */
export class XmlReader<Result> extends Reader<Result> implements GuardSink {
  readonly #guard: Guard;
  readonly #saxes = new SaxesParser(SAXES_OPTIONS);

  // The offset up to which the guard has passed the document on, and that up to which it does so just now.
  #passed = 0;
  #passing = 0;
  // Offsets count what was sent, saxes counts what it was given: more by this, for what the guard has mended.
  #surplus = 0;

  // Whether the whole document was passed on.
  #isAtEnd = false;

  #depth = 0;
  #rootName = '';
  #rootOffset = 0;
  // The name in the last end tag that was expected, for the complaint that it was another.
  #closedName = '';
  // The notification that is open, and the depth of the element that holds its fields: 1 (POSTBACK) or 2 (NOTIFICATION).
  #notification: RawNotification | undefined;
  #homeDepth = 0;
  // The BODY of it that is open, and whether it had any.
  #body: Section | undefined;
  #hasBody = false;
  // The innermost element that is open inside the notification.
  #innermost: RawElement | undefined;

  // Where the root ended; 0 before.
  #rootEnd = 0;

  constructor(
    settings: Settings,
    interpret: (notification: RawNotification) => Result,
    onResult: (result: Result) => void,
  ) {
    super(settings, interpret, onResult);
    this.#guard = new Guard(this, settings.recover);
    const onText = (text: string): void => {
      this.#text(text);
    };
    // No more handlers than needed: a few more, and V8 takes the parser for a dictionary and reads at a tenth of the speed.
    const saxes = this.#saxes;
    saxes.on('opentagstart', (tag) => {
      // Typed for namespaces too, which are off: saxes fills it with strings before the tag ends.
      this.#open(tag.name, tag.attributes as Record<string, string>);
    });
    saxes.on('attribute', (attribute) => {
      // Of nothing else at that depth than a NOTIFICATION.
      if (this.#depth === 2 && this.#homeDepth === 2) this.#notification?.attributes.push(attribute);
    });
    saxes.on('closetag', (tag) => {
      this.#close(tag.name);
    });
    saxes.on('text', onText);
    saxes.on('cdata', onText);
    saxes.on('error', (error) => {
      throw this.#malformed(error.message);
    });
  }

  // From the guard.

  pass(text: string): void {
    this.#passing = this.#passed + text.length;
    this.#saxes.write(text);
    this.#passed = this.#passing;
  }

  mend(code: PostbackWarning['code'], length: number, text: string): void {
    this.warn(code, this.#passed);
    this.#passed += length;
    this.#passing = this.#passed;
    this.#surplus += text.length - length;
    this.#saxes.write(text);
  }

  refuse(why: Refusal): never {
    throw this.documentError(why === 'doctype' ? 'DOCTYPE_FORBIDDEN' : 'MALFORMED', this.#passed, REFUSALS[why]);
  }

  protected read(piece: string): void {
    // saxes would skip it as a byte order mark; the document's own is no part of the text.
    if (this.window.end === 0 && piece.startsWith('\uFEFF')) throw this.#textOutside(0);
    this.window.push(piece);
    this.#guard.write(piece);
  }

  protected end(): void {
    this.#guard.close();
    this.#isAtEnd = true;
    this.#saxes.close();
    if (this.ordinal === 0) {
      throw this.errorAt('NO_NOTIFICATION', this.#rootOffset, shownName(this.#rootName), {
        problem: 'The postback is empty',
        expected: 'NOTIFICATION elements, or the fields of one notification',
      });
    }
  }

  /** The offset behind what saxes has read. At the end of its chunk it counts one too many, in a mend too few. */
  #offset(): number {
    return Math.max(this.#passed, Math.min(this.#passing, this.#saxes.position - this.#surplus));
  }

  #open(name: string, attributes: RawElement['attributes']): void {
    // A second root: saxes refuses it right after this.
    if (this.#depth === 0 && this.#rootName !== '') return;
    // saxes has read "<", the name, and what stands behind it: see startOf.
    const offset = this.#offset() - name.length - 2;
    const { maxDepth } = this.settings;
    if (this.#depth === maxDepth) {
      throw this.errorAt('TOO_DEEP', offset, this.#pathWith(name), {
        problem: `Elements are nested deeper than ${String(maxDepth)}`,
        expected: 'less depth, or a larger maxDepth',
      });
    }
    const depth = ++this.#depth;
    const word = wordNamed(name);
    if (depth === 1) {
      this.#rootName = name;
      this.#rootOffset = offset;
      if (word === POSTBACK) return;
      throw this.errorAt('NOT_A_POSTBACK', offset, shownName(name), {
        problem: 'The root element is no postback',
        expected: '<POSTBACK>',
      });
    }
    if (depth === 2) {
      const home = word === NOTIFICATION ? 2 : 1;
      if (this.#homeDepth !== 0 && this.#homeDepth !== home) {
        throw this.errorAt('NOT_A_POSTBACK', offset, this.#pathWith(name), {
          problem: 'Fields stand straight in POSTBACK beside a NOTIFICATION',
          expected: 'NOTIFICATION elements alone, or the fields of one notification alone',
        });
      }
      this.#homeDepth = home;
      if (home === 2) {
        this.#openNotification(name, offset);
        return;
      }
    }
    this.#openElement(this.#notification ?? this.#openNotification(), name, word, attributes, offset);
  }

  /** Without arguments: the one whose fields stand straight in POSTBACK. */
  #openNotification(name?: string, offset = this.#rootOffset): RawNotification {
    const root: Section = { name: this.#rootName, around: undefined, offset: this.#rootOffset };
    this.#body = undefined;
    this.#hasBody = false;
    this.#notification = this.begin((ordinal) => (name === undefined ? root : { name, around: root, ordinal, offset }));
    return this.#notification;
  }

  #openElement(
    notification: RawNotification,
    name: string,
    word: Word | undefined,
    attributes: RawElement['attributes'],
    offset: number,
  ): void {
    // What follows a fault is not kept.
    if (notification.fault !== undefined) return;
    const parent = this.#innermost;
    if (word === BODY && this.#depth === this.#homeDepth + 1) {
      this.#body = { name, around: notification.section, offset };
      if (this.#hasBody) {
        const path = sectionPath(this.#body);
        this.#fault(notification, {
          code: 'DUPLICATE_FIELD',
          offset,
          path,
          problem: 'BODY stands twice in this notification',
          expected: 'it once',
        });
      }
      this.#hasBody = true;
      return;
    }
    const section = this.#body ?? notification.section;
    const element: RawElement = {
      name,
      word,
      attributes,
      children: NO_CHILDREN,
      parent,
      section,
      offset,
      text: '',
      index: undefined,
      unfit: undefined,
    };
    this.#innermost = this.add(element, notification) ? element : undefined;
  }

  #text(text: string): void {
    if (this.#innermost !== undefined) {
      this.#innermost.text += text;
      return;
    }
    // Outside the root, saxes refuses what is not blank.
    if (this.#depth === 0 || isBlank(text)) return;
    if (this.#depth === 1) {
      throw this.documentError('NOT_A_POSTBACK', this.#offset() - 1, {
        problem: 'Words stand straight in POSTBACK, before this place',
        expected: 'elements alone',
      });
    }
    const notification = this.#notification;
    if (notification === undefined || notification.fault !== undefined) return;
    const section = this.#body ?? notification.section;
    this.#fault(notification, {
      code: 'UNEXPECTED_CONTENT',
      offset: section.offset,
      path: sectionPath(section),
      problem: 'Words stand straight in this element, which holds fields',
      expected: 'elements alone',
    });
  }

  #fault(notification: RawNotification, fault: Fault): void {
    notification.fault = fault;
    this.#innermost = undefined;
  }

  #close(name: string): void {
    this.#closedName = name;
    const depth = this.#depth--;
    const notification = this.#notification;
    if (this.#innermost !== undefined) {
      this.#innermost = this.#innermost.parent;
    } else if (notification !== undefined && depth === this.#homeDepth) {
      this.#notification = undefined;
      this.take(notification, this.#offset());
    } else if (notification !== undefined && depth === this.#homeDepth + 1) {
      this.#body = undefined;
    }
    if (depth === 1) this.#rootEnd = this.#offset();
  }

  /** The path of the innermost open element. */
  protected path(): string {
    if (this.#depth === 0) return '';
    if (this.#notification === undefined) return shownName(this.#rootName);
    return this.#innermost === undefined
      ? sectionPath(this.#body ?? this.#notification.section)
      : pathOf(this.#innermost);
  }

  /** The path of an element that cannot stand in the innermost open one: were it not the first, that one had failed. */
  #pathWith(name: string): string {
    const word = wordNamed(name);
    const isNumbered = word === FILE || word === NUMBER || word === NOTIFICATION;
    return `${this.path()}/${shownName(name)}${isNumbered ? '[1]' : ''}`;
  }

  #malformed(saxesMessage: string): PostbackError {
    const end = this.#offset();
    if (this.#depth === 0) {
      const outside = this.window.text(this.#rootEnd, end);
      const text = outside.replace(NO_TEXT, '');
      if (this.#rootName === '' && isBlank(outside)) {
        return this.documentError('EMPTY', 0, {
          problem: 'There is no document',
          expected: 'XML whose root element is POSTBACK, or a JSON object',
        });
      }
      // saxes tells of text at the end of its chunk.
      if (text !== '' && !text.startsWith('<')) return this.#textOutside(end - text.length);
    }
    let path = this.path();
    if (saxesMessage.startsWith('unexpected close tag')) {
      path = `${path}${path === '' ? '' : '/'}${shownName(this.#closedName)}`;
      // saxes has closed the element before it looked at the name.
      if (this.lastEnd === end) this.results.pop();
    }
    // The character that was one too many, or the end.
    const offset = this.#isAtEnd ? end : end - 1;
    return this.errorOf({ code: 'MALFORMED', offset, path, ...complaintOf(saxesMessage) }, end);
  }

  #textOutside(offset: number): PostbackError {
    return this.documentError('MALFORMED', offset, {
      problem: 'There is text outside the root element',
      expected: 'nothing but the root element, comments and white space',
    });
  }

  /** An error at a start tag that is just being read. */
  protected errorAt(code: DocumentErrorCode, offset: number, path: string, complaint: Complaint): PostbackError {
    return this.errorOf({ code, offset: this.startOf(offset), path, ...complaint }, this.#offset());
  }

  /**
   * Where a start tag begins that saxes has told of. Behind the name it has read one more character, which may have
   * been a line break of two: then the offset that was taken is one too large. Told only when it is asked for.
   */
  protected startOf(offset: number): number {
    return this.window.text(offset, offset + 1) === '<' ? offset : offset - 1;
  }
}
