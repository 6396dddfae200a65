/**
 * For `node:http`, `node:https` and `node:http2`, and for frameworks that use their requests.
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
import { errorAnswer } from '../receive/answer.ts';
import type { Answer } from '../receive/answer.ts';
import type { ReadOptions, ReceivedResult, ReceiverOptions } from '../receive/options.ts';
import { readRequest } from '../receive/read-request.ts';
import { createReceiver } from '../receive/receive.ts';
import type { Drainable } from '../receive/receive.ts';
import type { PostbackRequest } from '../receive/request.ts';
import { warnOfError } from '../receive/warnings.ts';
import { withDrain } from './shared/drainable.ts';
import { send, toPostbackRequest } from './shared/node.ts';
import type { NodeRequest, NodeResponse, ParserProperties } from './shared/node.ts';

export * from './shared/exports.ts';
export type { NodeRequest, NodeResponse } from './shared/node.ts';

/** A request listener. `Req` is the type of the server's requests. */
export type Handler<Req extends NodeRequest = IncomingMessage> = ((request: Req, response: NodeResponse) => void) &
  Drainable;

/**
 * Reads and parses the body of one request.
 *
 * @returns the result of each notification, in the order of the document, with the key that a handler would use
 * @throws PostbackError with a document code, or ReceiveError; the request is not answered, and its body may be read
 *   only in part
 */
export async function readPostback(request: NodeRequest, options?: ReadOptions): Promise<ReceivedResult[]> {
  return readRequest(toPostback(request), options);
}

/**
 * Creates a handler that passes each notification to its callback, and answers when they are done.
 * All answers: docs/receiving.md.
 *
 * @throws TypeError or RangeError for a wrong option; the message names the option
 */
export function createHandler<Req extends NodeRequest = IncomingMessage>(options: ReceiverOptions<Req>): Handler<Req> {
  const receiver = createReceiver(options);
  const handler = (request: Req, response: NodeResponse): void => {
    const sendAnswer = (answer: Answer | undefined): void => {
      if (answer !== undefined) send(answer, request, response);
    };
    receiver
      .answer(toPostback(request))
      // A request may throw, for example in a getter that other code has added.
      .then(sendAnswer, (error: unknown) => {
        warnOfError('The request', error);
        sendAnswer(errorAnswer(500, 'INTERNAL_ERROR'));
      })
      .catch((error: unknown) => {
        warnOfError('The response', error);
        response.destroy();
      });
  };
  return withDrain(handler, receiver);
}

// Body parsers add their properties to the request itself.
const toPostback = <Req extends NodeRequest>(request: Req): PostbackRequest<Req> =>
  toPostbackRequest(request, () => request as ParserProperties, request);
