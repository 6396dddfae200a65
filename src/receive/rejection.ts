// Requests and notifications that cannot be read: calls onReject and chooses the answer.

import { errorAnswer } from './answer.ts';
import type { Answer } from './answer.ts';
import { LATE, withDeadline } from './deadline.ts';
import { ReceiveError } from './errors.ts';
import { publish } from './events.ts';
import type { Exchange } from './exchange.ts';
import { callHook } from './hooks.ts';
import type { Unreadable } from './options.ts';
import type { PostbackRequest } from './request.ts';
import { warn } from './warnings.ts';
import type { ArrivedBody } from './document-in-body.ts';

/** Calls `onReject`. `body` is what arrived, if it arrived completely. */
export async function reject<Req>(
  { receiver, postback, arrivedAt, answerUntil }: Exchange<Req>,
  errors: readonly [Unreadable, ...Unreadable[]],
  body: ArrivedBody | undefined,
): Promise<Answer> {
  const { onReject } = receiver.options;
  const raw = body?.raw;
  const headers = withoutSecrets(postback.headers);
  const rejection = {
    errors,
    raw,
    headers: body?.isText === true ? headersOfText(headers) : headers,
    arrivedAt,
  };
  const result = await withDeadline(
    callHook('onReject', () => onReject?.(rejection, { request: postback.request })),
    answerUntil,
  );
  if (result === LATE) warn('onReject', 'was not done by ackTimeoutMs.');
  if (result === 'failed' || result === LATE) return errorAnswer(500, 'ON_REJECT_FAILED');
  if (result === 'accepted' && raw !== undefined) return receiver.settings.success;
  return errorAnswer(statusOf(errors[0]), errors[0].code);
}

/** Publishes that something could not be read. */
export function publishRejection<Req>(
  { requestId, startedAt }: Exchange<Req>,
  errors: readonly Unreadable[],
  { status }: Answer,
): void {
  publish('mo-postback:rejected', startedAt, { requestId, status, codes: errors.map(({ code }) => code) });
}

function statusOf(error: Unreadable): number {
  if (error instanceof ReceiveError) return error.status;
  return error.code === 'TOO_LARGE' ? 413 : 400;
}

// Others may contain secrets: credentials, cookies, the URL (`x-original-url`, `referer`, `:path` of HTTP/2).
const KEPT_HEADERS = ['content-type', 'content-encoding', 'content-length', 'user-agent', 'date'];

function withoutSecrets(headers: PostbackRequest['headers']): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = headers[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

/** The headers that describe a body that a body parser has decoded. */
function headersOfText({ 'content-type': type, ...headers }: Record<string, string>): Record<string, string> {
  delete headers['content-encoding'];
  const withoutCharset = (type ?? 'text/plain').replace(/;\s*charset\s*=\s*(?:"[^"]*"|[^\s;]*)/gi, '');
  return { ...headers, 'content-type': `${withoutCharset}; charset=utf-8` };
}
