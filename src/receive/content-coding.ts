// Content-Encoding (RFC 9110, 8.4): parses the header and decompresses bodies.

import { PostbackError } from '../errors.ts';
import { toBinaryString } from '../read/binary-string.ts';
import { encodingNamed } from '../read/encodings.ts';
import { bodyError, fromWebStream, readBytes } from './body.ts';
import type { BodyLimits } from './body.ts';
import { ReceiveError } from './errors.ts';
import { builtin } from './node-builtins.ts';
import type { BodySource } from './request.ts';
import { inTurn } from './turns.ts';

/** A supported content coding. */
export type Coding = 'gzip' | 'deflate' | 'br';

const CODINGS: Readonly<Record<string, Coding>> = {
  gzip: 'gzip',
  // RFC 9110, 8.4.1.3: the same as gzip.
  'x-gzip': 'gzip',
  deflate: 'deflate',
  br: 'br',
};

// What senders write although the body is not compressed. They also write charsets.
const MEANINGLESS = ['', 'identity', 'none', '7bit', '8bit', 'binary', 'chunked', 'aws-chunked'];

const MAX_HEADER_LENGTH = 100;

/** The coding that a Content-Encoding header names. `undefined` if the body is not compressed. */
export function codingOf(header = ''): Coding | 'unsupported' | undefined {
  // Looking up a charset takes long if it is not known.
  if (header.length > MAX_HEADER_LENGTH) return 'unsupported';
  const names = header.split(',').map((name) => name.trim().toLowerCase());
  const [name, another] = names.filter((each) => !MEANINGLESS.includes(each) && encodingNamed(each) === undefined);
  if (name === undefined) return undefined;
  return another === undefined && Object.hasOwn(CODINGS, name) ? CODINGS[name] : 'unsupported';
}

// A bundle of different messages has a ratio of 10 to 20, one of equal messages up to 300. Of brotli, 15 bytes may
// become megabytes.
const MAX_RATIO = 500;
const ALWAYS_BYTES = 65_536;

/**
 * Decompresses a body. Returns the bytes unchanged if they are not compressed: proxies, body parsers and serverless
 * platforms decompress bodies and keep the header.
 *
 * @throws PostbackError `TOO_LARGE`, before more than `maxBytes`, or 500 times the compressed bytes, are kept;
 *   `BAD_ENCODING` if the bytes do not fit the coding
 * @throws ReceiveError `BODY_TIMEOUT`, or if the platform does not support the coding
 */
export async function decompress(
  bytes: Uint8Array,
  coding: Coding,
  maxBytes: number,
  limits: BodyLimits,
): Promise<Uint8Array> {
  // RFC 1952, 2.3.1: gzip starts with two magic bytes. The other codings have none, but compressed bytes do not look
  // like text. Some texts could be decompressed to other bytes, so text is not touched.
  if (coding === 'gzip' ? !(bytes[0] === 0x1f && bytes[1] === 0x8b) : startsLikeText(bytes)) return bytes;
  const format = coding === 'deflate' && !hasZlibHeader(bytes) ? 'deflate-raw' : coding;
  const source = decompressedByNode(bytes, format) ?? decompressedByStream(bytes, format);
  const maxByRatio = ALWAYS_BYTES + MAX_RATIO * bytes.length;
  try {
    return await readBytes(inTurn(source), Math.min(maxBytes, maxByRatio), limits);
  } catch (error) {
    if (error instanceof ReceiveError && error.code === 'ABORTED') {
      throw bodyError(
        'BAD_ENCODING',
        'The body does not match its Content-Encoding, or is incomplete. Expected valid data in it.',
      );
    }
    if (error instanceof PostbackError && maxByRatio < maxBytes) {
      throw bodyError(
        'TOO_LARGE',
        `The body becomes more than ${MAX_RATIO} times larger when it is decompressed. Expected less.`,
      );
    }
    throw error;
  }
}

/**
 * Whether bytes start like a document or a form, and so are not compressed. Compressed bytes contain control characters
 * within the first 256.
 */
export function startsLikeText(bytes: Uint8Array): boolean {
  const start = toBinaryString(bytes.subarray(0, 256));
  return TEXT_START.test(start) || UTF16_START.test(start);
}

// eslint-disable-next-line no-control-regex -- control characters show that the bytes are compressed
const TEXT_START = /^(?:\xEF\xBB\xBF)?[\t\n\r ]*(?:[<{[]|--|[^&=\0-\x20]+=|$)(?:[\t\n\r]|[^\0-\x1F])*$/;
const UTF16_START = /^(?:\xFE\xFF|\xFF\xFE|\0[<{[]|[<{[]\0)/;

/** RFC 1950, 2.2. Many senders omit this header, although RFC 9110, 8.4.1.2, requires it. */
function hasZlibHeader([first = 0, second = 0]: Uint8Array): boolean {
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}

type Format = Coding | 'deflate-raw';

/** Returns `undefined` if the platform has no node:zlib. */
function decompressedByNode(bytes: Uint8Array, format: Format): BodySource | undefined {
  const zlib = builtin('node:zlib');
  if (zlib === undefined) return undefined;
  const { createGunzip, createBrotliDecompress, createInflate, createInflateRaw } = zlib;
  const create = {
    gzip: createGunzip,
    br: createBrotliDecompress,
    deflate: createInflate,
    'deflate-raw': createInflateRaw,
  }[format];
  return ({ onChunk, onEnd, onLost }) => {
    const stream = create();
    stream.on('data', onChunk).on('end', onEnd);
    stream.on('error', () => {
      onLost('aborted');
    });
    // Later, because Deno emits data at once.
    queueMicrotask(() => stream.end(bytes));
    return () => stream.destroy();
  };
}

/**
 * https://compression.spec.whatwg.org/#decompression-stream
 * @throws ReceiveError if the platform does not support the format
 */
function decompressedByStream(bytes: Uint8Array, format: Format): BodySource {
  let stream: DecompressionStream;
  try {
    // The type lists only the formats that every platform supports.
    stream = new DecompressionStream((format === 'br' ? 'brotli' : format) as CompressionFormat);
  } catch {
    throw unsupportedCoding('Unsupported Content-Encoding on this platform. Expected none, gzip or deflate.');
  }
  return (sink) => fromWebStream(new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(stream))(sink);
}

/** The error for a coding that is not supported. */
export function unsupportedCoding(message: string): ReceiveError {
  return new ReceiveError('UNSUPPORTED_CONTENT_ENCODING', message);
}
