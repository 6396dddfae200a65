/**
 * For Koa 2 and 3.
 *
 * @example
 * import Koa from 'koa';
 * import { createHandler } from 'mo-postback/koa';
 *
 * const receive = createHandler({
 *   async onSms(sms) { console.log(sms.from, sms.text); },
 *   async onMms(mms) { console.log(mms.from, mms.files); },
 *   onReject({ errors }) { console.error(errors); },
 *   onError(error) { console.error(error); },
 * });
 *
 * const app = new Koa();
 * // Before body parsers.
 * app.use((context, next) => (context.path === '/postback' ? receive(context) : next()));
 * app.listen(8080);
 *
 * @module
 */

import type { ParameterizedContext } from 'koa';
import type { ReadOptions, ReceivedResult, ReceiverOptions } from '../receive/options.ts';
import { readRequest } from '../receive/read-request.ts';
import { createReceiver } from '../receive/receive.ts';
import type { Drainable } from '../receive/receive.ts';
import type { PostbackRequest } from '../receive/request.ts';
import { withDrain } from './shared/drainable.ts';
import { send, toPostbackRequest } from './shared/node.ts';

export * from './shared/exports.ts';

/** Koa's own context, with any state and anything that other middleware adds. */
export type KoaContext = ParameterizedContext;
/** A middleware that always answers and never calls the next one. */
export type Handler = ((context: KoaContext) => Promise<void>) & Drainable;

/**
 * Reads and parses the body of one request.
 *
 * @returns the result of each notification, in the order of the document, with the key that a handler would use
 * @throws PostbackError with a document code, or ReceiveError; the request is not answered, and its body may be read
 *   only in part
 */
export async function readPostback(context: KoaContext, options?: ReadOptions): Promise<ReceivedResult[]> {
  return readRequest(toPostback(context), options);
}

/**
 * Creates a handler that passes each notification to its callback, and answers when they are done.
 * All answers: docs/receiving.md.
 *
 * @throws TypeError or RangeError for a wrong option; the message names the option
 */
export function createHandler(options: ReceiverOptions<KoaContext>): Handler {
  const receiver = createReceiver(options);
  const handler = async (context: KoaContext): Promise<void> => {
    const answer = await receiver.answer(toPostback(context));
    // Koa would close the connection before a client that is still sending has read the answer.
    context.respond = false;
    if (answer === undefined) return;
    // Loggers around this middleware read the status.
    context.status = answer.status;
    send(answer, context.req, context.res);
  };
  return withDrain(handler, receiver);
}

const toPostback = (context: KoaContext): PostbackRequest<KoaContext> =>
  toPostbackRequest(context.req, () => context.request, context);
