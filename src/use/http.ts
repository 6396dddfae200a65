/**
 * For `node:http`, `https` and `http2`.
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

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Readable, Writable } from 'node:stream';
import type { PostbackResult } from '../message.ts';
import type { PostbackRequest } from '../receive/body.ts';
import { ReceiveError } from '../receive/errors.ts';
import type { ReadOptions, ReceiverOptions } from '../receive/options.ts';
import { createReceiver, receive } from '../receive/receive.ts';
import type { Answer } from '../receive/receive.ts';

export { isPostbackError, PostbackError } from '../errors.ts';
export { ReceiveError } from '../receive/errors.ts';
export type { ReceiveErrorCode } from '../receive/errors.ts';
export type { NotificationContext, ReadOptions, ReceiverOptions, Rejection, Unreadable, Verdict } from '../receive/options.ts';

/** A request of `node:http`, `https` or the compatibility API of `node:http2`. */
export type Request = IncomingMessage | Http2ServerRequest;
/** Its response. */
export type Response = ServerResponse | Http2ServerResponse;

// How long a client that is still sending is given to see an answer that did not wait for its body.
const LINGER_MS = 1000;

/**
 * Reads and parses one request's body.
 *
 * @returns the outcome of each notification, in wire order
 * @throws PostbackError with a document code, or ReceiveError; the request is not answered, and perhaps not read to its end
 */
export async function readPostback(request: Request, options?: ReadOptions): Promise<PostbackResult[]> {
  return receive(postbackRequest(request), options);
}

/**
 * A request listener that hands each notification to its callback, and answers when they are done: 200 where all were
 * handled, 500 where one threw, 400 (413, 415, 408) where the body could not be read, 405 for another method than POST.
 *
 * @throws TypeError or RangeError for wrong options; the message names the option
 */
export function createHandler(options: ReceiverOptions<Request>): (request: Request, response: Response) => void {
  const receiver = createReceiver(options);
  return (request, response) => {
    void receiver(postbackRequest(request), request).then((answer) => {
      if (answer !== undefined) send(answer, request, response);
    });
  };
}

function postbackRequest(request: Request): PostbackRequest {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  const { method = '' } = request;
  return { method, headers, body: bodyOf(request) };
}

async function* bodyOf(request: Readable): AsyncGenerator<Uint8Array> {
  // An ended stream would be an empty body, one that something else reads would never end, and text has lost its bytes.
  if (request.readableDidRead || request.readableEncoding !== null) {
    const message = 'Something read the body before, or set its encoding. Expected the receiver to come before all body parsers.';
    throw new ReceiveError('BODY_ALREADY_READ', message);
  }
  // Not destroyed when it is not read to its end: the answer is to go out through the same socket.
  const chunks: AsyncIterable<Uint8Array> = request.iterator({ destroyOnReturn: false });
  yield* chunks;
}

function send({ status, headers, body }: Answer, request: Request, response: Response): void {
  // Nobody is there, or somebody else has answered.
  if (response.destroyed || response.headersSent) return;
  const isWhole = request.readableEnded || request.complete;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('content-length', String(Buffer.byteLength(body)));
  if (isWhole) {
    response.end(body);
    return;
  }
  if ('stream' in request) {
    // RFC 9113, 8.1: the rest of the body is not wanted.
    const { stream } = request;
    response.end(body, () => {
      stream.close();
    });
    return;
  }
  // The rest of the body is not read, so the connection cannot be used again. It is closed when the client has gone, or
  // late enough for it to have seen the answer: at once, its system might throw the answer away.
  response.setHeader('connection', 'close');
  const output: Writable = response;
  output.write(body);
  const timer = setTimeout(() => response.end(), LINGER_MS);
  response.once('close', () => {
    clearTimeout(timer);
  });
}
