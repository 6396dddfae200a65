import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createReceiver } from '../../src/receive/receive.ts';
import type { PostbackRequest } from '../../src/receive/request.ts';
import { single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, callbacks, postbackRequest } from '../helpers/postback-request.ts';

describe('maxInFlightBytes', () => {
  const xml = single(smsFields('hi é'));

  it('counts a body that was read before for maxInFlightBytes', async () => {
    expect(
      await createReceiver({ ...callbacks, maxInFlightBytes: 10 }).answer(postbackRequest(alreadyRead(xml))),
    ).toMatchObject({
      status: 503,
      body: 'OVERLOADED',
    });
  });

  it('counts a decompressed body for maxInFlightBytes until its request is done', async () => {
    const receiver = createReceiver({ ...callbacks, maxInFlightBytes: 10_000 });
    const gzipped = (text: string): PostbackRequest =>
      postbackRequest(alreadyRead(gzipSync(text)), { 'content-encoding': 'gzip' });
    expect(await receiver.answer(gzipped(xml + ' '.repeat(10_000)))).toMatchObject({ status: 503, body: 'OVERLOADED' });
    for (let n = 0; n < 2; n++)
      expect(await receiver.answer(gzipped(xml + ' '.repeat(9000)))).toMatchObject({ status: 200 });
  });
});
