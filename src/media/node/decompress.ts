// Decompresses bodies as they arrive.

import { pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { codingOf } from '../../receive/content-coding.ts';
import { UnsupportedCoding } from '../transport.ts';

const DECODERS = { gzip: createGunzip, deflate: createInflate, br: createBrotliDecompress };

/** @throws UnsupportedCoding for a Content-Encoding that is not supported */
export async function* decompressed(
  received: AsyncIterable<Uint8Array>,
  contentEncoding: string | undefined,
): AsyncGenerator<Uint8Array> {
  const coding = codingOf(contentEncoding);
  if (coding === 'unsupported') throw new UnsupportedCoding();
  if (coding === undefined) {
    yield* received;
  } else {
    const decoder = DECODERS[coding]();
    // An error of what is received becomes one of the decoder.
    pipeline(received, decoder, () => undefined);
    yield* decoder as AsyncIterable<Uint8Array>;
  }
}
