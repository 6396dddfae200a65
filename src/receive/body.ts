// The bytes of a body, within limits of size and time.

import { PostbackError } from '../errors.ts';
import type { PostbackErrorCode } from '../errors.ts';
import { nothingLeft, ReceiveError } from './errors.ts';
import type { Incoming } from './request.ts';
import { alarm, now } from './time.ts';

/** How a body is read. */
export interface BodyLimits {
  readonly maxBytes: number;
  /** When the clock shows this, it has to be there. */
  readonly until: number;
  /** Told of each chunk's length before the chunk is kept. May throw. */
  readonly onBytes?: ((length: number) => void) | undefined;
}

/**
 * All bytes of a body.
 * @throws PostbackError `TOO_LARGE`, before more than `maxBytes` are held
 * @throws ReceiveError `BODY_TIMEOUT`, `ABORTED`, or `BODY_ALREADY_READ`
 */
export function readBytes(body: Incoming, { maxBytes, until, onBytes }: BodyLimits): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
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
        chunks.push(chunk);
      },
      onEnd() {
        isOver = true;
        callOff();
        resolve(joined(chunks, size));
      },
      onLost(why) {
        if (isOver) return;
        fail(why === 'already read' ? nothingLeft() : new ReceiveError('ABORTED', 'The connection ended inside the body. Expected all of it.'));
      },
    });
    const callOff = alarm(until - now(), () => {
      fail(new ReceiveError('BODY_TIMEOUT', 'The body had not arrived in time (bodyTimeoutMs after its headers). Expected all of it by then.'));
    });
    const fail = (error: unknown): void => {
      isOver = true;
      callOff();
      stop();
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as it came
      reject(error);
    };
  });
}

/** The chunks of a web stream. */
export function chunksOf(stream: ReadableStream<Uint8Array>): Incoming {
  return ({ onChunk, onEnd, onLost }) => {
    const reader = stream.getReader();
    const next = (): void => {
      reader.read().then(({ done, value }) => {
        if (done) {
          onEnd();
        } else {
          onChunk(value);
          next();
        }
      }, () => {
        onLost('aborted');
      });
    };
    next();
    return () => {
      // Ends the reading that waits, too.
      reader.cancel().catch(() => undefined);
    };
  };
}

/** The error for a body that is larger than it may be. */
export function tooLarge(maxBytes: number): PostbackError {
  return bodyError('TOO_LARGE', `The body has more than ${String(maxBytes)} bytes. Expected a smaller one, or a larger maxBytes.`);
}

/** An error of the body, which has no lines. */
export function bodyError(code: PostbackErrorCode, message: string): PostbackError {
  return new PostbackError({ code, line: 1, column: 1, path: '', message, excerpt: '' });
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [first] = chunks;
  if (first !== undefined && chunks.length === 1) return first;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
