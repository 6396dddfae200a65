// What the repair of XML text passes on, and what it asks.

import type { PostbackWarning } from '../errors.ts';
import type { TextField } from './xml-text-fields.ts';

/** Why a document is refused. */
export type Refusal =
  | 'doctype'
  | 'reference'
  | 'repair limit'
  | 'surrogate'
  | 'processing instruction'
  | 'unclosed construct'
  | 'unclosed field';

/** Receives the repaired text, in the order of the document, and knows how far it was read. */
export interface RepairSink {
  /** Text of the document. */
  pass(text: string): void;
  /** A repair: `text` replaces the next `length` UTF-16 units of the document. Refuses it if there were too many. */
  replace(code: PostbackWarning['code'], length: number, text: string): void;
  /** The next `length` UTF-16 units are ignored, without a warning. */
  skip(length: number): void;
  /** The document cannot be read on from here. */
  refuse(refusal: Refusal): never;
  /** The offset after what was passed on. */
  readonly offset: number;
  /** Whether a text has arrived, `skipped` UTF-16 units or more after what was passed on. */
  hasArrived(text: string, skipped: number): boolean;
}

/** Where the text that was passed on ends. */
export interface RepairPlace {
  /** Whether the root element has ended. */
  readonly isAfterRoot: boolean;
  /** The innermost open element, if it is a field that holds the sender's words. */
  readonly textField: TextField | undefined;
}

/** Where a reading starts, and what it repairs. */
export interface RepairMode {
  readonly recover: boolean;
  /** Whether it starts in the middle of the document. */
  readonly isContinued: boolean;
  /** Whether a stray `<` is repaired. */
  readonly isSecondReading: boolean;
}
