// Repaired text -> tokens, by saxes, each with its place in the document.

import { SaxesParser } from 'saxes';
import type { PostbackWarning } from '../errors.ts';
import type { Repairs } from './decode.ts';
import type { Attribute, RawElement } from './raw-notification.ts';
import type { SourceText } from './source-text.ts';
import type { Checkpoint } from './xml-restart.ts';
import type { Refusal, RepairSink } from './xml-repair-sink.ts';

/** How far the document was read. Computed only when needed: most tokens do not need it. */
export interface Progress {
  /** The offset after everything that was read so far. */
  readonly readTo: number;
}

/** Receives the tokens in the order of the document. */
export interface XmlTokenSink {
  /** A start tag, before its attributes. `attributes` is filled before the next `text`, `open` or `close`. */
  open(name: string, attributes: RawElement['attributes'], offset: number, progress: Progress): void;
  attribute(attribute: Attribute): void;
  text(text: string, progress: Progress): void;
  /** `name` is that of the closed element. A wrong end tag may have another name: see `malformed`. */
  close(name: string, progress: Progress): void;
  /** saxes cannot read on. If the end tag was wrong, it has already closed the innermost element. */
  malformed(saxesMessage: string, readTo: number, isAtEnd: boolean): never;
  /** The repair has found something that is not allowed at `offset`. */
  refused(refusal: Refusal, offset: number): never;
}

/** Gets and counts what is repaired. */
interface CountedRepairs extends Repairs {
  /** Counts a repair. Returns `false` if no more are allowed. */
  takeRepair(): boolean;
}

// XML is read as 1.0, even if it declares another version, and without namespaces. Positions of saxes would be slower.
const SAXES_OPTIONS = { xmlns: false, position: false, defaultXMLVersion: '1.0', forceXMLVersion: true } as const;

/** Tokenizes the text that the repair lets through. */
export class XmlTokens implements RepairSink, Progress {
  readonly #sink: XmlTokenSink;
  readonly #source: SourceText;
  readonly #repairs: CountedRepairs;
  readonly #saxes = new SaxesParser(SAXES_OPTIONS);
  // The offset up to which saxes has read, and the end of the text that it is reading now.
  #passed = 0;
  #passing = 0;
  // Repairs make the text that saxes gets longer than the document by this.
  #surplus = 0;
  #isAtEnd = false;

  /** Goes on at `from`, by default at the start of the document. */
  constructor(sink: XmlTokenSink, source: SourceText, repairs: CountedRepairs, from?: Checkpoint) {
    this.#sink = sink;
    this.#source = source;
    this.#repairs = repairs;
    const saxes = this.#saxes;
    // Before there are handlers: the root element was already opened.
    if (from !== undefined) this.#goOn(from);
    const onText = (text: string): void => {
      sink.text(text, this);
    };
    // No more handlers than needed: with a few more, V8 treats the parser as a dictionary, and reads ten times slower.
    saxes.on('opentagstart', ({ name, attributes }) => {
      // Typed for namespaces too, which are off: saxes fills it with strings.
      sink.open(name, attributes as Record<string, string>, this.#startOfTag(name), this);
    });
    saxes.on('attribute', (attribute) => {
      sink.attribute(attribute);
    });
    saxes.on('closetag', ({ name }) => {
      sink.close(name, this);
    });
    saxes.on('text', onText);
    saxes.on('cdata', onText);
    saxes.on('error', ({ message }) => sink.malformed(message, this.readTo, this.#isAtEnd));
  }

  /** Opens the root element around an offset, which saxes has not read. */
  #goOn({ offset, root, rootEnd }: Checkpoint): void {
    const tag = root?.name === undefined ? '' : rootEnd === 0 ? `<${root.name}>` : `<${root.name}/>`;
    this.#saxes.write(tag);
    this.skip(offset);
    this.#surplus += tag.length;
  }

  get offset(): number {
    return this.#passed;
  }

  hasArrived(text: string, skipped: number): boolean {
    return this.#source.find(text, this.#passed + skipped) !== -1;
  }

  skip(length: number): void {
    this.#passed += length;
    this.#passing = this.#passed;
    this.#surplus -= length;
  }

  pass(text: string): void {
    this.#passing = this.#passed + text.length;
    this.#saxes.write(text);
    this.#passed = this.#passing;
  }

  replace(code: PostbackWarning['code'], length: number, text: string): void {
    if (!this.#repairs.takeRepair()) this.refuse('repair limit');
    this.#repairs.repaired(code, this.#passed);
    this.skip(length);
    this.#surplus += text.length;
    this.#saxes.write(text);
  }

  refuse(refusal: Refusal): never {
    this.#sink.refused(refusal, this.#passed);
  }

  end(): void {
    this.#isAtEnd = true;
    this.#saxes.close();
  }

  /** The offset after what saxes has read. Corrects its position at the end of a chunk and in a repair. */
  get readTo(): number {
    return Math.max(this.#passed, Math.min(this.#passing, this.#saxes.position - this.#surplus));
  }

  /**
   * The offset of a start tag whose name was just read. saxes has read one more character, which may be a CRLF:
   *
   *     <FROM>…      <FROM␍␊
   *     ^     ^      ^      ^
   */
  #startOfTag(name: string): number {
    const offset = this.readTo - name.length - 2;
    return this.#source.slice(offset, offset + 1) === '<' ? offset : offset - 1;
  }
}
