import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { codingOf, decompress as decompressWithin } from '../../src/receive/content-coding.ts';
import type { Coding } from '../../src/receive/content-coding.ts';
import { bundle, jsonSms, single, smsFields } from '../helpers/documents.ts';

const decompress = (bytes: Uint8Array, coding: Coding, maxBytes: number): Promise<Uint8Array> =>
  decompressWithin(bytes, coding, maxBytes, { maxBytes, bodyUntil: Infinity });

describe('decompress', () => {
  const plain = Buffer.from(single(smsFields('hi')).padEnd(2000));

  const withoutZlib = async <T>(work: () => Promise<T>): Promise<T> => {
    // A mock. Only test/runtimes starts a platform without node:zlib.
    const spy = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined);
    try {
      return await work();
    } finally {
      spy.mockRestore();
    }
  };

  it('decompresses with DecompressionStream if there is no node:zlib', async () => {
    await withoutZlib(async () => {
      expect(Buffer.from(await decompress(gzipSync(plain), 'gzip', 5000))).toEqual(plain);
      expect(Buffer.from(await decompress(deflateSync(plain), 'deflate', 5000))).toEqual(plain);
      expect(Buffer.from(await decompress(deflateRawSync(plain), 'deflate', 5000))).toEqual(plain);
      await expect(decompress(gzipSync(plain), 'gzip', 1999)).rejects.toMatchObject({ code: 'TOO_LARGE' });
      await expect(decompress(gzipSync(plain).subarray(0, 30), 'gzip', 5000)).rejects.toMatchObject({
        code: 'BAD_ENCODING',
      });
    });
  });

  it('rejects with UNSUPPORTED_CONTENT_ENCODING if the platform does not support the coding', async () => {
    await withoutZlib(async () => {
      await expect(decompress(Buffer.from([0x0b]), 'br', 5000)).rejects.toMatchObject({
        code: 'UNSUPPORTED_CONTENT_ENCODING',
        status: 415,
      });
    });
  });

  it('decompresses without a limit if maxBytes is Infinity, or larger than node:zlib allows', async () => {
    for (const maxBytes of [Infinity, 2 ** 40])
      expect(Buffer.from(await decompress(gzipSync(plain), 'gzip', maxBytes))).toEqual(plain);
  });

  it.each([
    '<POSTBACK>',
    '\uFEFF <POSTBACK>',
    jsonSms('hi'),
    `[${jsonSms('hi')}]`,
    'a=1&xml=%3CPOSTBACK',
    '--boundary\r\n',
    'h=1&xml=',
    '',
  ])('returns bytes unchanged if they were decompressed before: %j', async (text) => {
    const bytes = Buffer.from(text);
    for (const coding of ['gzip', 'deflate', 'br'] as const) expect(await decompress(bytes, coding, 5000)).toBe(bytes);
    if (/^[<{[\uFEFF]/.test(text))
      expect(await decompress(Buffer.from(text, 'utf16le'), 'br', 5000)).toEqual(Buffer.from(text, 'utf16le'));
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array, 'gzip' | 'deflate' | 'br']>([
    ['gzip', gzipSync, 'gzip'],
    ['deflate', deflateSync, 'deflate'],
    ['raw deflate', deflateRawSync, 'deflate'],
    ['br', brotliCompressSync, 'br'],
  ])('decompresses %s', async (_, compress, coding) => {
    for (const text of [
      single(smsFields('hi')),
      bundle(...Array.from({ length: 300 }, (__, n) => smsFields(String(n)))),
      jsonSms('hi'),
      'xml=%3CPOSTBACK%3E',
    ])
      expect(Buffer.from(await decompress(compress(Buffer.from(text)), coding, 5_000_000)).toString()).toBe(text);
  });

  it('refuses what becomes 500 times larger', async () => {
    const bomb = brotliCompressSync(Buffer.alloc(1_000_000, ' '));
    await expect(decompress(bomb, 'br', 5_000_000)).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: 'The body becomes more than 500 times larger when it is decompressed. Expected less.',
    });
    const equal = bundle(...Array.from({ length: 300 }, () => smsFields('hi')));
    expect(await decompress(brotliCompressSync(equal), 'br', 5_000_000)).toHaveLength(equal.length);
  });

  it('takes a long Content-Encoding for unsupported, without looking at it', () => {
    expect(codingOf('gzip, identity')).toBe('gzip');
    expect(codingOf(`${'a,'.repeat(60)}gzip`)).toBe('unsupported');
    expect(codingOf(`${'identity,'.repeat(20)}gzip`)).toBe('unsupported');
  });
});
