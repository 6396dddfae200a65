// What the adapters of frameworks on node:http have in common: its request in plain terms, and the answer on its response.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { pull } from '../../receive/body.ts';
import type { Answer } from '../../receive/receive.ts';
import type { AlreadyRead, Incoming, PostbackRequest } from '../../receive/request.ts';

/** A request of `node:http`, `https` or the compatibility API of `node:http2`. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;
/** Its response. */
export type NodeResponse = ServerResponse | Http2ServerResponse;

/** What parsers before have left on a request, by the names that they use. */
export interface Parsed {
  readonly body?: unknown;
  /** The bytes or the text, kept beside `body`: serverless platforms, koa-bodyparser and express-xml-bodyparser do. */
  readonly rawBody?: unknown;
  /** The URL before a router has cut its own part off. */
  readonly originalUrl?: unknown;
}

// How long a client that is still sending is given to see an answer that did not wait for its body.
const LINGER_MS = 1000;

/** A request in plain terms. `parsed` and `request`: the framework's own. */
export function postbackRequest<Request>(
  node: NodeRequest,
  parsed: () => Parsed,
  request: Request,
): PostbackRequest<Request> {
  if (typeof (node as Partial<Readable> | null | undefined)?.iterator !== 'function') {
    throw new TypeError('request: expected one of node:http, https or http2');
  }
  const { method = '', url = '' } = node;
  const { originalUrl } = parsed();
  return {
    method,
    url: typeof originalUrl === 'string' ? originalUrl : url,
    headers: headersOf(node),
    // What emulates such a request may have no socket.
    remoteAddress: (node as { readonly socket?: Socket }).socket?.remoteAddress,
    request,
    body: () => bodyOf(node, parsed()),
  };
}

/** Node has joined those of one name already, but for this one, which is a list. */
function headersOf({ headers }: NodeRequest): PostbackRequest['headers'] {
  const { 'set-cookie': cookies } = headers;
  return (
    cookies === undefined ? headers : { ...headers, 'set-cookie': cookies.join(', ') }
  ) as PostbackRequest['headers'];
}

function bodyOf(node: Readable, parsed: Parsed): Incoming | AlreadyRead {
  const { rawBody } = parsed;
  if (rawBody instanceof Uint8Array || typeof rawBody === 'string') return { read: rawBody };
  // An ended stream would be an empty body, one that something else reads would never end, and text has lost its bytes.
  if (node.readableDidRead || node.readableEncoding !== null) return { read: leftIn(parsed) };
  // Something has read it to its end, and it was empty.
  if (node.readableEnded) return { read: '' };
  return chunksOf(node);
}

/** Serverless platforms parse a body when it is asked for, and throw then. */
function leftIn(parsed: Parsed): unknown {
  try {
    return parsed.body;
  } catch {
    return undefined;
  }
}

/** By its events and not its iterator, which took as long as to parse a short message. */
function chunksOf(node: Readable): Incoming {
  return (sink) => {
    // What somebody listens to so does not flow.
    if (node.listenerCount('readable') > 0) {
      const iterator: AsyncIterator<Uint8Array, undefined> = node.iterator({ destroyOnReturn: false });
      return pull(
        () => iterator.next(),
        () => iterator.return?.(),
        sink,
      );
    }
    const { onChunk, onEnd, onLost } = sink;
    const onClose = (): void => {
      onLost('aborted');
    };
    // Something before may have paused it, or pauses it later, to keep the body for whoever comes then.
    const onPause = (): void => {
      node.resume();
    };
    if (node.destroyed) process.nextTick(onClose);
    node.on('data', onChunk).on('end', onEnd).on('close', onClose).on('error', onClose).on('pause', onPause).resume();
    return () => {
      node.off('data', onChunk).off('end', onEnd).off('close', onClose).off('pause', onPause);
      // Not destroyed: the answer is to go out through the same socket.
      node.pause();
    };
  };
}

/** Writes an answer. Resolves at once; nothing is written where somebody else has answered, or nobody is there. */
export function send({ status, headers, body }: Answer, request: NodeRequest, response: NodeResponse): void {
  if (response.destroyed || response.headersSent) return;
  const isHttp2 = 'stream' in request;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) {
    // RFC 9113, 8.2.2: connections are not for headers to close there.
    if (!(isHttp2 && name === 'connection')) response.setHeader(name, value);
  }
  if (request.readableEnded || request.complete) {
    response.end(body);
    return;
  }
  if (isHttp2) {
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
  response.setHeader('content-length', String(Buffer.byteLength(body)));
  const output: Writable = response;
  output.write(body);
  const timer = setTimeout(() => response.end(), LINGER_MS);
  response.once('close', () => {
    clearTimeout(timer);
  });
}
