// What is wrong with a document or a notification, and the error that describes it.

import { PostbackError } from '../errors.ts';
import type { PostbackErrorCode } from '../errors.ts';
import type { OtherNotification } from '../message.ts';
import type { PostbackOptions } from '../options.ts';
import type { SourceText } from './source-text.ts';

/** What was wrong, and what was expected: two clauses of an error's message. */
export interface Explanation {
  /** For example `Duplicate field FROM`. The position follows it. */
  readonly problem: string;
  /** For example `exactly one`. */
  readonly expected: string;
}

/** Where something is. */
export interface SourcePlace {
  /** The offset of the character or the start tag that is wrong. */
  readonly offset: number;
  readonly path: string;
}

/** Something wrong, and where. */
export interface Fault extends Explanation, SourcePlace {
  readonly code: PostbackErrorCode;
  /** Only for `UNSUPPORTED_ORIGIN`: what was read instead of a message. */
  readonly notification?: OtherNotification | undefined;
}

/** Makes the error for a fault of a notification. */
export type Fail = (fault: Fault) => PostbackError;

/** What an error says if more text should follow. */
export const TRUNCATED = 'The document is incomplete (it may be truncated)';

/** What an error says about a limit that was exceeded. */
export function moreThan(limit: number, what: string, option: keyof PostbackOptions): Explanation {
  return {
    problem: `More than ${limit} ${what}`,
    expected: `at most ${limit}, or a larger ${option}`,
  };
}

/** The error for a fault. `readTo`: the offset where the text ends that the excerpt may show. */
export function errorOf(fault: Fault, source: SourceText, readTo: number): PostbackError {
  const { offset, path, problem, expected } = fault;
  const { line, column } = source.position(offset);
  const where = `line ${line}, column ${column}${path === '' ? '' : ` (${path})`}`;
  return new PostbackError({
    ...fault,
    line,
    column,
    message: `${problem} at ${where}. Expected ${expected}.`,
    excerpt: source.excerpt(offset, readTo),
  });
}
