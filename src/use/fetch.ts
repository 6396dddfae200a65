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
 * // Cloudflare Workers. On Deno: Deno.serve((request) => receive(request)). In Hono: app.all('/postback', (c) => receive(c.req.raw)).
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

import type { PostbackResult } from '../errors.ts';
import { chunksOf } from '../receive/body.ts';
import type { ReadOptions, ReceiverOptions } from '../receive/options.ts';
import { createReceiver, receive } from '../receive/receive.ts';
import type { Drainable } from '../receive/receive.ts';
import type { AlreadyRead, Incoming, PostbackRequest } from '../receive/request.ts';

export * from './shared/exports.ts';

/** What a request does not tell of itself. */
export interface Platform {
  /** Keeps the platform from stopping callbacks that go on behind the answer. Without it they may be stopped. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
  /** The address of the peer. Without it no rule on addresses admits. */
  readonly remoteAddress?: string | undefined;
}

/** A request in, a response out. */
export type Handler = ((request: Request, platform?: Platform) => Promise<Response>) & Drainable;

/**
 * Reads and parses one request's body.
 *
 * @returns the outcome of each notification, in wire order
 * @throws PostbackError with a document code, or ReceiveError; the body is perhaps not read to its end
 */
export async function readPostback(request: Request, options?: ReadOptions): Promise<PostbackResult[]> {
  return receive(plain(request), options);
}

/**
 * A handler that hands each notification to its callback, and answers when they are done. All answers: docs/receiving.md.
 *
 * @throws TypeError or RangeError for wrong options; the message names the option
 */
export function createHandler(options: ReceiverOptions<Request>): Handler {
  const receiver = createReceiver(options);
  const handler = async (request: Request, platform: Platform = {}): Promise<Response> => {
    const answer = await receiver.answer(plain(request, platform.remoteAddress), platform.waitUntil?.bind(platform));
    // Nobody is there to see it; servers log its number.
    if (answer === undefined) return new Response(null, { status: 499 });
    const { status, headers, body } = answer;
    return new Response(body, { status, headers });
  };
  return Object.assign(handler, { drain: (ms: number) => receiver.drain(ms) });
}

function plain(request: Request, remoteAddress?: string): PostbackRequest<Request> {
  if (typeof (request as Partial<Request> | null | undefined)?.arrayBuffer !== 'function') {
    throw new TypeError('request: expected a Request of the Fetch API (in Hono, context.req.raw)');
  }
  return new FetchPostback(request, remoteAddress);
}

/** A class: V8 makes objects with getters of their own slowly. */
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

  body(): Incoming | AlreadyRead {
    return bodyOf(this.request);
  }
}

/** Path and query of a URL as a Request has it: normalised. */
function pathOf(url: string): string {
  return url.replace(/^[^:]*:\/\/[^/?#]*/, '').replace(/#.*/, '');
}

// A body of this many bytes, by what its headers promise and servers hold it to, is read at once: that is what they are
// fast at. It cannot be stopped then.
const AT_ONCE = 65_536;

function bodyOf(request: Request): Incoming | AlreadyRead {
  if (request.bodyUsed) return { read: undefined };
  const length = request.headers.get('content-length');
  if (length !== null && Number(length) <= AT_ONCE) return atOnce(request);
  const { body } = request;
  if (body?.locked === true) return { read: undefined };
  return body === null ? { read: '' } : chunksOf(body);
}

function atOnce(request: Request): Incoming {
  return ({ onChunk, onEnd, onLost }) => {
    request.arrayBuffer().then(
      (bytes) => {
        onChunk(new Uint8Array(bytes));
        onEnd();
      },
      // Of a body that could not even be begun, something else has the reader.
      () => {
        onLost(request.bodyUsed ? 'aborted' : 'already read');
      },
    );
    return () => undefined;
  };
}
