/**
 * For AWS Lambda behind API Gateway (payload formats 1.0 and 2.0) or a function URL, and platforms that call alike.
 *
 * @example
 * import { createHandler } from 'mo-postback/lambda';
 *
 * export const handler = createHandler({
 *   async onSms(sms) { console.log(sms.from, sms.text); },
 *   async onMms(mms) { console.log(mms.from, mms.files); },
 *   onReject({ errors }) { console.error(errors); },
 *   onError(error) { console.error(error); },
 * });
 *
 * @module
 */

import type { PostbackResult } from '../errors.ts';
import type { ReadOptions, ReceiverOptions } from '../receive/options.ts';
import { createReceiver, receive } from '../receive/receive.ts';
import type { Drainable } from '../receive/receive.ts';
import { fromBinaryString } from '../read/binary-string.ts';
import type { PostbackRequest } from '../receive/request.ts';

export * from './shared/exports.ts';

/** As much of an event, of either format, as is read. */
export interface Event {
  readonly headers?: Readonly<Record<string, string | undefined>> | null | undefined;
  readonly body?: string | null | undefined;
  readonly isBase64Encoded?: boolean | undefined;
  /** Format 2.0. */
  readonly rawPath?: string | undefined;
  readonly rawQueryString?: string | undefined;
  /** Format 1.0. */
  readonly httpMethod?: string | undefined;
  readonly path?: string | undefined;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null | undefined;
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null | undefined;
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[] | undefined>> | null | undefined;
  readonly requestContext?:
    | {
        readonly http?: { readonly method?: string | undefined; readonly sourceIp?: string | undefined } | undefined;
        readonly identity?: { readonly sourceIp?: string | null | undefined } | undefined;
      }
    | undefined;
}

/** What the platform says of an invocation. AWS stops a function with its answer; where there is a `waitUntil`, it is used. */
export interface Context {
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
}

/** The answer, in a form that both formats take. */
export interface Result {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly isBase64Encoded: false;
}

/** A function's handler. */
export type Handler = ((event: Event, context?: object) => Promise<Result>) & Drainable;

/**
 * Reads and parses one event's body.
 *
 * @returns the outcome of each notification, in wire order
 * @throws PostbackError with a document code, or ReceiveError
 */
export async function readPostback(event: Event, options?: ReadOptions): Promise<PostbackResult[]> {
  return receive(plain(event), options);
}

/**
 * A handler that hands each notification to its callback, and answers when they are done. All answers: docs/receiving.md.
 *
 * @throws TypeError or RangeError for wrong options; the message names the option
 */
export function createHandler(options: ReceiverOptions<Event>): Handler {
  const receiver = createReceiver(options);
  const handler = async (event: Event, context?: Context): Promise<Result> => {
    const answer = await receiver.answer(plain(event), context?.waitUntil?.bind(context));
    /* v8 ignore next -- for the type checker: an event has all of its body, so nobody can have gone away */
    const { status, headers, body } = answer ?? { status: 499, headers: {}, body: '' };
    return { statusCode: status, headers: { ...headers }, body, isBase64Encoded: false };
  };
  return Object.assign(handler, { drain: (ms: number) => receiver.drain(ms) });
}

function plain(event: Event): PostbackRequest<Event> {
  const { requestContext } = event;
  return {
    method: requestContext?.http?.method ?? event.httpMethod ?? '',
    url: urlOf(event),
    headers: headersOf(event),
    remoteAddress: requestContext?.http?.sourceIp ?? requestContext?.identity?.sourceIp ?? undefined,
    request: event,
    body: () => ({ read: bodyOf(event) }),
  };
}

function urlOf({
  rawPath,
  rawQueryString,
  path = '',
  queryStringParameters,
  multiValueQueryStringParameters,
}: Event): string {
  if (rawPath !== undefined) return rawQueryString ? `${rawPath}?${rawQueryString}` : rawPath;
  // Format 1.0 has undone the encoding of the query.
  const query = new URLSearchParams();
  for (const [name, values = []] of Object.entries(multiValueQueryStringParameters ?? {})) {
    for (const value of values) query.append(name, value);
  }
  if (query.size === 0)
    for (const [name, value = ''] of Object.entries(queryStringParameters ?? {})) query.append(name, value);
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

function headersOf({ headers, multiValueHeaders }: Event): Record<string, string | undefined> {
  const all: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers ?? {})) all[name.toLowerCase()] = value;
  for (const [name, values] of Object.entries(multiValueHeaders ?? {})) all[name.toLowerCase()] = values?.join(', ');
  return all;
}

/** `undefined` for what says that it is Base64 and is none: the body is lost. */
function bodyOf({ body, isBase64Encoded }: Event): string | Uint8Array | undefined {
  if (isBase64Encoded !== true) return body ?? '';
  try {
    return fromBinaryString(atob(body ?? ''));
  } catch {
    return undefined;
  }
}
