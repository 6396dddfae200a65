import zlib, { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { codingOf, decompress as decompressWithin, startsLikeText } from '../../src/receive/content-coding.ts';
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
        message: 'Unsupported Content-Encoding on this platform. Expected none, gzip or deflate.',
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

  it.each<[bytes: string, isText: boolean]>([
    ['<', true],
    ['{', true],
    ['[', true],
    ['--', true],
    ['-', false],
    ['', true],
    [' \t\r\n', true],
    ['\r\n <a', true],
    ['\xEF\xBB\xBF', true],
    ['\xEF\xBB\xBF {}', true],
    ['\xEF\xBB<', false],
    ['xml=a', true],
    ['x=', true],
    ['=a', false],
    ['&x=', false],
    ['xm l=', false],
    ['xml', false],
    ['a<', false],
    ['<\n\r\t', true],
    ['<a\x01', false],
    ['<a\x0B', false],
    ['<\xFF\x80', true],
    ['x=\x00', false],
    ['\xFE\xFF\x01', true],
    ['\xFF\xFE\x01', true],
    ['\xFF\xFF', false],
    ['\x00<', true],
    ['\x00{\x01', true],
    ['[\x00\x01', true],
    ['\x00a', false],
    ['a\x00', false],
    ['a\x00<', false],
    [`<${'a'.repeat(255)}\x01`, true],
    [`<${'a'.repeat(254)}\x01`, false],
  ])('takes bytes for text by their start: %j', (bytes, isText) => {
    expect(startsLikeText(Buffer.from(bytes, 'latin1'))).toBe(isText);
  });

  it.each<[header: string | undefined, coding: ReturnType<typeof codingOf>]>([
    [undefined, undefined],
    ['gzip', 'gzip'],
    ['X-GZIP', 'gzip'],
    [' deflate ', 'deflate'],
    ['br', 'br'],
    ...['', 'identity', 'none', '7bit', '8bit', 'binary', 'chunked', 'aws-chunked', 'UTF-8', ' , '].map(
      (header): [string, undefined] => [header, undefined],
    ),
    ['aws-chunked,gzip', 'gzip'],
    ['utf-8, br, binary', 'br'],
    ['gzip, gzip', 'unsupported'],
    ['gzip, br', 'unsupported'],
    ['zstd', 'unsupported'],
    ['zstd, gzip', 'unsupported'],
    ['toString', 'unsupported'],
    ['Stryker', 'unsupported'],
    [`gzip${' '.repeat(96)}`, 'gzip'],
    [`gzip${' '.repeat(97)}`, 'unsupported'],
  ])('codingOf %j is %s', (header, coding) => {
    expect(codingOf(header)).toBe(coding);
  });

  it('takes bytes of gzip for compressed only with both magic bytes', async () => {
    for (const start of [[0x1f], [0x1f, 0x8c], [0x1e, 0x8b], [0x8b, 0x1f], []]) {
      const bytes = Uint8Array.from([...start, 1, 2, 3]);
      expect(await decompress(bytes, 'gzip', 5000)).toBe(bytes);
    }
  });

  it('reads deflate without its header, whatever its first two bytes look like', async () => {
    // 200 texts, so that one half of the header's check is true by chance for some of them.
    for (let n = 0; n < 200; n++) {
      const text = String(n).repeat(1 + (n % 7));
      for (const compressed of [deflateRawSync(text), deflateSync(text, { level: n % 10 })])
        expect(Buffer.from(await decompress(compressed, 'deflate', 5000)).toString()).toBe(text);
    }
  });

  it('stops decompressing what is too large', async () => {
    const created = vi.spyOn(zlib, 'createGunzip');
    const bomb = gzipSync(Buffer.alloc(1_000_000));
    await expect(decompress(bomb, 'gzip', 1000)).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect(created.mock.results.map(({ value }) => (value as zlib.Gunzip).destroyed)).toEqual([true]);
    created.mockRestore();
  });

  it('says what is wrong, and blames the coding only for what does not fit it', async () => {
    await expect(decompress(Buffer.from([0x1f, 0x8b, 0xff]), 'gzip', 5000)).rejects.toMatchObject({
      code: 'BAD_ENCODING',
      message: 'The body does not match its Content-Encoding, or is incomplete. Expected valid data in it.',
      path: '',
      excerpt: '',
    });
    // What decompresses for longer than it may.
    const large = gzipSync(Buffer.alloc(64 * 1024 * 1024, 'a random text'), { level: 1 });
    const limits = { maxBytes: Infinity, bodyUntil: 0 };
    await expect(decompressWithin(large, 'gzip', Infinity, limits)).rejects.toMatchObject({ code: 'BODY_TIMEOUT' });
    await expect(decompress(gzipSync(plain), 'gzip', 1999)).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: 'The body is larger than maxBytes allows. Expected at most 1999 bytes.',
    });
    expect(await decompress(gzipSync(plain), 'gzip', 2000)).toHaveLength(2000);
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
