// A request, independent of any framework.

import type { RequestHead } from '../authorize.ts';

/** A request. `Req` is the framework's own type. */
export interface PostbackRequest<Req = unknown> extends RequestHead<Req> {
  /** Returns one header. For frameworks in which reading all `headers` is slower. */
  readonly header?: ((name: string) => string | undefined) | undefined;
  /** Returns the body. Called once, when the body is needed. */
  readonly body: () => BodySource | AlreadyRead;
}

/**
 * A body that has not been read yet. A call starts reading; the sink is never called before that call has returned. The
 * returned function stops reading and leaves the rest of the body unread.
 */
export type BodySource = (sink: BodySink) => () => void;

/** Receives a body. */
export interface BodySink {
  readonly onChunk: (chunk: Uint8Array) => void;
  readonly onEnd: () => void;
  /** The body ended before it was complete, or other code has started to read it. */
  readonly onLost: (why: 'aborted' | 'already read') => void;
}

/** A body that other code has read before. */
export interface AlreadyRead {
  /** What that code has made of the body; `undefined` if nothing was kept. */
  readonly value: unknown;
  /** Whether a string is the text that was sent: the platform knows the encoding. A parser may have guessed it. */
  readonly isSentText?: boolean | undefined;
}
