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

import type { Request as ExpressRequest, RequestHandler } from 'express';
import type { ReadOptions, ReceivedResult, ReceiverOptions } from '../receive/options.ts';
import { readRequest } from '../receive/read-request.ts';
import { createReceiver } from '../receive/receive.ts';
import type { Drainable } from '../receive/receive.ts';
import type { PostbackRequest } from '../receive/request.ts';
import { withDrain } from './shared/drainable.ts';
import { send, toPostbackRequest } from './shared/node.ts';

export * from './shared/exports.ts';

/** A handler for `app.all` or `app.post`. */
export type Handler = RequestHandler & Drainable;

/**
 * Reads and parses the body of one request.
 *
 * @returns the result of each notification, in the order of the document, with the key that a handler would use
 * @throws PostbackError with a document code, or ReceiveError; the request is not answered, and its body may be read
 *   only in part
 */
export async function readPostback(request: ExpressRequest, options?: ReadOptions): Promise<ReceivedResult[]> {
  return readRequest(toPostback(request), options);
}

/**
 * Creates a handler that passes each notification to its callback, and answers when they are done.
 * All answers: docs/receiving.md.
 *
 * @throws TypeError or RangeError for a wrong option; the message names the option
 */
export function createHandler(options: ReceiverOptions<ExpressRequest>): Handler {
  const receiver = createReceiver(options);
  const handler: RequestHandler = (request, response, next) => {
    receiver
      .answer(toPostback(request))
      .then((answer) => {
        if (answer !== undefined) send(answer, request, response);
      })
      .catch(next);
  };
  return withDrain(handler, receiver);
}

const toPostback = (request: ExpressRequest): PostbackRequest<ExpressRequest> =>
  toPostbackRequest(request, () => request, request);
