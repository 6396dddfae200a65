/**
 * For `node:http`, `https` and `http2`, and for frameworks whose requests are theirs.
 *
 * @example
 * import { createServer } from 'node:http';
 * import { createHandler } from 'mo-postback/http';
 *
 * createServer(
 *   createHandler({
 *     async onSms(sms) { console.log(sms.from, sms.text); },
 *     async onMms(mms) { console.log(mms.from, mms.files); },
 *     onReject({ errors }) { console.error(errors); },
 *     onError(error) { console.error(error); },
 *   }),
 * ).listen(8080);
 *
 * @module
 */

import type { IncomingMessage } from 'node:http';
import type { PostbackResult } from '../errors.ts';
import type { ReadOptions, ReceiverOptions } from '../receive/options.ts';
import { createReceiver, receive } from '../receive/receive.ts';
import type { Drainable } from '../receive/receive.ts';
import type { PostbackRequest } from '../receive/request.ts';
import { postbackRequest, send } from './shared/node.ts';
import type { NodeRequest, NodeResponse, Parsed } from './shared/node.ts';

export * from './shared/exports.ts';

/** A request of `node:http`, `https` or the compatibility API of `node:http2`. */
export type Request = NodeRequest;
/** Its response. */
export type Response = NodeResponse;
/** A request listener. `R`: of which of them. */
export type Handler<R extends Request = IncomingMessage> = ((request: R, response: Response) => void) & Drainable;

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
 * A request listener that hands each notification to its callback, and answers when they are done.
 * All answers: docs/receiving.md.
 *
 * @throws TypeError or RangeError for wrong options; the message names the option
 */
export function createHandler<R extends Request = IncomingMessage>(options: ReceiverOptions<R>): Handler<R> {
  const receiver = createReceiver(options);
  const handler = (request: R, response: Response): void => {
    void receiver.answer(plain(request)).then((answer) => {
      if (answer !== undefined) send(answer, request, response);
    });
  };
  return Object.assign(handler, { drain: (ms: number) => receiver.drain(ms) });
}

// Frameworks leave what they have read on the request itself.
const plain = <R extends Request>(request: R): PostbackRequest<R> =>
  postbackRequest(request, () => request as Parsed, request);
