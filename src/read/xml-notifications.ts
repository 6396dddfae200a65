// XML tokens -> notifications: what each tag means in a postback.

import type { PostbackError, PostbackWarning } from '../errors.ts';
import { BODY, FILE, NOTIFICATION, NUMBER, POSTBACK, shownName, wordNamed } from '../protocol/vocabulary.ts';
import type { Word } from '../protocol/vocabulary.ts';
import { isBlank } from '../protocol/xml-whitespace.ts';
import type { Assembler } from './assembler.ts';
import { moreThan } from './fault.ts';
import type { Explanation } from './fault.ts';
import { MAX_REPAIRS } from './limits.ts';
import { sectionPlace } from './path.ts';
import type { Attribute, RawElement, RawNotification, Section } from './raw-notification.ts';
import { explanationOf } from './saxes-errors.ts';
import type { SourceText } from './source-text.ts';
import type { Refusal } from './xml-repair.ts';
import type { Progress, XmlTokenSink } from './xml-tokens.ts';

// What is allowed outside the root element.
const COMMENTS_AND_SPACE = /^(?:[\t\n\r ]+|<!--[^]*?-->|<\?[^]*?\?>)*/;

const REFUSALS: Readonly<Record<Refusal, Explanation>> = {
  doctype: { problem: 'Document type declaration', expected: 'a document without one' },
  reference: {
    problem: 'Unescaped "&", or an undefined reference',
    expected: '&amp; for the character itself, one of &lt; &gt; &quot; &apos;, or a reference to a character of XML',
  },
  'repair limit': {
    problem: `More than ${MAX_REPAIRS} repairs needed, the last one`,
    expected: 'a document with fewer of them',
  },
  surrogate: { problem: 'Half of a surrogate pair', expected: 'complete characters' },
  'processing instruction': { problem: 'Malformed name of a processing instruction', expected: '<?NAME ...?>' },
};

const NOT_A_DOCUMENT: Explanation = {
  problem: 'The document is neither XML nor JSON',
  expected: 'the first character "<", "{" or "["',
};
const TEXT_OUTSIDE: Explanation = {
  problem: 'Text outside the root element',
  expected: 'only comments and white space outside the root element',
};

/** Makes notifications of the tokens of one document. */
export class XmlNotifications implements XmlTokenSink {
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

  constructor(maxDepth: number, source: SourceText, assembler: Assembler) {
    this.#maxDepth = maxDepth;
    this.#source = source;
    this.#assembler = assembler;
  }

  open(name: string, attributes: RawElement['attributes'], offset: number, progress: Progress): void {
    // A second root element: saxes reports it right after this.
    if (this.#depth === 0 && this.#root !== undefined) return;
    if (this.#depth === this.#maxDepth) {
      throw this.#assembler.error({
        code: 'TOO_DEEP',
        offset,
        path: this.#pathWith(name),
        readTo: progress.readTo,
        ...moreThan(this.#maxDepth, 'nested elements', 'maxDepth'),
      });
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
    // After a fault, elements are ignored.
    if (notification.fault !== undefined) return;
    if (word === BODY && this.#depth === this.#fieldsDepth + 1) this.#openBody(notification, name, offset);
    else this.#openField(notification, name, word, attributes, offset);
  }

  attribute(attribute: Attribute): void {
    // At this depth only a NOTIFICATION has attributes that matter.
    if (this.#depth === 2 && this.#fieldsDepth === 2) this.#assembler.notification?.attributes.push(attribute);
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
    const { innermost, notification, section } = this.#assembler;
    if (innermost !== undefined) {
      this.#assembler.close(innermost);
    } else if (notification !== undefined && depth === this.#fieldsDepth) {
      this.#assembler.end(notification, progress.readTo);
      this.#assembler.leave();
    } else if (notification !== undefined && depth === this.#fieldsDepth + 1) {
      // The end of BODY, or of an element after a fault.
      if (section !== notification.section) this.#assembler.leave();
    }
    if (depth === 1) {
      this.#assembler.leave();
      this.#rootEnd = progress.readTo;
    }
  }

  repaired(code: PostbackWarning['code'], offset: number): void {
    this.#assembler.repaired(code, offset);
  }

  malformed(saxesMessage: string, readTo: number, isAtEnd: boolean): never {
    if (this.#depth === 0) this.#checkOutside(readTo);
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

  refused(refusal: Refusal, offset: number): never {
    const code = refusal === 'doctype' ? 'DOCTYPE_FORBIDDEN' : 'MALFORMED';
    throw this.#assembler.error({ code, offset, ...REFUSALS[refusal] });
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
    if (this.#hasBody) {
      this.#assembler.refuse(notification, {
        code: 'DUPLICATE_FIELD',
        ...sectionPlace(body),
        problem: 'Duplicate BODY',
        expected: 'at most one in a notification',
      });
    }
    this.#hasBody = true;
  }

  #openField(
    notification: RawNotification,
    name: string,
    word: Word | undefined,
    attributes: RawElement['attributes'],
    offset: number,
  ): void {
    this.#assembler.open(notification, name, word, attributes, offset);
    // The limit was exceeded.
    if (notification.fault !== undefined) this.#assembler.refuse(notification, notification.fault);
  }

  /**
   * @throws PostbackError if there is anything other than comments and white space outside the root element, or no
   *   document
   */
  #checkOutside(readTo: number): void {
    const outside = this.#source.slice(this.#rootEnd, readTo);
    if (this.#root === undefined && isBlank(outside)) {
      throw this.#assembler.error({
        code: 'EMPTY',
        offset: 0,
        problem: 'The document is empty',
        expected: 'XML with the root element POSTBACK, or a JSON object',
      });
    }
    const text = outside.replace(COMMENTS_AND_SPACE, '');
    // saxes reports text only at the end of its chunk.
    if (text !== '' && !text.startsWith('<')) throw this.textOutside(readTo - text.length);
  }

  /** The error for text outside the root element. */
  textOutside(offset: number): PostbackError {
    const isFirst = isBlank(this.#source.slice(0, offset)) && !this.#source.hasAt(offset, '\uFEFF');
    return this.#assembler.error({ code: 'MALFORMED', offset, ...(isFirst ? NOT_A_DOCUMENT : TEXT_OUTSIDE) });
  }

  /** The path of an element that is not opened. */
  #pathWith(name: string): string {
    const word = wordNamed(name);
    // It is the first of its kind here: for a second one, the error would already have been reported.
    const number = word === FILE || word === NUMBER || word === NOTIFICATION ? '[1]' : '';
    return `${this.#assembler.path()}/${shownName(name)}${number}`;
  }
}
