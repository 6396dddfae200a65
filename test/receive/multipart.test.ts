import { describe, expect, it } from 'vitest';
import { readRequest } from '../../src/receive/read-request.ts';
import { single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, postbackRequest } from '../helpers/postback-request.ts';

const xml = single(smsFields('hi'));
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
    ['under another name', `${part('Content-Disposition: form-data; name="data"')}--b--`],
    ['without any header', `${part('')}--b--`.replace('--b\r\n\r\n\r\n', '--b\r\n\r\n')],
    ['with a boundary of one character', `${part(named)}--b--`, 'multipart/form-data;boundary=b; charset=utf-8'],
    [
      'with a boundary of 70 characters',
      `${part(named)}--b--`.replaceAll('--b', `--${"'()+_,-./:=? ".repeat(5)}12345`),
      `multipart/form-data; boundary="${"'()+_,-./:=? ".repeat(5)}12345"`,
    ],
    ['with a boundary only in the body', `${part(named)}--b--`, 'multipart/form-data'],
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

  it.each<[string, string, string, string?]>([
    ['without its end', part(named), 'EMPTY'],
    ['without parts', '--b--', 'EMPTY'],
    ['with another boundary, after a preamble', `a\r\n${part(named)}--b--`, 'EMPTY', 'multipart/form-data; boundary=c'],
    ['without the last boundary', part(named), 'EMPTY'],
    ['that is cut in the last boundary', `${part(named)}-`, 'EMPTY'],
    ['without a boundary', 'hello', 'EMPTY', 'multipart/form-data'],
    ['with two parts named xml', `${part(named)}${part(named)}--b--`, 'NOT_A_POSTBACK'],
    ['without a document', `${part('Content-Disposition: form-data; name="a"', 'b')}--b--`, 'EMPTY'],
    ['with a part without content', `--b\r\n${named}\r\n--b--`, 'EMPTY'],
    ['with too long headers', `${part(`A: ${'a'.repeat(8190)}`)}--b--`, 'EMPTY'],
    ['with too long headers of all parts', `${part(`A: ${'a'.repeat(4000)}`).repeat(20)}--b--`, 'EMPTY'],
    ['of blanks after the first boundary', '--'.padEnd(1_000_000), 'EMPTY', 'multipart/form-data'],
    ['with headers that are too long with CRLF', `--b\n${'A: b\n'.repeat(1600)}\n${xml}\n--b--`, 'EMPTY'],
    ['with too many parts', `${part('A: b', 'c').repeat(1001)}--b--`, 'NOT_A_POSTBACK'],
    ['with a million parts', `${'--b\n'.repeat(1_000_000)}--b--`, 'NOT_A_POSTBACK'],
  ])('rejects a body %s', async (_, body, code, type) => {
    await expect(read(body, type)).rejects.toMatchObject({ code });
  });
});
