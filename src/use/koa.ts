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
import type { PostbackResult } from '../errors.ts';
import type { ReadOptions, ReceiverOptions } from '../receive/options.ts';
import { createReceiver, receive } from '../receive/receive.ts';
import type { Drainable } from '../receive/receive.ts';
import type { PostbackRequest } from '../receive/request.ts';
import { postbackRequest, send } from './shared/node.ts';

export * from './shared/exports.ts';

/** Koa's own: of any state, and with whatever other middleware adds to it. */
export type Context = ParameterizedContext;
/** A middleware that always answers, and never calls the next one. */
export type Handler = ((context: Context) => Promise<void>) & Drainable;

/**
 * Reads and parses one request's body.
 *
 * @returns the outcome of each notification, in wire order
 * @throws PostbackError with a document code, or ReceiveError; the request is not answered, and perhaps not read to its end
 */
export async function readPostback(context: Context, options?: ReadOptions): Promise<PostbackResult[]> {
  return receive(plain(context), options);
}

/**
 * A middleware that hands each notification to its callback, and answers when they are done. All answers:
 * docs/receiving.md.
 *
 * @throws TypeError or RangeError for wrong options; the message names the option
 */
export function createHandler(options: ReceiverOptions<Context>): Handler {
  const receiver = createReceiver(options);
  const handler = async (context: Context): Promise<void> => {
    const answer = await receiver.answer(plain(context));
    // Koa would close the connection before a client that is still sending has seen the answer.
    context.respond = false;
    if (answer === undefined) return;
    // For the middleware around this one: loggers read it.
    context.status = answer.status;
    send(answer, context.req, context.res);
  };
  return Object.assign(handler, { drain: (ms: number) => receiver.drain(ms) });
}

const plain = (context: Context): PostbackRequest<Context> =>
  postbackRequest(context.req, () => context.request, context);
