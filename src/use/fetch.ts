/**
 * For the Fetch API: Hono, Next.js route handlers, Deno, Bun, Cloudflare Workers, service workers.
 *
 * @example
 * import { createHandler } from 'mo-postback/fetch';
 *
 * const receive = createHandler({
 *   async onSms(sms) { console.log(sms.from, sms.text); },
 *   async onMms(mms) { console.log(mms.from, mms.files); },
 *   onReject({ errors }) { console.error(errors); },
 *   onError(error) { console.error(error); },
 * });
 *
 * // Cloudflare Workers. On Deno: Deno.serve((request) => receive(request)).
 * // In Hono: app.all('/postback', (context) => receive(context.req.raw)).
 * export default {
 *   fetch: (request, env, context) =>
 *     receive(request, {
 *       waitUntil: (work) => context.waitUntil(work),
 *       remoteAddress: request.headers.get('cf-connecting-ip') ?? undefined,
 *     }),
 * };
 *
 * @module
 */

import { fromWebStream } from '../receive/body.ts';
import type { ReadOptions, ReceivedResult, ReceiverOptions } from '../receive/options.ts';
import { readRequest } from '../receive/read-request.ts';
import { createReceiver } from '../receive/receive.ts';
import type { Drainable } from '../receive/receive.ts';
import type { AlreadyRead, BodySource, PostbackRequest } from '../receive/request.ts';
import { withDrain } from './shared/drainable.ts';

export * from './shared/exports.ts';

/** What the platform knows and the request does not contain. */
export interface FetchPlatform {
  /** Keeps the platform running while callbacks continue after the answer. Without it, they may be stopped. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
  /** The client's address. Without it, `allowAddresses` admits nobody. */
  readonly remoteAddress?: string | undefined;
}

/** Takes a request and resolves to a response. */
export type Handler = ((request: Request, platform?: FetchPlatform) => Promise<Response>) & Drainable;

/**
 * Reads and parses the body of one request.
 *
 * @returns the result of each notification, in the order of the document, with the key that a handler would use
 * @throws PostbackError with a document code, or ReceiveError; the request is not answered, and its body may be read
 *   only in part
 */
export async function readPostback(request: Request, options?: ReadOptions): Promise<ReceivedResult[]> {
  return readRequest(toPostback(request), options);
}

/**
 * Creates a handler that passes each notification to its callback, and answers when they are done.
 * All answers: docs/receiving.md.
 *
 * @throws TypeError or RangeError for a wrong option; the message names the option
 */
export function createHandler(options: ReceiverOptions<Request>): Handler {
  const receiver = createReceiver(options);
  const handler = async (request: Request, platform: FetchPlatform = {}): Promise<Response> => {
    const waitUntil = platform.waitUntil?.bind(platform);
    const answer = await receiver.answer(toPostback(request, platform.remoteAddress), waitUntil);
    // The client is gone. Servers log this number.
    if (answer === undefined) return new Response(null, { status: 499 });
    const { status, headers, body } = answer;
    // For an empty string, the platform would add a Content-Type.
    return new Response(body === '' ? null : body, { status, headers });
  };
  return withDrain(handler, receiver);
}

function toPostback(request: Request, remoteAddress?: string): PostbackRequest<Request> {
  if (typeof (request as Partial<Request> | null | undefined)?.arrayBuffer !== 'function') {
    throw new TypeError('request: expected a Request of the Fetch API (in Hono, context.req.raw)');
  }
  return new FetchPostback(request, remoteAddress);
}

/** A class, because V8 creates object literals with getters slowly. */
class FetchPostback implements PostbackRequest<Request> {
  readonly request: Request;
  readonly remoteAddress: string | undefined;

  constructor(request: Request, remoteAddress: string | undefined) {
    this.request = request;
    this.remoteAddress = remoteAddress;
  }

  get method(): string {
    return this.request.method;
  }

  get url(): string {
    return pathOf(this.request.url);
  }

  get headers(): Record<string, string> {
    return Object.fromEntries(this.request.headers);
  }

  header(name: string): string | undefined {
    return this.request.headers.get(name) ?? undefined;
  }

  body(): BodySource | AlreadyRead {
    return bodyOf(this.request);
  }
}

/** Path and query of a URL. A Request has normalised it. */
function pathOf(url: string): string {
  return url.replace(/^[^:]*:\/\/[^/?#]*/, '').replace(/#.*/, '');
}

// A body with a content-length up to this (servers enforce it) is read with arrayBuffer(), which is faster than its
// stream. It cannot be stopped.
const MAX_ARRAY_BUFFER_LENGTH = 65_536;

function bodyOf(request: Request): BodySource | AlreadyRead {
  if (request.bodyUsed) return { value: undefined };
  const length = request.headers.get('content-length');
  if (length !== null && Number(length) <= MAX_ARRAY_BUFFER_LENGTH) return fromArrayBuffer(request);
  const { body } = request;
  if (body?.locked === true) return { value: undefined };
  return body === null ? { value: '' } : fromWebStream(body);
}

function fromArrayBuffer(request: Request): BodySource {
  return ({ onChunk, onEnd, onLost }) => {
    request.arrayBuffer().then(
      (bytes) => {
        onChunk(new Uint8Array(bytes));
        onEnd();
      },
      // If reading has not even started, other code reads the body.
      () => {
        onLost(request.bodyUsed ? 'aborted' : 'already read');
      },
    );
    return () => undefined;
  };
}
