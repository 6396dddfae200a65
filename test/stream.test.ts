import { describe, expect, it } from 'vitest';
import { parseBundle } from '../src/index.ts';
import type { PostbackResult } from '../src/index.ts';
import { PostbackParserStream } from '../src/stream.ts';
import { bundle, smsFields } from './helpers/documents.ts';

const THREE_MESSAGES = bundle(smsFields('1'), smsFields('2'), smsFields('3'));

describe('PostbackParserStream', () => {
  const streamed = async (
    chunks: (string | Uint8Array)[],
    stream = new PostbackParserStream(),
  ): Promise<PostbackResult[]> => {
    const results: PostbackResult[] = [];
    const reading = (async () => {
      for await (const result of stream.readable) results.push(result);
    })();
    const writer = stream.writable.getWriter();
    const writing = (async () => {
      for (const chunk of chunks) await writer.write(chunk);
      await writer.close();
    })();
    await Promise.all([reading, writing]);
    return results;
  };

  it('gives the same results as parseBundle', async () => {
    const xml = THREE_MESSAGES;
    expect(await streamed([xml.slice(0, 400), xml.slice(400)])).toEqual(parseBundle(xml));
    expect(await streamed([new TextEncoder().encode(xml)])).toEqual(parseBundle(xml));
  });

  it('errors if the document has an error', async () => {
    await expect(streamed(['<html>'])).rejects.toMatchObject({ code: 'NOT_A_POSTBACK' });
    await expect(streamed(['<POSTBACK>'])).rejects.toMatchObject({ code: 'MALFORMED' });
    await expect(streamed([THREE_MESSAGES], new PostbackParserStream({ maxBytes: 9 }))).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
  });

  it('throws a RangeError for a wrong option', () => {
    expect(() => new PostbackParserStream({ maxBytes: 0 })).toThrow(RangeError);
  });
});
