// Shared by the adapters of frameworks on node:http: reads its requests and writes answers to its responses.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { Answer } from '../../receive/answer.ts';
import { pullChunks } from '../../receive/body.ts';
import type { AlreadyRead, BodySource, PostbackRequest } from '../../receive/request.ts';

/** A request of `node:http`, `node:https` or the compatibility API of `node:http2`. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;
/** The response to a {@link NodeRequest}. */
export type NodeResponse = ServerResponse | Http2ServerResponse;

/** Properties that body parsers and routers add to a request. */
export interface ParserProperties {
  readonly body?: unknown;
  /** The bytes or the text of the body, which serverless platforms, koa-bodyparser and express-xml-bodyparser keep. */
  readonly rawBody?: unknown;
  /** The URL as sent. Routers remove their own path from `url`. */
  readonly originalUrl?: unknown;
}

// How long a client that is still sending has to read an answer that did not wait for its body.
const LINGER_MS = 1000;

/**
 * Translates a request. `properties` returns the object to which the framework's body parsers add theirs; `request` is
 * the framework's own request.
 * @throws TypeError for a value that is not a request
 */
export function toPostbackRequest<Req>(
  node: NodeRequest,
  properties: () => ParserProperties,
  request: Req,
): PostbackRequest<Req> {
  if (Object(node) !== node || !('iterator' in node)) {
    throw new TypeError('request: expected a request of node:http, https or http2');
  }
  return new NodePostback(node, properties, request);
}

/** Its getters may throw, like those that other code adds to a request. */
class NodePostback<Req> implements PostbackRequest<Req> {
  readonly request: Req;
  readonly #node: NodeRequest;
  readonly #properties: () => ParserProperties;

  constructor(node: NodeRequest, properties: () => ParserProperties, request: Req) {
    this.#node = node;
    this.#properties = properties;
    this.request = request;
  }

  get method(): string {
    return this.#node.method ?? '';
  }

  get url(): string {
    const { originalUrl } = this.#properties();
    return typeof originalUrl === 'string' ? originalUrl : (this.#node.url ?? '');
  }

  get headers(): PostbackRequest['headers'] {
    return headersOf(this.#node);
  }

  get remoteAddress(): string | undefined {
    // Emulated requests may have no socket.
    return (this.#node as { readonly socket?: Socket }).socket?.remoteAddress;
  }

  body(): BodySource | AlreadyRead {
    return bodyOf(this.#node, this.#properties());
  }
}

/** Node.js joins headers of the same name, except this one. */
function headersOf({ headers }: NodeRequest): PostbackRequest['headers'] {
  const { 'set-cookie': cookies } = headers;
  return (
    cookies === undefined ? headers : { ...headers, 'set-cookie': cookies.join(', ') }
  ) as PostbackRequest['headers'];
}

function bodyOf(node: Readable, properties: ParserProperties): BodySource | AlreadyRead {
  const { rawBody } = properties;
  if (rawBody instanceof Uint8Array || typeof rawBody === 'string') return { value: rawBody };
  // Reading again would return nothing, or never end; and a stream with an encoding returns text instead of bytes.
  if (node.readableDidRead || node.readableEncoding !== null) return { value: parsedBody(properties) };
  // The body was read before, and it was empty.
  if (node.readableEnded) return { value: '' };
  return fromNodeStream(node);
}

/** On serverless platforms `body` is a getter, which parses the body and may throw. */
function parsedBody(properties: ParserProperties): unknown {
  try {
    return properties.body;
  } catch {
    return undefined;
  }
}

/** Uses events. Using the iterator took as long as parsing a short message. */
function fromNodeStream(node: Readable): BodySource {
  return (sink) => {
    // A stream with such a listener does not emit 'data'.
    if (node.listenerCount('readable') > 0) {
      const iterator: AsyncIterator<Uint8Array, undefined> = node.iterator({ destroyOnReturn: false });
      return pullChunks(
        () => iterator.next(),
        () => iterator.return?.(),
        sink,
      );
    }
    const { onChunk, onEnd, onLost } = sink;
    const onClose = (): void => {
      onLost('aborted');
    };
    // Other code may pause the stream, before or later, to keep the body for a later reader.
    const onPause = (): void => {
      node.resume();
    };
    if (node.destroyed) process.nextTick(onClose);
    node.on('data', onChunk).on('end', onEnd).on('close', onClose).on('error', onClose).on('pause', onPause).resume();
    return () => {
      node.off('data', onChunk).off('end', onEnd).off('close', onClose).off('pause', onPause);
      // Not destroyed, because the answer is sent through the same socket.
      node.pause();
    };
  };
}

/** Sends an answer, unless other code has sent one, or the client is gone. */
export function send({ status, headers, body }: Answer, request: NodeRequest, response: NodeResponse): void {
  if (response.destroyed || response.headersSent) return;
  const isHttp2 = 'stream' in request;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) {
    // RFC 9113, 8.2.2: HTTP/2 has no connection header.
    if (!(isHttp2 && name === 'connection')) response.setHeader(name, value);
  }
  if (request.readableEnded || request.complete) {
    response.end(body);
    return;
  }
  if (isHttp2) {
    // RFC 9113, 8.1: closing the stream tells the client to stop sending the body.
    const { stream } = request;
    response.end(body, () => {
      stream.close();
    });
    return;
  }
  // The rest of the body is not read, so the connection cannot be used again. It is not closed at once, because the
  // client's system might then discard the answer.
  response.setHeader('connection', 'close');
  response.setHeader('content-length', String(Buffer.byteLength(body)));
  const output: Writable = response;
  output.write(body);
  const timer = setTimeout(() => response.end(), LINGER_MS);
  response.once('close', () => {
    clearTimeout(timer);
  });
}
