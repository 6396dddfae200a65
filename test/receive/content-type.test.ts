import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readRequest } from '../../src/receive/read-request.ts';
import type { BodySource } from '../../src/receive/request.ts';
import { single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, postbackRequest } from '../helpers/postback-request.ts';

describe('contentTypeOf', () => {
  const xml = single(smsFields('hi é'));

  it('uses the first charset parameter of the Content-Type, otherwise options.encoding', async () => {
    const latin1 = Buffer.from(xml, 'latin1');
    const [result] = await readRequest(
      postbackRequest(alreadyRead(latin1), { 'content-type': 'text/xml;charset="iso-8859-1"; charset=utf-8' }),
    );
    expect(result?.data).toMatchObject({ text: 'hi é' });
    expect(
      (
        await readRequest(postbackRequest(alreadyRead(latin1), { 'content-type': 'text/xml; a=charset' }), {
          encoding: 'latin1',
        })
      )[0]?.success,
    ).toBe(true);
  });

  it('ignores a parameter whose name only ends in charset', async () => {
    const [result] = await readRequest(
      postbackRequest(alreadyRead(Buffer.from(xml)), { 'content-type': 'text/xml; xcharset=utf-16' }),
    );
    expect(result?.data).toMatchObject({ text: 'hi é' });
  });

  it('allows blanks around the semicolon', async () => {
    const headers = { 'content-type': 'text/xml ; charset=iso-8859-1 ; a=b' };
    const [result] = await readRequest(postbackRequest(alreadyRead(Buffer.from(xml, 'latin1')), headers));
    expect(result?.data).toMatchObject({ text: 'hi é' });
  });

  it('is not needed for a compressed body', async () => {
    const headers = { 'content-encoding': 'gzip' };
    const body = (): BodySource => (sink) => {
      queueMicrotask(() => {
        sink.onChunk(gzipSync(xml));
        sink.onEnd();
      });
      return () => undefined;
    };
    const [result] = await readRequest(postbackRequest(body, headers));
    expect(result?.data).toMatchObject({ text: 'hi é' });
  });
});
