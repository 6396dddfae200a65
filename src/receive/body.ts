// The body of a request: whether it may hold a postback, and its bytes, within limits of size and time.

import { PostbackError } from '../errors.ts';
import { ReceiveError } from './errors.ts';

/** A request as every framework can tell it. */
export interface PostbackRequest {
  readonly method: string;
  /** Header values by lower-case name, several of one name joined by `, `. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** How a body is read. */
export interface BodyLimits {
  readonly maxBytes: number;
  readonly bodyTimeoutMs: number;
}

// Raw XML arrives under all of these, and under none: docs/protocol.md, "Delivery".
const MEDIA_TYPES = /^(?:|(?:application|text)\/xml|.+\+xml|application\/x-www-form-urlencoded|text\/plain|application\/octet-stream)$/;

/**
 * The charset that the Content-Type names.
 * @throws ReceiveError where the type can hold no postback, or the body is encoded
 */
export function charsetOf({ headers }: PostbackRequest): string | undefined {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').split(';');
  if (!MEDIA_TYPES.test(type.trim().toLowerCase())) {
    throw new ReceiveError('UNSUPPORTED_MEDIA_TYPE', 'The Content-Type can hold no postback. Expected application/xml or text/xml.');
  }
  if (!/^(?:|identity)$/i.test(headers['content-encoding']?.trim() ?? '')) {
    throw new ReceiveError('UNSUPPORTED_CONTENT_ENCODING', 'The body has a Content-Encoding. Expected none.');
  }
  for (const parameter of parameters) {
    const charset = /^\s*charset\s*=\s*(?:"([^"]*)"|([^\s"]+))\s*$/i.exec(parameter);
    if (charset !== null) return charset[1] ?? charset[2];
  }
  return undefined;
}

/**
 * The bytes of the body.
 * @throws PostbackError `TOO_LARGE`, before more than `maxBytes` are read
 * @throws ReceiveError `BODY_TIMEOUT` or `ABORTED`
 */
export async function readBody(request: PostbackRequest, { maxBytes, bodyTimeoutMs }: BodyLimits): Promise<Uint8Array> {
  if (Number(request.headers['content-length']) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const iterator: AsyncIterator<Uint8Array, unknown> = request.body[Symbol.asyncIterator]();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `The body had not arrived ${String(bodyTimeoutMs)} ms after its headers. Expected all of it by then.`;
      reject(new ReceiveError('BODY_TIMEOUT', message));
    }, bodyTimeoutMs);
  });
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), timeout]);
      if (next.done === true) break;
      size += next.value.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      chunks.push(next.value);
    }
  } catch (error) {
    // Not awaited: it waits for a chunk that may never come.
    void iterator.return?.().catch(() => undefined);
    if (error instanceof PostbackError || error instanceof ReceiveError) throw error;
    throw new ReceiveError('ABORTED', 'The connection ended inside the body. Expected all of it.');
  } finally {
    clearTimeout(timer);
  }
  return joined(chunks, size);
}

function tooLarge(maxBytes: number): PostbackError {
  return new PostbackError({
    code: 'TOO_LARGE',
    line: 1,
    column: 1,
    path: '',
    message: `The body has more than ${String(maxBytes)} bytes. Expected a smaller one, or a larger maxBytes.`,
    excerpt: '',
  });
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
