// The bytes of a body, within limits of size and time.

import { PostbackError } from '../errors.ts';
import type { PostbackErrorCode } from '../errors.ts';
import { nothingLeft, ReceiveError } from './errors.ts';
import type { BodySink, Incoming } from './request.ts';
import { Alarm, now } from './deadline.ts';

/** How a body is read. */
export interface BodyLimits {
  readonly maxBytes: number;
  /** When the clock shows this, it has to be there. */
  readonly until: number;
  /** Told of the length of each chunk that is to be kept, and of what one in a content-encoding becomes. May throw. */
  readonly onBytes?: ((length: number) => void) | undefined;
}

// Chunks of fewer bytes than this are put together when there are as many of them.
const BLOCK_LENGTH = 512;

/**
 * All bytes of a body.
 * @throws PostbackError `TOO_LARGE`, before more than `maxBytes` are held
 * @throws ReceiveError `BODY_TIMEOUT`, `ABORTED`, or `BODY_ALREADY_READ`
 */
export function readBytes(body: Incoming, { maxBytes, until, onBytes }: BodyLimits): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    // Those since the last block: a chunk costs hundreds of bytes, and may bring one.
    let small: Uint8Array[] = [];
    let size = 0;
    let isOver = false;
    const stop = body({
      onChunk(chunk) {
        if (isOver) return;
        size += chunk.length;
        if (size > maxBytes) {
          fail(tooLarge(maxBytes));
          return;
        }
        try {
          onBytes?.(chunk.length);
        } catch (error) {
          fail(error);
          return;
        }
        if (chunk.length >= BLOCK_LENGTH) {
          chunks.push(...small, chunk);
          small = [];
        } else if (small.push(chunk) === BLOCK_LENGTH) {
          chunks.push(joined(small));
          small = [];
        }
      },
      onEnd() {
        isOver = true;
        alarm.off();
        resolve(joined([...chunks, ...small]));
      },
      onLost(why) {
        if (isOver) return;
        fail(
          why === 'already read'
            ? nothingLeft()
            : new ReceiveError('ABORTED', 'The connection ended inside the body. Expected all of it.'),
        );
      },
    });
    const alarm = new Alarm(until - now(), () => {
      fail(
        new ReceiveError(
          'BODY_TIMEOUT',
          'The body had not arrived in time (bodyTimeoutMs after its headers). Expected all of it by then.',
        ),
      );
    });
    const fail = (error: unknown): void => {
      isOver = true;
      alarm.off();
      stop();
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as it came
      reject(error);
    };
  });
}

/** The chunks of a web stream. */
export function chunksOf(stream: ReadableStream<Uint8Array>): Incoming {
  return (sink) => {
    const reader = stream.getReader();
    // To cancel ends the reading that waits, too.
    return pull(
      () => reader.read(),
      () => reader.cancel(),
      sink,
    );
  };
}

/** Reads what has to be asked for each chunk. Returns what stops it. */
export function pull(
  next: () => Promise<{ readonly done?: boolean | undefined; readonly value?: Uint8Array | undefined }>,
  stop: () => Promise<unknown> | undefined,
  { onChunk, onEnd, onLost }: BodySink,
): () => void {
  const read = (): void => {
    next().then(
      ({ done, value }) => {
        if (done === true || value === undefined) {
          onEnd();
        } else {
          onChunk(value);
          read();
        }
      },
      () => {
        onLost('aborted');
      },
    );
  };
  read();
  return () => {
    stop()?.catch(() => undefined);
  };
}

/** The error for a body that is larger than it may be. */
export function tooLarge(maxBytes: number): PostbackError {
  return bodyError(
    'TOO_LARGE',
    `The body has more than ${String(maxBytes)} bytes. Expected a smaller one, or a larger maxBytes.`,
  );
}

/** An error of the body, which has no lines. */
export function bodyError(code: PostbackErrorCode, message: string): PostbackError {
  return new PostbackError({ code, line: 1, column: 1, path: '', message, excerpt: '' });
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  if (first !== undefined && chunks.length === 1) return first;
  const bytes = new Uint8Array(chunks.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
