// Compressed bodies.

import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { single, smsFields } from '../helpers/documents.ts';
import { texts, XML } from './contract-under-test.ts';
import type { ContractUnderTest } from './contract-under-test.ts';

export function describeContentCodings({ client, hasBrotli }: ContractUnderTest): void {
  describe('bodies with a Content-Encoding', () => {
    it.each([
      ['gzip', gzipSync],
      ['x-gzip', gzipSync],
      ['deflate', deflateSync],
      ['deflate', deflateRawSync],
      ['br', brotliCompressSync],
      ['identity', (bytes: Buffer) => bytes],
      ['GZIP', gzipSync],
      // Decompressed by a proxy that kept the header.
      ['gzip', (bytes: Buffer) => bytes],
      ['deflate', (bytes: Buffer) => bytes],
      ['br', (bytes: Buffer) => bytes],
    ])('reads a body whose Content-Encoding is %s (%o)', async (coding, compress) => {
      const { post, journal } = client('plain');
      const headers = { ...XML, 'content-encoding': coding };
      const body = new Uint8Array(compress(Buffer.from(single(smsFields('hi é')))));
      if (coding === 'br' && body[0] !== 0x3c && !hasBrotli) {
        expect(await post(body, headers)).toMatchObject({ status: 415, text: 'UNSUPPORTED_CONTENT_ENCODING' });
        return;
      }
      expect(await post(body, headers)).toMatchObject({ status: 200 });
      expect(texts(await journal())).toEqual(['hi é']);
    });

    it.each(['compress', 'gzip, gzip', 'zstd', 'base64'])(
      'answers 415 to the Content-Encoding %s, after it has called onReject with the bytes',
      async (coding) => {
        const body = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 1, 2]);
        const { post, journal } = client('plain');
        expect(await post(body, { ...XML, 'content-encoding': coding })).toMatchObject({
          status: 415,
          text: 'UNSUPPORTED_CONTENT_ENCODING',
        });
        expect(await journal()).toMatchObject([{ what: 'reject', raw: body.toString('latin1') }]);
        const { post: postAccepted } = client('reject-accepted');
        expect(await postAccepted(body, { ...XML, 'content-encoding': coding })).toMatchObject({ status: 200 });
      },
    );

    it('reads a body that was decoded already, whatever its Content-Encoding', async () => {
      const { post, journal } = client('plain');
      for (const coding of ['gzip', 'br', 'zstd'])
        expect(await post(single(smsFields(coding)), { ...XML, 'content-encoding': coding })).toMatchObject({
          status: 200,
        });
      expect(texts(await journal())).toEqual(['gzip', 'br', 'zstd']);
    });

    it.each(['UTF-8', 'utf8', 'none', '8bit', 'binary', 'identity', 'ISO-8859-1', 'identity, utf-8'])(
      'ignores the Content-Encoding %s, which means nothing',
      async (coding) => {
        const { post, journal } = client('plain');
        expect(await post(single(smsFields('hi')), { ...XML, 'content-encoding': coding })).toMatchObject({
          status: 200,
        });
        expect(texts(await journal())).toEqual(['hi']);
      },
    );

    it.each(['gzip, identity', 'identity,gzip', 'x-gzip, 8bit'])('decodes the Content-Encoding %s', async (coding) => {
      const { post, journal } = client('plain');
      const body = new Uint8Array(gzipSync(single(smsFields('hi'))));
      expect(await post(body, { ...XML, 'content-encoding': coding })).toMatchObject({ status: 200 });
      expect(texts(await journal())).toEqual(['hi']);
    });

    it('answers 400 if the body does not match its Content-Encoding, or is incomplete', async () => {
      const { post, journal } = client('plain');
      const whole = gzipSync(single(smsFields('hi')));
      expect(await post(whole.subarray(0, -12), { ...XML, 'content-encoding': 'gzip' })).toMatchObject({
        status: 400,
        text: 'BAD_ENCODING',
      });
      expect(await post(Buffer.from([0x81, 2, 0xff, 4]), { ...XML, 'content-encoding': 'deflate' })).toMatchObject({
        status: 400,
        text: 'BAD_ENCODING',
      });
      expect(await journal()).toMatchObject([
        { raw: whole.subarray(0, -12).toString('latin1') },
        { codes: ['BAD_ENCODING'] },
      ]);
    });

    it.each([
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['br', brotliCompressSync],
    ])('answers 413 if the decompressed body is too large (%s)', async (coding, compress) => {
      const { post } = client('small');
      const bomb = new Uint8Array(compress(Buffer.alloc(100_000, ' ')));
      expect(bomb.length).toBeLessThan(500);
      const refusal =
        coding === 'br' && !hasBrotli
          ? { status: 415, text: 'UNSUPPORTED_CONTENT_ENCODING' }
          : { status: 413, text: 'TOO_LARGE' };
      expect(await post(bomb, { ...XML, 'content-encoding': coding })).toMatchObject(refusal);
    });
  });
}
