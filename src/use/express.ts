/**
 * For Express 4 and 5.
 *
 * @example
 * import express from 'express';
 * import { createHandler } from 'mo-postback/express';
 *
 * const app = express();
 * // Before app.use(express.json()) and other body parsers.
 * app.all(
 *   '/postback',
 *   createHandler({
 *     async onSms(sms) { console.log(sms.from, sms.text); },
 *     async onMms(mms) { console.log(mms.from, mms.files); },
 *     onReject({ errors }) { console.error(errors); },
 *     onError(error) { console.error(error); },
 *   }),
 * );
 * app.listen(8080);
 *
 * @module
 */

import type { Request, RequestHandler } from 'express';
import type { PostbackResult } from '../errors.ts';
import type { ReadOptions, ReceiverOptions } from '../receive/options.ts';
import { createReceiver, receive } from '../receive/receive.ts';
import type { Drainable } from '../receive/receive.ts';
import type { PostbackRequest } from '../receive/request.ts';
import { postbackRequest, send } from './shared/node.ts';

export * from './shared/exports.ts';

/** A handler for `app.all` or `app.post`. */
export type Handler = RequestHandler & Drainable;

/**
 * Reads and parses one request's body.
 *
 * @returns the outcome of each notification, in wire order
 * @throws PostbackError with a document code, or ReceiveError; the request is not answered, and perhaps not read to its end
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
  const handler: RequestHandler = (request, response, next) => {
    receiver.answer(plain(request)).then((answer) => {
      if (answer !== undefined) send(answer, request, response);
    }, next);
  };
  return Object.assign(handler, { drain: (ms: number) => receiver.drain(ms) });
}

const plain = (request: Request): PostbackRequest<Request> => postbackRequest(request, () => request, request);
