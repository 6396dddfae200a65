// The bytes of a body, within limits of size and time.

import { PostbackError } from '../errors.ts';
import type { PostbackErrorCode } from '../errors.ts';
import { ReceiveError } from './errors.ts';
import { LATE, within } from './time.ts';

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
 * @throws ReceiveError `BODY_TIMEOUT` or `ABORTED`
 */
export async function readBytes(body: AsyncIterable<Uint8Array>, { maxBytes, until, onBytes }: BodyLimits): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const iterator: AsyncIterator<Uint8Array, unknown> = body[Symbol.asyncIterator]();
  const read = async (): Promise<void> => {
    for (;;) {
      let next;
      try {
        next = await iterator.next();
      } catch {
        throw new ReceiveError('ABORTED', 'The connection ended inside the body. Expected all of it.');
      }
      if (next.done === true) return;
      size += next.value.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      onBytes?.(next.value.length);
      chunks.push(next.value);
    }
  };
  let isWhole = false;
  try {
    if ((await within(read(), until)) === LATE) {
      throw new ReceiveError('BODY_TIMEOUT', 'The body had not arrived in time (bodyTimeoutMs after its headers). Expected all of it by then.');
    }
    isWhole = true;
  } finally {
    // Not awaited: it waits for a chunk that may never come.
    if (!isWhole) void iterator.return?.().catch(() => undefined);
  }
  return joined(chunks, size);
}

/** The chunks of a web stream. Not its own iterator: that cannot let go of the stream while it waits for a chunk. */
export function chunksOf(stream: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]: () => {
      const reader = stream.getReader();
      return {
        async next() {
          const { done, value } = await reader.read();
          return done ? { done, value: undefined } : { done, value };
        },
        async return() {
          await reader.cancel();
          return { done: true, value: undefined };
        },
      };
    },
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
