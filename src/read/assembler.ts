// The text of one document, in pieces -> the results of its notifications: what XML and JSON have in common.

import { PostbackError } from '../errors.ts';
import type { DocumentErrorCode, PostbackWarning } from '../errors.ts';
import type { Complaint } from './saxes-errors.ts';
import type { Settings } from '../options.ts';
import { NO_CHILDREN, pathOf, sectionPath } from './raw-notification.ts';
import type { Fault, RawElement, RawNotification, Section } from './raw-notification.ts';
import { CONTENT, FILE } from '../protocol/vocabulary.ts';
import { Window } from './source-text.ts';

// More text than this is read in pieces, so that results come out while it is read. No less: V8 reads a slice of a string
// more slowly than a string of its own, and a bundle of 300 is to be none.
const PIECE_LENGTH = 1024 * 1024;

// Every warning costs memory, and a body may be made of nothing else.
const MAX_WARNINGS = 256;

const NO_WARNINGS: readonly PostbackWarning[] = [];

/**
 * Reads the text of one document.
 *
 * A notification is interpreted when it ends, while the text that errors point at is there, and so that what it was made
 * of is soon garbage. What comes of it is handed over only when the piece of text is read: a callback's exception must not
 * pass through the parser.
 */
export abstract class Reader<Result> {
  protected readonly settings: Settings;
  protected readonly window: Window = new Window();
  /** Where the last notification ended: maxNotificationLength counts from here. */
  protected lastEnd = 0;
  /** How many notifications have begun. */
  protected ordinal = 0;
  /** Of the notifications that ended in the text that is being read. */
  protected results: Result[] = [];
  readonly #interpret: (notification: RawNotification) => Result;
  readonly #onResult: (result: Result) => void;
  #warnings: PostbackWarning[] = [];
  #fieldCount = 0;
  #fileCount = 0;

  constructor(
    settings: Settings,
    interpret: (notification: RawNotification) => Result,
    onResult: (result: Result) => void,
  ) {
    this.settings = settings;
    this.#interpret = interpret;
    this.#onResult = onResult;
  }

  /** Reads more text. */
  write(text: string): void {
    const { maxNotificationLength } = this.settings;
    for (let from = 0; from < text.length;) {
      const room = maxNotificationLength - (this.window.end - this.lastEnd);
      if (room === 0) {
        throw this.tooLarge({
          problem: `There are more than ${String(maxNotificationLength)} bytes since the last notification's end`,
          expected: 'a smaller notification, or a larger maxNotificationLength',
        });
      }
      const length = Math.min(room, PIECE_LENGTH);
      const piece = from === 0 && length >= text.length ? text : text.slice(from, from + length);
      from += piece.length;
      this.#read(piece);
    }
  }

  /** Ends the document. */
  close(): void {
    this.#read(undefined);
  }

  /** The error that a fault of a notification becomes. Only while the notification is being interpreted. */
  error({ end }: RawNotification, fault: Fault): PostbackError {
    return this.errorOf({ ...fault, offset: this.startOf(fault.offset) }, end);
  }

  /** The error for a document that is larger than it may be. */
  tooLarge(complaint: Complaint): PostbackError {
    return this.documentError('TOO_LARGE', this.window.end, complaint);
  }

  /** The error for bytes behind the text that cannot be decoded. */
  badEncoding(problem: string): PostbackError {
    return this.documentError('BAD_ENCODING', this.window.end, {
      problem,
      expected: 'UTF-8, UTF-16 or Windows-1252 (ISO-8859-1), and the document to be in the one that is named',
    });
  }

  /** What an engine says of a string or a stack that grew too large is the document's fault. */
  known(error: unknown): unknown {
    if (!(error instanceof RangeError)) return error;
    return this.tooLarge({
      problem: 'This is more than the JavaScript engine can hold',
      expected: 'a smaller document; the limits that refuse it were lifted',
    });
  }

  /** Reads a piece of text, which is to be pushed to the window. */
  protected abstract read(piece: string): void;

  /** Reads the end. */
  protected abstract end(): void;

  /** The path of what is open. */
  protected abstract path(): string;

