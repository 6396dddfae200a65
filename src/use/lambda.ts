/**
 * For AWS Lambda behind API Gateway (payload formats 1.0 and 2.0), a function URL or an Application Load Balancer, and
 * compatible platforms.
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

import { fromBinaryString } from '../read/binary-string.ts';
import type { ReadOptions, ReceivedResult, ReceiverOptions } from '../receive/options.ts';
import { readRequest } from '../receive/read-request.ts';
import { createReceiver } from '../receive/receive.ts';
import type { Drainable } from '../receive/receive.ts';
import type { PostbackRequest } from '../receive/request.ts';
import { withDrain } from './shared/drainable.ts';

export * from './shared/exports.ts';

/** An event of either payload format: the properties that are read. */
export interface LambdaEvent {
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
        /** Only from an Application Load Balancer. It does not decode the query. */
        readonly elb?: object | undefined;
      }
    | undefined;
}

/**
 * The context of an invocation. AWS stops a function when it has answered. If a platform has `waitUntil`, it is used.
 */
export interface LambdaContext {
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
}

/** The answer, valid for all kinds of events. */
export interface LambdaResult {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly isBase64Encoded: false;
  /** If the event has multi-value headers: a load balancer then ignores `headers`. */
  readonly multiValueHeaders?: Record<string, string[]>;
}

/** The handler of a function. */
export type Handler = ((event: LambdaEvent, context?: object) => Promise<LambdaResult>) & Drainable;

/**
 * Reads and parses the body of one event.
 *
 * @returns the result of each notification, in the order of the document, with the key that a handler would use
 * @throws PostbackError with a document code, or ReceiveError
 */
export async function readPostback(event: LambdaEvent, options?: ReadOptions): Promise<ReceivedResult[]> {
  return readRequest(toPostback(event), options);
}

/**
 * Creates a handler that passes each notification to its callback, and answers when they are done.
 * All answers: docs/receiving.md.
 *
 * @throws TypeError or RangeError for a wrong option; the message names the option
 */
export function createHandler(options: ReceiverOptions<LambdaEvent>): Handler {
  const receiver = createReceiver(options);
  const handler = async (event: LambdaEvent, context?: LambdaContext): Promise<LambdaResult> => {
    const answer = await receiver.answer(toPostback(event), context?.waitUntil?.bind(context));
    /* v8 ignore next -- for the type checker: an event contains its whole body, so no client can disconnect */
    const { status, headers, body } = answer ?? { status: 499, headers: {}, body: '' };
    const result = { statusCode: status, headers: { ...headers }, body, isBase64Encoded: false } as const;
    if (!event.multiValueHeaders) return result;
    const multiValueHeaders: Record<string, string[]> = {};
    for (const [name, value] of Object.entries(headers)) multiValueHeaders[name] = [value];
    return { ...result, multiValueHeaders };
  };
  return withDrain(handler, receiver);
}

function toPostback(event: LambdaEvent): PostbackRequest<LambdaEvent> {
  const { requestContext } = event;
  return {
    method: requestContext?.http?.method ?? event.httpMethod ?? '',
    url: urlOf(event),
    headers: headersOf(event),
    remoteAddress: requestContext?.http?.sourceIp ?? requestContext?.identity?.sourceIp ?? undefined,
    request: event,
    body: () => ({ value: bodyOf(event), isSentText: true }),
  };
}

function urlOf({
  rawPath,
  rawQueryString,
  path = '',
  queryStringParameters,
  multiValueQueryStringParameters,
  requestContext,
}: LambdaEvent): string {
  if (rawPath !== undefined) return rawQueryString ? `${rawPath}?${rawQueryString}` : rawPath;
  const pairs: [name: string, value: string][] = [];
  for (const [name, values = []] of Object.entries(multiValueQueryStringParameters ?? {})) {
    for (const value of values) pairs.push([name, value]);
  }
  if (pairs.length === 0) {
    for (const [name, value = ''] of Object.entries(queryStringParameters ?? {})) pairs.push([name, value]);
  }
  if (pairs.length === 0) return path;
  // In format 1.0, the parameters are decoded.
  const isDecoded = requestContext?.elb === undefined;
  const query = isDecoded ? new URLSearchParams(pairs).toString() : pairs.map((pair) => pair.join('=')).join('&');
  return `${path}?${query}`;
}

function headersOf({ headers, multiValueHeaders }: LambdaEvent): Record<string, string | undefined> {
  const all: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers ?? {})) all[name.toLowerCase()] = value;
  for (const [name, values] of Object.entries(multiValueHeaders ?? {})) all[name.toLowerCase()] = values?.join(', ');
  return all;
}

/** Returns `undefined` for invalid Base64. */
function bodyOf({ body, isBase64Encoded }: LambdaEvent): string | Uint8Array | undefined {
  if (isBase64Encoded !== true) return body ?? '';
  try {
    return fromBinaryString(atob(body ?? ''));
  } catch {
    return undefined;
  }
}
