// The receiver under every adapter: a request in plain terms -> its notifications, the callbacks, an answer.
// The answers: docs/receiving.md.

import { PostbackError } from '../errors.ts';
import { contentKey, messageKey } from '../key.ts';
import type { PostbackNotification, PostbackResult } from '../message.ts';
import { parseBundle } from '../parse.ts';
import { charsetOf, readBody } from './body.ts';
import type { PostbackRequest } from './body.ts';
import { ReceiveError } from './errors.ts';
import { checkCallbacks, settleRead } from './options.ts';
import type { NotificationContext, ReadOptions, ReadSettings, ReceiverOptions, Unreadable } from './options.ts';

/** What goes back to the provider. The body names an error code and nothing else. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers a request. `request` is the framework's own, for the callbacks. `undefined`: nobody is there to be answered. */
export type Receiver<Request> = (postback: PostbackRequest, request: Request) => Promise<Answer | undefined>;

/**
 * Reads and parses one request's body.
 * @throws PostbackError with a document code, or ReceiveError
 */
export async function receive(postback: PostbackRequest, options?: ReadOptions): Promise<PostbackResult[]> {
  const settings = settleRead(options);
  const charset = charsetOf(postback);
  return parse(await readBody(postback, settings), charset, settings);
}

/**
 * A receiver that hands each notification to its callback and answers so that none is lost.
 * @throws TypeError or RangeError for wrong options
 */
export function createReceiver<Request>(options: ReceiverOptions<Request>): Receiver<Request> {
  checkCallbacks(options);
  const settings = settleRead(options);

  return async (postback, request) => {
    if (postback.method !== 'POST') return answer(405, 'METHOD_NOT_ALLOWED', { allow: 'POST' });
    let raw: Uint8Array | undefined;
    let results: PostbackResult[];
    try {
      const charset = charsetOf(postback);
      raw = await readBody(postback, settings);
      results = parse(raw, charset, settings);
    } catch (error) {
      /* v8 ignore next -- for the type checker: nothing else is thrown */
      if (!(error instanceof PostbackError) && !(error instanceof ReceiveError)) throw error;
      if (error.code === 'ABORTED') return undefined;
      return reject(options, postback, [error], raw);
    }
    // All of them, also behind one that throws: only what was not handled is to come again for nothing.
    const allHandled = await handle(options, results, raw, request);
    const [first, ...others] = results.flatMap(({ error }) => error ?? []);
    const refusal = first === undefined ? undefined : await reject(options, postback, [first, ...others], raw);
    return allHandled ? (refusal ?? answer(200)) : answer(500, 'CALLBACK_FAILED');
  };
}

function parse(raw: Uint8Array, charset: string | undefined, settings: ReadSettings): PostbackResult[] {
  return parseBundle(raw, { ...settings, encoding: charset ?? settings.encoding });
}

/** Calls back for each good notification, in wire order. Resolves to whether all were handled. */
async function handle<Request>(
  options: ReceiverOptions<Request>,
  results: readonly PostbackResult[],
  raw: Uint8Array,
  request: Request,
): Promise<boolean> {
  let allHandled = true;
  const keys = new Map<string, number>();
  for (const { success, data, warnings } of results) {
    if (!success) continue;
    const context = { key: await keyOf(data, keys), warnings, raw, request };
    try {
      await callBack(options, data, context);
    } catch (error) {
      const verdict = await verdictOf(() => options.onError?.(error, data, context));
      if (verdict !== 'accepted') allHandled = false;
    }
  }
  return allHandled;
}

/** The provider's key of a notification, else one of its content: numbered among its equals in one document. */
async function keyOf(notification: PostbackNotification, seen: Map<string, number>): Promise<string> {
  const key = messageKey(notification) ?? (await contentKey(notification));
  const ordinal = (seen.get(key) ?? 0) + 1;
  seen.set(key, ordinal);
  return ordinal === 1 ? key : `${key}#${String(ordinal)}`;
}

function callBack<Request>(
  { onSms, onMms, onOther }: ReceiverOptions<Request>,
  notification: PostbackNotification,
  context: NotificationContext<Request>,
): unknown {
  switch (notification.kind) {
    case 'sms':
      return onSms(notification, context);
    case 'mms':
      return onMms(notification, context);
    case 'other':
      return onOther?.(notification, context);
  }
}

/** Tells the integrator what could not be read of a request. Resolves to the answer. */
async function reject<Request>(
  { onReject }: ReceiverOptions<Request>,
  { headers }: PostbackRequest,
  errors: readonly [Unreadable, ...Unreadable[]],
  raw: Uint8Array | undefined,
): Promise<Answer> {
  const verdict = await verdictOf(() => onReject?.({ errors, raw, headers: withoutSecrets(headers) }));
  if (verdict === 'failed') return answer(500, 'ON_REJECT_FAILED');
  if (verdict === 'accepted' && raw !== undefined) return answer(200);
  const [first] = errors;
  const status = first instanceof ReceiveError ? first.status : first.code === 'TOO_LARGE' ? 413 : 400;
  return answer(status, first.code);
}

/** What a hook resolves to; `'failed'` where it throws. */
async function verdictOf(hook: () => unknown): Promise<unknown> {
  try {
    return await hook();
  } catch {
    return 'failed';
  }
}

function withoutSecrets(headers: PostbackRequest['headers']): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !SECRET_HEADERS.has(name)) kept[name] = value;
  }
  return kept;
}

const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie']);

function answer(status: number, code = '', headers: Answer['headers'] = {}): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: code };
}
