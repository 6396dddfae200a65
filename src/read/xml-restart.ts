// Reading a notification for a second time: where it starts, and how the first reading ended.

import type { PostbackResult } from '../errors.ts';
import type { AssemblerState } from './assembler.ts';
import type { Section } from './raw-notification.ts';

/**
 * How notifications are read: once, or a second time if the first one fails. What ends in the first reading is thrown;
 * what ends in the second one counts.
 */
export type NotificationsMode = 'only' | 'first of two' | 'second';

/** Where a document can be read on: between notifications, or at the start tag of one. */
export interface Checkpoint {
  readonly offset: number;
  /** The root element, if the offset is behind its start tag. */
  readonly root: Section | undefined;
  /** The offset after the root element, or 0. */
  readonly rootEnd: number;
  readonly fieldsDepth: number;
  readonly assembler: AssemblerState;
}

/** Thrown at the end of a notification that is not valid, but may be in a second reading. */
export class InvalidNotification extends Error {
  readonly result: PostbackResult;
  /** The state after it. */
  readonly after: Checkpoint;

  constructor(result: PostbackResult, after: Checkpoint) {
    super();
    this.result = result;
    this.after = after;
  }
}
