// The answers to the provider. When each is sent: docs/receiving.md.

import type { PostbackErrorCode } from '../errors.ts';
import type { ReceiveErrorCode } from './errors.ts';

/** An answer. Its body is the code of an error and nothing else, or empty. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the body of an answer may contain, besides the codes of PostbackError and ReceiveError. */
export type AnswerCode =
  | 'METHOD_NOT_ALLOWED'
  | 'UNAUTHORIZED'
  | 'AUTHORIZE_FAILED'
  | 'OVERLOADED'
  | 'DRAINING'
  | 'STORE_UNAVAILABLE'
  | 'IN_PROGRESS'
  | 'CALLBACK_TIMEOUT'
  | 'CALLBACK_FAILED'
  | 'ON_REJECT_FAILED';

/** Everything was handled. */
export const OK: Answer = { status: 200, headers: {}, body: '' };

/** The header of an answer after which the connection is closed. */
export const CLOSE = { connection: 'close' };

/** An answer that names an error. */
export function errorAnswer(
  status: number,
  code: PostbackErrorCode | ReceiveErrorCode | AnswerCode,
  headers: Answer['headers'] = {},
): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: code };
}
