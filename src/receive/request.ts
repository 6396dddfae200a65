// A request in terms that every framework can tell it in.

import type { RequestHead } from '../authorize.ts';

/** A request. */
export interface PostbackRequest<Request = unknown> extends RequestHead<Request> {
  /** One of the headers, where to have all of them costs more. Default: from `headers`. */
  readonly header?: ((name: string) => string | undefined) | undefined;
  /** Its body as it can be had when it is wanted: bytes to come, or what something made of them before. */
  readonly body: () => Incoming | AlreadyRead;
}

/**
 * A body that is to come. When called it begins to read, and calls back, never before it has returned. It returns what
 * stops the reading: the rest is left where it is.
 */
export type Incoming = (sink: BodySink) => () => void;

/** What is told of a body. */
export interface BodySink {
  readonly onChunk: (chunk: Uint8Array) => void;
  readonly onEnd: () => void;
  /** It ended before its end, or something else has begun to read it. */
  readonly onLost: (why: 'aborted' | 'already read') => void;
}

/** What a parser before has left of the body. */
export interface AlreadyRead {
  /** `undefined` where nothing of it is left. */
  readonly read: unknown;
}
