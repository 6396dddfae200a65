import { describe, expect, it } from 'vitest';
import { readRequest } from '../../src/receive/read-request.ts';
import { single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, postbackRequest } from '../helpers/postback-request.ts';

const xml = single(smsFields('hi'));
const other = single(smsFields('other'));
const read = (body: string, type = 'multipart/form-data; boundary=b'): ReturnType<typeof readRequest> =>
  readRequest(postbackRequest(alreadyRead(Uint8Array.from(Buffer.from(body, 'latin1'))), { 'content-type': type }));
const part = (headers: string, content = xml): string => `--b\r\n${headers}\r\n\r\n${content}\r\n`;
const named = 'Content-Disposition: form-data; name="xml"';

describe('documentInMultipart', () => {
  it.each<[string, string, string?]>([
    ['a part named xml', `${part(named)}--b--\r\n`],
    ['without a line end after the last boundary', `${part(named)}--b--`],
    ['with LF line ends', `${part(named)}--b--\n`.replaceAll('\r\n', '\n')],
    ['with white space after boundaries', `${part(named)}--b--  `.replaceAll('--b\r', '--b \t\r')],
    ['with preamble and epilogue', `This is a message in parts.\r\n\r\n${part(named)}--b--\r\nThe end.`],
    ['with an unquoted name', `${part('Content-Disposition: form-data; name=xml')}--b--`],
    ['without blanks', `${part('Content-Disposition:form-data;name=xml')}--b--`],
    ['with names of headers in any case', `${part('content-disposition: FORM-DATA; NAME="XML"')}--b--`],
    ['as a file', `${part(`${named}; filename="a.xml"\r\nContent-Type: text/xml`)}--b--`],
    ['as a file with an extended name', `${part(`${named}; filename*=UTF-8''%e2%82%ac.xml`)}--b--`],
    ['as a file whose name is not ASCII', `${part(`${named}; filename="\xE9.xml"`)}--b--`],
    ['with other parts', `${part('Content-Disposition: form-data; name="a"', 'b')}${part(named)}--b--`],
    ['with another document', `${part('Content-Disposition: form-data; name="a"', other)}${part(named)}--b--`],
    [
      'with a preamble that contains one',
      `A\r\n\r\n${other}\r\n${part('Content-Disposition: form-data; name="data"')}--b--`,
    ],
    ['under another name', `${part('Content-Disposition: form-data; name="data"')}--b--`],
    ['without any header', `${part('')}--b--`.replace('--b\r\n\r\n\r\n', '--b\r\n\r\n')],
    ['with a boundary of one character', `${part(named)}--b--`, 'multipart/form-data;boundary=b; charset=utf-8'],
    [
      'with a boundary of 70 characters',
      `${part(named)}--b--`.replaceAll('--b', `--${"'()+_,-./:=? ".repeat(5)}12345`),
      `multipart/form-data; boundary="${"'()+_,-./:=? ".repeat(5)}12345"`,
    ],
    ...['bcd', '"bcd"', ' bcd', ' "bcd"; charset=utf-8', 'bcd ; charset=utf-8', 'bcd;charset=utf-8'].map(
      (value): [string, string, string] => [
        `with the boundary of the Content-Type: ${value}`,
        // Without it, the preamble would be taken for one.
        `--a\r\n\r\n${part(named)}--b--`.replaceAll('--b', '--bcd'),
        `multipart/form-data;  boundary =${value}`,
      ],
    ),
    ['with a boundary only in the body', `${part(named)}--b--`, 'multipart/form-data'],
    [
      'with a boundary only in the body, after a line end and before blanks',
      `\n${part(named)}--b--`.replaceAll('--b', '--bcd').replaceAll('bcd\r\n', 'bcd \t\n'),
      'multipart/form-data',
    ],
    ['with 1000 parts', `${part('A: b', 'c').repeat(999)}${part(named)}--b--`],
    [
      'with 65 536 bytes of headers',
      `${part(`A: ${'a'.repeat(3997)}`, 'c').repeat(16)}${part(`${named}\r\nA: ${'a'.repeat(1536 - named.length - 5)}`)}--b--`,
    ],
    ['without the hyphens after the last boundary', `${part(named)}--b\r\n`],
    ['with an incomplete last boundary at the end', `${part(named)}--b`],
    ['with another boundary than in the Content-Type', `${part(named)}--b--`, 'multipart/form-data; boundary=c'],
    ['with a boundary in single quotes', `${part(named)}--b--`, "multipart/form-data; boundary='b'"],
    [
      'with a boundary in the Content-Type that is too long',
      `${part(named)}--b--`,
      `multipart/form-data; boundary=${'b'.repeat(71)}`,
    ],
    ['as multipart/mixed', `${part(named)}--b--`, 'multipart/mixed; boundary="b"'],
  ])('reads the document %s', async (_, body, type) => {
    expect(await read(body, type)).toMatchObject([{ data: { text: 'hi' } }]);
  });

  it('uses the charset of the part, otherwise the encoding that the document declares', async () => {
    const latin1 = single(smsFields('caf\xE9'));
    const typed = `${part(`${named}\r\nContent-Type: text/xml; charset=iso-8859-2`, latin1)}--b--`;
    expect(await read(typed)).toMatchObject([{ data: { text: 'café' }, warnings: [] }]);
    const declared = `${part(named, `<?xml version="1.0" encoding="ISO-8859-1"?>${latin1}`)}--b--`;
    expect(await read(declared)).toMatchObject([{ data: { text: 'café' }, warnings: [] }]);
  });

  it('keeps the content of a part byte for byte', async () => {
    const text = '\r\n--\r\n--x\n--bb\r\n \0'.replace('\0', '');
    const [result] = await read(`${part(named, single(smsFields(text)))}--b--`);
    expect(result?.data).toMatchObject({ text: text.replaceAll('\r\n', '\n') });
  });

  const noXml = /^The form has no field named xml/;
  const invalid = /^Invalid or incomplete multipart body/;
  const incomplete = /^The multipart body is incomplete/;
  const noBoundary = /^The multipart body has no boundary/;
  it.each<[string, string, RegExp, string?]>([
    ['without its end', part(named), incomplete],
    ['without parts', '--b--', noXml],
    [
      'with another boundary, after a preamble',
      `a\r\n${part(named)}--b--`,
      noBoundary,
      'multipart/form-data; boundary=c',
    ],
    ['that is cut in the last boundary', `${part(named)}-`, incomplete],
    ['without a boundary', 'hello', noBoundary, 'multipart/form-data'],
    ['without a document', `${part('Content-Disposition: form-data; name="a"', 'b')}--b--`, noXml],
    ['with a name that is nearly xml', `${part(named.replace('xml', 'x\xE9ml'), 'b')}--b--`, noXml],
    ['with a part without content', `--b\r\n${named}\r\n--b--`, /^The document is empty/],
    ['with too long headers', `${part(`A: ${'a'.repeat(8190)}`)}--b--`, invalid],
    [
      'with too long headers of all parts',
      `${part(`A: ${'a'.repeat(4000)}`).repeat(20)}--b--`,
      /^The headers of the parts have more than 65536 bytes\. Expected a part named xml\.$/,
    ],
    ['of blanks after the first boundary', '--'.padEnd(1_000_000), noBoundary, 'multipart/form-data'],
    ['with headers that are too long with CRLF', `--b\n${'A: b\n'.repeat(1600)}\n${xml}\n--b--`, invalid],
  ])('rejects a body %s: EMPTY', async (_, body, message, type) => {
    await expect(read(body, type)).rejects.toMatchObject({
      code: 'EMPTY',
      message: expect.stringMatching(message) as string,
    });
  });

  it.each<[string, string]>([
    ['with two parts named xml', `${part(named)}${part(named)}--b--`],
    ['with too many parts', `${part('A: b', 'c').repeat(1001)}--b--`],
    ['with a million parts', `${'--b\n'.repeat(1_000_000)}--b--`],
  ])('rejects a body %s: NOT_A_POSTBACK', async (_, body) => {
    await expect(read(body)).rejects.toMatchObject({ code: 'NOT_A_POSTBACK' });
  });
});
