import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { contentTypeOf } from '../../src/receive/content-type.ts';
import { readRequest } from '../../src/receive/read-request.ts';
import type { BodySource } from '../../src/receive/request.ts';
import { single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, postbackRequest } from '../helpers/postback-request.ts';

describe('contentTypeOf', () => {
  it.each<[header: string, format: string, charset?: string]>([
    ['', 'xml'],
    ['text/xml', 'xml'],
    ['Application/XML', 'xml'],
    [' text/xml ', 'xml'],
    ['application/soap+xml', 'xml'],
    ['+xml', 'unknown'],
    ['text/plain', 'xml'],
    ['application/octet-stream', 'xml'],
    ['xtext/xml', 'unknown'],
    ['text/xmlx', 'unknown'],
    ['text/html', 'unknown'],
    ['application/json', 'json'],
    ['application/problem+json', 'json'],
    ['+json', 'unknown'],
    ['application/jsonp', 'unknown'],
    ['xapplication/json', 'unknown'],
    ['application/x-www-form-urlencoded', 'form'],
    ['multipart/form-data; boundary=b', 'multipart'],
    ['multipart/', 'multipart'],
    ['text/xml;charset=utf-8', 'xml', 'utf-8'],
    ['text/xml;charset=x', 'xml', 'x'],
    ['text/xml; CHARSET = latin1 ', 'xml', 'latin1'],
    ['text/xml;\n charset\t=\t"utf-8"\t;a=b', 'xml', 'utf-8'],
    ['text/xml; charset=""', 'xml', ''],
    ['text/xml; charset="a b"', 'xml', 'a b'],
    ['text/xml; charset=a b', 'xml'],
    ['text/xml; charset="a"b', 'xml'],
    ['text/xml; charset="a', 'xml'],
    ['text/xml; charset=', 'xml'],
    ['text/xml; a=1; charset=b; charset=c', 'xml', 'b'],
    ['text/xml; xcharset=a', 'xml'],
    ['text/xml charset=a', 'unknown'],
    ['json; charset=a', 'unknown', 'a'],
  ])('reads %j', (header, format, charset) => {
    expect(contentTypeOf(header, undefined)).toEqual({ format, header, charset, coding: undefined });
    expect(contentTypeOf(header, 'gzip')).toEqual({ format, header, charset, coding: 'gzip' });
  });

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
