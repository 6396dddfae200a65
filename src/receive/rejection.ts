// Requests and notifications that cannot be read: calls onReject and chooses the answer.

import { errorAnswer, OK } from './answer.ts';
import type { Answer } from './answer.ts';
import { LATE, now, withDeadline } from './deadline.ts';
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
  { receiver, postback, startedAt, answerUntil }: Exchange<Req>,
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
    arrivedAt: new Date(Date.now() - (now() - startedAt)),
  };
  const result = await withDeadline(
    callHook('onReject', () => onReject?.(rejection, { request: postback.request })),
    answerUntil,
  );
  if (result === LATE) warn('onReject', 'was not done by ackTimeoutMs.');
  return answerTo(result, errors[0], raw);
}

/** Publishes that something could not be read. */
export function publishRejection<Req>(
  { requestId, startedAt }: Exchange<Req>,
  errors: readonly Unreadable[],
  { status }: Answer,
): void {
  publish('mo-postback:rejected', startedAt, { requestId, status, codes: errors.map(({ code }) => code) });
}

function answerTo(result: unknown, error: Unreadable, raw: Uint8Array | undefined): Answer {
  if (result === 'failed' || result === LATE) return errorAnswer(500, 'ON_REJECT_FAILED');
  if (result === 'accepted' && raw !== undefined) return OK;
  return errorAnswer(statusOf(error), error.code);
}

function statusOf(error: Unreadable): number {
  if (error instanceof ReceiveError) return error.status;
  return error.code === 'TOO_LARGE' ? 413 : 400;
}

function withoutSecrets(headers: PostbackRequest['headers']): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !SECRET_HEADER.test(name)) kept[name] = value;
  }
  return kept;
}

/** The headers that describe a body that a body parser has decoded. */
function headersOfText(headers: Readonly<Record<string, string>>): Record<string, string> {
  const mediaType = (headers['content-type'] ?? '').replace(/;.*/s, '').trim();
  const described: Record<string, string> = { ...headers };
  delete described['content-encoding'];
  described['content-type'] = `${mediaType === '' ? 'text/plain' : mediaType}; charset=utf-8`;
  return described;
}

// The headers of HTTP/2 include the URL (`:path`), which may contain a secret.
const SECRET_HEADER = /^(?::.*|(?:proxy-)?authorization|cookie)$/s;
