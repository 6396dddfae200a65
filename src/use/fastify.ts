/**
 * For Fastify 4 and 5.
 *
 * @example
 * import Fastify from 'fastify';
 * import { createHandler } from 'mo-postback/fastify';
 *
 * const handler = createHandler({
 *   async onSms(sms) { console.log(sms.from, sms.text); },
 *   async onMms(mms) { console.log(mms.from, mms.files); },
 *   onReject({ errors }) { console.error(errors); },
 *   onError(error) { console.error(error); },
 * });
 *
 * const app = Fastify();
 * // As onRequest: before Fastify looks at the Content-Type, and answers 415 if it has no parser for it.
 * app.all('/postback', { onRequest: handler }, () => undefined);
 * await app.listen({ port: 8080 });
 *
 * @module
 */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ReadOptions, ReceivedResult, ReceiverOptions } from '../receive/options.ts';
import { readRequest } from '../receive/read-request.ts';
import { createReceiver } from '../receive/receive.ts';
import type { Drainable } from '../receive/receive.ts';
import type { PostbackRequest } from '../receive/request.ts';
import { withDrain } from './shared/drainable.ts';
import { send, toPostbackRequest } from './shared/node.ts';
import type { ParserProperties } from './shared/node.ts';

export * from './shared/exports.ts';

/** A handler for a route's `onRequest`. Also a route handler, for types that have a content type parser. */
export type Handler = ((request: FastifyRequest, reply: FastifyReply) => Promise<void>) & Drainable;

/**
 * Reads and parses the body of one request.
 *
 * @returns the result of each notification, in the order of the document, with the key that a handler would use
 * @throws PostbackError with a document code, or ReceiveError; the request is not answered, and its body may be read
 *   only in part
 */
export async function readPostback(request: FastifyRequest, options?: ReadOptions): Promise<ReceivedResult[]> {
  return readRequest(toPostback(request), options);
}

/**
 * Creates a handler that passes each notification to its callback, and answers when they are done.
 * All answers: docs/receiving.md.
 *
 * @throws TypeError or RangeError for a wrong option; the message names the option
 */
export function createHandler(options: ReceiverOptions<FastifyRequest>): Handler {
  const receiver = createReceiver(options);
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const answer = await receiver.answer(toPostback(request));
    // Fastify would close the connection before a client that is still sending has read the answer.
    reply.hijack();
    if (answer !== undefined) send(answer, request.raw, reply.raw);
  };
  return withDrain(handler, receiver);
}

// The plugin fastify-raw-body adds rawBody.
const toPostback = (request: FastifyRequest): PostbackRequest<FastifyRequest> =>
  toPostbackRequest(request.raw, () => request as ParserProperties, request);
