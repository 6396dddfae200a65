// The answers to the provider. When each is sent: docs/receiving.md.

import type { PostbackErrorCode } from '../errors.ts';
import { requireOptions } from '../options.ts';
import type { ReceiveErrorCode } from './errors.ts';
import type { SuccessResponse } from './options.ts';

/** An answer. The body of an error is its code and nothing else. */
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
  | 'ON_REJECT_FAILED'
  | 'INTERNAL_ERROR';

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

// Servers set these themselves.
const OF_THE_SERVER = ['content-length', 'transfer-encoding', 'connection'];

/**
 * The answer that everything was handled.
 * @throws TypeError for a wrong option `successResponse`
 */
export function successAnswer(response: SuccessResponse = {}): Answer {
  const { headers: given = {}, body = '' } = requireOptions(response, ['headers', 'body'], 'options.successResponse');
  if (typeof (body as unknown) !== 'string') {
    throw new TypeError(`options.successResponse.body: expected a string, got ${typeof body}`);
  }
  const headers: Record<string, string> = body === '' ? {} : { 'content-type': 'text/plain; charset=utf-8' };
  for (const [name, value] of headersOf(given)) {
    if (OF_THE_SERVER.includes(name)) {
      throw new TypeError(`options.successResponse.headers: expected no ${name}, because the server sets it`);
    }
    headers[name] = value;
  }
  return { status: 200, headers, body };
}

function headersOf(given: NonNullable<SuccessResponse['headers']>): Headers {
  const headers = new Headers();
  try {
    if (typeof (given as unknown) !== 'object') throw new TypeError('no object');
    for (const [name, value] of given instanceof Headers ? given : Object.entries(given)) {
      if (value !== undefined) headers.set(name, value);
    }
  } catch {
    throw new TypeError('options.successResponse.headers: expected valid names and values of HTTP headers');
  }
  return headers;
}
