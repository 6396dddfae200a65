import { describe, expect, it } from 'vitest';
import { readRequest } from '../../src/receive/read-request.ts';
import type { BodySource } from '../../src/receive/request.ts';
import { single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, postbackRequest } from '../helpers/postback-request.ts';

describe('documentOf', () => {
  it.each<[about: string, headers: Record<string, string>, body: string, code: string, message?: string]>([
    ['text that is sent as JSON', { 'content-type': 'application/json' }, 'hello', 'MALFORMED'],
    ['text that is sent as XML', { 'content-type': 'text/xml' }, 'hello', 'MALFORMED'],
    [
      'text that is sent as a page',
      { 'content-type': 'text/html' },
      'hello',
      'UNSUPPORTED_MEDIA_TYPE',
      'Unsupported Content-Type, and the body does not start like a document. Expected XML, JSON or a form.',
    ],
    ['white space as a page', { 'content-type': 'text/html' }, ' \r\n', 'EMPTY'],
    ['nothing as a page', { 'content-type': 'text/html' }, '', 'EMPTY'],
    ['a document as a page', { 'content-type': 'text/html' }, ' \n<html>', 'NOT_A_POSTBACK'],
    ['a list as a page', { 'content-type': 'text/html' }, '\uFEFF[1]', 'NOT_A_POSTBACK'],
    [
      'an unknown coding',
      { 'content-encoding': 'zstd' },
      '\x01\x02',
      'UNSUPPORTED_CONTENT_ENCODING',
      'Unsupported Content-Encoding. Expected none, or one of gzip, deflate, br.',
    ],
    ['an unknown coding of text', { 'content-encoding': 'zstd' }, '<html>', 'NOT_A_POSTBACK'],
  ])('rejects %s', async (_, headers, body, code, message) => {
    const source =
      (): BodySource =>
      ({ onChunk, onEnd }) => {
        queueMicrotask(() => {
          onChunk(Buffer.from(body));
          onEnd();
        });
        return () => undefined;
      };
    const error: unknown = await readRequest(postbackRequest(source, headers)).then(
      () => 'read',
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code, ...(message === undefined ? {} : { message }) });
  });

  const xml = single(smsFields('hi é'));

  it('recognises raw XML that is labelled multipart/form-data by its first character', async () => {
    expect(
      await readRequest(
        postbackRequest(alreadyRead(new TextEncoder().encode(xml)), {
          'content-type': 'multipart/form-data; boundary=b',
        }),
      ),
    ).toHaveLength(1);
  });
});
