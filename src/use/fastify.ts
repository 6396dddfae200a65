/**
 * For Fastify 4 and 5.
 *
 * @example
 * import Fastify from 'fastify';
 * import { createHandler } from 'mo-postback/fastify';
 *
 * const app = Fastify();
 * app.register(async (scope) => {
 *   // Fastify answers 415 to what it has no parser for. Here the receiver reads the body itself.
 *   scope.removeAllContentTypeParsers();
 *   scope.addContentTypeParser('*', (request, payload, done) => done(null));
 *   scope.all(
 *     '/postback',
 *     createHandler({
 *       async onSms(sms) { console.log(sms.from, sms.text); },
 *       async onMms(mms) { console.log(mms.from, mms.files); },
 *       onReject({ errors }) { console.error(errors); },
 *       onError(error) { console.error(error); },
 *     }),
 *   );
 * });
 * await app.listen({ port: 8080 });
 *
 * @module
 */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PostbackResult } from '../errors.ts';
import type { ReadOptions, ReceiverOptions } from '../receive/options.ts';
import { createReceiver, receive } from '../receive/receive.ts';
import type { Drainable } from '../receive/receive.ts';
import type { PostbackRequest } from '../receive/request.ts';
import { postbackRequest, send } from './shared/node.ts';
import type { Parsed } from './shared/node.ts';

export * from './shared/exports.ts';

/** A handler for `app.all` or `app.post`. */
export type Handler = ((request: FastifyRequest, reply: FastifyReply) => Promise<void>) & Drainable;

/**
 * Reads and parses one request's body.
 *
 * @returns the outcome of each notification, in wire order
 * @throws PostbackError with a document code, or ReceiveError; the request is not answered, and perhaps not read to its end
 */
export async function readPostback(request: FastifyRequest, options?: ReadOptions): Promise<PostbackResult[]> {
  return receive(plain(request), options);
}

/**
 * A handler that hands each notification to its callback, and answers when they are done. All answers: docs/receiving.md.
 *
 * @throws TypeError or RangeError for wrong options; the message names the option
 */
export function createHandler(options: ReceiverOptions<FastifyRequest>): Handler {
  const receiver = createReceiver(options);
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const answer = await receiver.answer(plain(request));
    // Fastify would close the connection before a client that is still sending has seen the answer.
    reply.hijack();
    if (answer !== undefined) send(answer, request.raw, reply.raw);
  };
  return Object.assign(handler, { drain: (ms: number) => receiver.drain(ms) });
}

const plain = (request: FastifyRequest): PostbackRequest<FastifyRequest> =>
  // rawBody is a plugin's, fastify-raw-body.
  postbackRequest(request.raw, () => request as Parsed, request);