  /** Where something really begins whose offset was taken in haste. */
  protected abstract startOf(offset: number): number;

  /** An error at something that begins just now. */
  protected abstract errorAt(
    code: DocumentErrorCode,
    offset: number,
    path: string,
    complaint: Complaint,
  ): PostbackError;

  /** Begins a notification. */
  protected begin(sectionOf: (ordinal: number) => Section): RawNotification {
    const { maxNotifications } = this.settings;
    const ordinal = ++this.ordinal;
    const section = sectionOf(ordinal);
    if (ordinal > maxNotifications) {
      throw this.errorAt('TOO_MANY_NOTIFICATIONS', section.offset, sectionPath(section), {
        problem: `There are more than ${String(maxNotifications)} notifications`,
        expected: 'fewer, or a larger maxNotifications',
      });
    }
    this.#fieldCount = 0;
    this.#fileCount = 0;
    return {
      ordinal,
      section,
      attributes: [],
      elements: [],
      words: 0,
      duplicate: undefined,
      fault: undefined,
      warnings: NO_WARNINGS,
      end: 0,
    };
  }

  /** Puts an element where it belongs: into its parent, or the notification. Whether the limits let it: else that is a fault. */
  protected add(element: RawElement, notification: RawNotification): boolean {
    const { word, parent, offset } = element;
    if (parent === undefined) {
      notification.elements.push(element);
      if (word !== undefined) notification.words |= word.bit;
    } else if (parent.children === NO_CHILDREN) parent.children = [element];
    else parent.children.push(element);
    const { maxFields, maxFiles } = this.settings;
    const isFile = word === FILE && parent?.word === CONTENT && parent.parent === undefined;
    if (isFile ? ++this.#fileCount <= maxFiles : ++this.#fieldCount <= maxFields) return true;
    notification.fault = {
      code: isFile ? 'TOO_MANY_FILES' : 'TOO_MANY_FIELDS',
      offset,
      path: pathOf(element),
      problem: isFile
        ? `There are more than ${String(maxFiles)} FILEs in this notification`
        : `There are more than ${String(maxFields)} elements in this notification`,
      expected: `fewer, or a larger ${isFile ? 'maxFiles' : 'maxFields'}`,
    };
    return false;
  }

  /** Takes a notification that has ended before `end`. */
  protected take(notification: RawNotification, end: number): void {
    notification.end = end;
    if (this.#warnings.length > 0) {
      notification.warnings = this.#warnings;
      this.#warnings = [];
    }
    this.lastEnd = end;
    this.results.push(this.#interpret(notification));
  }

  /** Takes note of what `recover` mended. */
  protected warn(code: PostbackWarning['code'], offset: number): void {
    if (this.#warnings.length < MAX_WARNINGS)
      this.#warnings.push({ code, ...this.window.spot(offset), path: this.path() });
  }

  protected documentError(code: DocumentErrorCode, offset: number, complaint: Complaint): PostbackError {
    return this.errorOf({ code, offset, path: this.path(), ...complaint }, offset + 1);
  }

  /** `readTo`: where the text ends that the error may show. */
  protected errorOf({ code, offset, path, problem, expected, notification }: Fault, readTo: number): PostbackError {
    const { line, column } = this.window.spot(offset);
    const where = `line ${String(line)}, column ${String(column)}${path === '' ? '' : ` (${path})`}`;
    return new PostbackError({
      code,
      line,
      column,
      path,
      message: `${problem}, at ${where}. Expected ${expected}.`,
      excerpt: this.window.excerpt(offset, readTo),
      notification,
    });
  }

  /** Reads a piece of text, or the end, and hands over what has ended in it, also where it cannot be read on. */
  #read(piece: string | undefined): void {
    try {
      if (piece === undefined) this.end();
      else this.read(piece);
    } catch (error) {
      const known = this.known(error);
      this.#handOver();
      throw known;
    }
    this.#handOver();
  }

  #handOver(): void {
    if (this.results.length === 0) return;
    const results = this.results;
    this.results = [];
    for (const result of results) this.#onResult(result);
    this.window.forget(this.lastEnd);
  }
}
