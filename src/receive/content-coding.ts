// Content-Encoding: what it says, and its undoing. RFC 9110, 8.4.

import { bodyError, chunksOf, readBytes, tooLarge } from './body.ts';
import { ReceiveError } from './errors.ts';
import { builtin } from './node-builtins.ts';

/** A content coding that is read. */
export type Coding = 'gzip' | 'deflate' | 'br';

const CODINGS: ReadonlyMap<string, Coding | undefined> = new Map([
  ['', undefined],
  ['identity', undefined],
  ['gzip', 'gzip'],
  // RFC 9110, 8.4.1.3: the same.
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
]);

/**
 * The one coding that a Content-Encoding names.
 * @throws ReceiveError for another, or several
 */
export function codingOf(header = ''): Coding | undefined {
  const name = header.trim().toLowerCase();
  if (CODINGS.has(name)) return CODINGS.get(name);
  throw unsupported(
    'The Content-Encoding is none that is read, or more than one. Expected none, or one of gzip, deflate, br.',
  );
}

/**
 * The bytes without their coding; as they are where something has undone it already and left the header (proxies,
 * body parsers and serverless platforms do).
 *
 * @throws PostbackError `TOO_LARGE`, before more than `maxBytes` are held; `BAD_ENCODING` for bytes that are not so coded
 * @throws ReceiveError where the platform cannot undo it
 */
export async function decompressed(bytes: Uint8Array, coding: Coding, maxBytes: number): Promise<Uint8Array> {
  // RFC 1952, 2.3.1. The others begin with no mark, but not as text does; of some text they would make other bytes.
  if (coding === 'gzip' ? !(bytes[0] === 0x1f && bytes[1] === 0x8b) : beginsAsText(bytes)) return bytes;
  const isZlib = coding === 'deflate' && hasZlibHeader(bytes);
  try {
    return await (decompressedByNode(bytes, coding, isZlib, maxBytes) ??
      decompressedByStream(bytes, coding, isZlib, maxBytes));
  } catch (error) {
    if (isTooLarge(error)) throw tooLarge(maxBytes);
    if (error instanceof ReceiveError && error.code === 'UNSUPPORTED_CONTENT_ENCODING') throw error;
    throw bodyError(
      'BAD_ENCODING',
      'The body is not in the coding that its Content-Encoding names, or is cut. Expected whole bytes in it.',
    );
  }
}

/**
 * Whether bytes begin as a document or a form does, so that nothing is to be undone. Compressed ones have control characters
 * among so many.
 */
export function beginsAsText(bytes: Uint8Array): boolean {
  const start = String.fromCharCode(...bytes.subarray(0, 256));
  return TEXT_START.test(start) || UTF16_START.test(start);
}

// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const TEXT_START = /^(?:\xEF\xBB\xBF)?[\t\n\r ]*(?:[<{[]|--|[^&=\0-\x20]+=|$)(?:[\t\n\r]|[^\0-\x1F])*$/;
const UTF16_START = /^(?:\xFE\xFF|\xFF\xFE|\0[<{[]|[<{[]\0)/;

/** RFC 1950, 2.2. Many senders leave it out, though RFC 9110, 8.4.1.2, wants it. */
function hasZlibHeader([first = 0, second = 0]: Uint8Array): boolean {
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}

function decompressedByNode(
  bytes: Uint8Array,
  coding: Coding,
  isZlib: boolean,
  maxBytes: number,
): Promise<Uint8Array> | undefined {
  const zlib = builtin('node:zlib');
  if (zlib === undefined) return undefined;
  // What it can hold at most is above that on every version of Node, and it refuses to be told more.
  const options = maxBytes < 2 ** 31 ? { maxOutputLength: maxBytes } : {};
  return new Promise((resolve, reject) => {
    const onEnd = (error: Error | null, result: Uint8Array): void => {
      if (error === null) resolve(result);
      else reject(error);
    };
    if (coding === 'gzip') zlib.gunzip(bytes, options, onEnd);
    else if (coding === 'br') zlib.brotliDecompress(bytes, options, onEnd);
    else if (isZlib) zlib.inflate(bytes, options, onEnd);
    else zlib.inflateRaw(bytes, options, onEnd);
  });
}

/** https://compression.spec.whatwg.org/#decompression-stream */
async function decompressedByStream(
  bytes: Uint8Array,
  coding: Coding,
  isZlib: boolean,
  maxBytes: number,
): Promise<Uint8Array> {
  const format = coding === 'deflate' && !isZlib ? 'deflate-raw' : coding === 'br' ? 'brotli' : coding;
  let stream: DecompressionStream;
  try {
    // Typed for the formats that every platform has.
    stream = new DecompressionStream(format as CompressionFormat);
  } catch {
    throw unsupported('This platform cannot undo the Content-Encoding. Expected none, gzip or deflate.');
  }
  return readBytes(chunksOf(new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(stream)), {
    maxBytes,
    until: Infinity,
  });
}

function isTooLarge(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return code === 'ERR_BUFFER_TOO_LARGE' || code === 'TOO_LARGE';
}

function unsupported(message: string): ReceiveError {
  return new ReceiveError('UNSUPPORTED_CONTENT_ENCODING', message);
}
