// Reads the bytes of a body, within limits of size and time.

import { PostbackError } from '../errors.ts';
import type { PostbackErrorCode } from '../errors.ts';
import { LazyTimeout, now } from './deadline.ts';
import { nothingLeft, ReceiveError } from './errors.ts';
import type { BodySink, BodySource } from './request.ts';

/** The limits of one body. */
export interface BodyLimits {
  /** The maximum for the document: see `maxBodyBytes` for the body. */
  readonly maxBytes: number;
  /** When the body must be complete, in terms of `now()`. */
  readonly bodyUntil: number;
  /** Called with the length of each chunk that is kept, as it arrived and decompressed. May throw. */
  onBytes?(length: number): void;
}

// A chunk costs hundreds of bytes of memory, even if it contains one byte. So 512 chunks that are smaller than 512
// bytes are joined to one block.
const BLOCK_LENGTH = 512;

const ABORTED = 'The connection closed before the body was complete. Expected all of it.';
const TIMED_OUT = 'The body was not complete after bodyTimeoutMs. Expected all of it.';

/**
 * Reads all bytes of a body.
 * @throws PostbackError `TOO_LARGE`, before more than `maxBytes` are kept
 * @throws ReceiveError `BODY_TIMEOUT`, `ABORTED` or `BODY_ALREADY_READ`
 */
export function readBytes(source: BodySource, maxBytes: number, limits: BodyLimits): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let chunks: Uint8Array[] = [];
    let smallChunks: Uint8Array[] = [];
    let size = 0;
    let isSettled = false;
    let stop = (): void => undefined;
    const timeout = new LazyTimeout(limits.bodyUntil - now(), () => {
      fail(new ReceiveError('BODY_TIMEOUT', TIMED_OUT));
    });
    const fail = (error: unknown): void => {
      isSettled = true;
      timeout.cancel();
      stop();
      // The error may be kept, and its stack keeps what is known here.
      chunks = [];
      smallChunks = [];
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passes on what onBytes threw
      reject(error);
    };
    stop = source({
      onChunk(chunk) {
        if (isSettled) return;
        size += chunk.length;
        try {
          if (size > maxBytes) throw tooLarge(maxBytes);
          limits.onBytes?.(chunk.length);
        } catch (error) {
          fail(error);
          return;
        }
        if (chunk.length >= BLOCK_LENGTH) {
          chunks.push(...smallChunks, chunk);
          smallChunks = [];
        } else if (smallChunks.push(chunk) === BLOCK_LENGTH) {
          chunks.push(concat(smallChunks));
          smallChunks = [];
        }
      },
      onEnd() {
        isSettled = true;
        timeout.cancel();
        resolve(concat([...chunks, ...smallChunks]));
      },
      onLost(why) {
        if (!isSettled) fail(why === 'already read' ? nothingLeft() : new ReceiveError('ABORTED', ABORTED));
      },
    });
  });
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  if (first !== undefined && chunks.length === 1) return first;
  const bytes = new Uint8Array(chunks.reduce((size, { length }) => size + length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** The body of a web stream. */
export function fromWebStream(stream: ReadableStream<Uint8Array>): BodySource {
  return (sink) => {
    const reader = stream.getReader();
    // cancel also ends a read that is waiting.
    return pullChunks(
      () => reader.read(),
      () => reader.cancel(),
      sink,
    );
  };
}

/** Reads a body whose chunks are requested one by one. Returns a function that stops reading. */
export function pullChunks(
  next: () => Promise<{ readonly done?: boolean | undefined; readonly value?: Uint8Array | undefined }>,
  stop: () => Promise<unknown> | undefined,
  { onChunk, onEnd, onLost }: BodySink,
): () => void {
  const read = (): void => {
    next()
      .then(({ done, value }) => {
        if (done === true || value === undefined) {
          onEnd();
        } else {
          onChunk(value);
          read();
        }
      })
      .catch(() => {
        onLost('aborted');
      });
  };
  read();
  return () => {
    stop()?.catch(() => undefined);
  };
}

/** The error for a body that is too large. */
export function tooLarge(maxBytes: number): PostbackError {
  return bodyError('TOO_LARGE', `The body is larger than maxBytes allows. Expected at most ${maxBytes} bytes.`);
}

/** An error about the whole body, which has no position in it. */
export function bodyError(code: PostbackErrorCode, message: string): PostbackError {
  return new PostbackError({ code, line: 1, column: 1, path: '', message, excerpt: '' });
}
