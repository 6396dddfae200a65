import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Rejection } from '../../src/receive/options.ts';
import { readRequest } from '../../src/receive/read-request.ts';
import { createReceiver } from '../../src/receive/receive.ts';
import type { AlreadyRead } from '../../src/receive/request.ts';
import { jsonSms, single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, callbacks, postbackRequest } from '../helpers/postback-request.ts';

const FORM = 'application/x-www-form-urlencoded';

describe('restoreContent', () => {
  const xml = single(smsFields('hi é'));

  const lost = xml.replace('é', '\uFFFD');
  it.each<[string, unknown, string, string?]>([
    ['text', xml, 'hi é'],
    ['bytes', new TextEncoder().encode(xml), 'hi é'],
    ['an ArrayBuffer', new TextEncoder().encode(xml).buffer, 'hi é'],
    ['a form', { a: ['b'], XML: xml, 'b<{[': '' }, 'hi é', FORM],
    ['a form with another field that contains brackets', { data: xml, b: '1 < 2' }, 'hi é', FORM],
    ['text of a form', `xml=${encodeURIComponent(xml)}`, 'hi é', FORM],
    ['text that contains U+FFFD, declared as UTF-8', `<?xml version="1.0" encoding="utf-8"?>${lost}`, 'hi \uFFFD'],
    ['the same, less usual', `\n<?xml version="1.0" encoding = 'UTF8' ?>${lost}`, 'hi \uFFFD'],
  ])('reads a body that was read before and is %s', async (_, value, text, type = 'text/xml') => {
    const results = await readRequest(postbackRequest(alreadyRead(value), { 'content-type': type }));
    expect(results).toMatchObject([{ data: { text } }]);
  });

  it.each<[string, string, Record<string, string>]>([
    ['compressed bytes', new TextDecoder().decode(gzipSync(xml)), { 'content-encoding': 'gzip' }],
    ['another encoding', xml.replace('é', '\uFFFD'), { 'content-type': 'text/xml' }],
    ['another charset', xml.replace('é', '\uFFFD'), { 'content-type': 'text/xml; charset="latin1"; a=b' }],
  ])(
    'answers 500 if a parser made a string of %s, or 200 if onReject accepts what is left',
    async (_, text, headers) => {
      const rejections: Rejection[] = [];
      const hooks = [undefined, 'accepted'] as const;
      const answers = hooks.map(async (hook) => {
        const onReject = (rejection: Rejection): 'accepted' | undefined => {
          rejections.push(rejection);
          return hook;
        };
        return createReceiver({ ...callbacks, onReject }).answer(postbackRequest(alreadyRead(text), headers));
      });
      expect((await Promise.all(answers)).map((answer) => answer?.status)).toEqual([500, 200]);
      for (const rejection of rejections) {
        expect(rejection.errors).toMatchObject([{ code: 'BODY_ALREADY_READ' }]);
        expect(new TextDecoder().decode(rejection.raw)).toBe(text);
        expect(rejection.headers).not.toHaveProperty('content-encoding');
        expect(rejection.headers['content-type']).toMatch(/^text\/(?:plain|xml)(?:; a=b)?; charset=utf-8$/);
      }
    },
  );

  it.each([
    ['text/xml;  charset =\t"latin 1"; a=b', 'text/xml; a=b; charset=utf-8'],
    ['text/xml; CHARSET= koi8-r ; a=b;charset=""', 'text/xml ; a=b; charset=utf-8'],
    ['text/xml; a="charset=b"', 'text/xml; a="charset=b"; charset=utf-8'],
  ])('gives onReject the text in UTF-8, and says so: %s', async (type, expected) => {
    const rejections: Rejection[] = [];
    const receiver = createReceiver({ ...callbacks, onReject: (rejection) => void rejections.push(rejection) });
    const headers = {
      'content-length': '5',
      'user-agent': 'a',
      date: 'b',
      cookie: 'c',
      'content-encoding': 'identity',
    };
    await receiver.answer(postbackRequest(alreadyRead('<a> é'), { ...headers, 'content-type': type }));
    expect(rejections.map((rejection) => rejection.headers)).toEqual([
      { 'content-type': expected, 'content-length': '5', 'user-agent': 'a', date: 'b' },
    ]);
  });

  it('reads the only field of a form that starts like a document', async () => {
    const read = (value: object, type: string): ReturnType<typeof readRequest> =>
      readRequest(postbackRequest(alreadyRead(value), { 'content-type': type }));
    for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=b']) {
      expect(await read({ data: `\n ${xml}`, y: '1', z: ['<'] }, type)).toMatchObject([{ data: { text: 'hi é' } }]);
      expect(await read({ data: xml, Xml: xml.replace('hi', 'ho') }, type)).toMatchObject([{ data: { text: 'ho é' } }]);
      await expect(read({ data: xml, other: xml }, type)).rejects.toMatchObject({ code: 'BODY_ALREADY_READ' });
    }
  });

  it.each<[string, string, string]>([
    ['text/xml; charset=iso-8859-1', single(smsFields('é\x92')), 'é\x92'],
    ['text/xml', `<?xml version="1.0" encoding="latin1"?>${single(smsFields('é \uFFFD'))}`, 'é \uFFFD'],
    [FORM, `xml=<?xml version="1.0" encoding="iso-8859-1"?>${single(smsFields('h\xE9 %26amp;'))}`, 'hé &'],
    [`${FORM}; charset=windows-1251`, `xml=${single(smsFields('жé'))}`, 'жé'],
    [FORM, `xml=%3C?xml version="1.0" encoding="latin1"?>${single(smsFields('%E9'))}`, 'é'],
    [
      'multipart/form-data; boundary=b',
      `--b\r\nContent-Type: text/xml; charset=iso-8859-1\r\n\r\n${single(smsFields('é'))}\r\n--b--`,
      'é',
    ],
  ])('reads a string that a platform delivers as text: %s %s', async (type, value, text) => {
    const body = (): AlreadyRead => ({ value, isSentText: true });
    expect(await readRequest(postbackRequest(body, { 'content-type': type }))).toMatchObject([
      { data: { text }, warnings: [] },
    ]);
  });

  it.each([
    ['text/xml; charset=iso-8859-1', '\x80 caf\xe9', '€ café'],
    ['text/xml; charset=windows-1252', '€ café', '€ café'],
    ['text/xml; charset=utf-8', 'é \uFFFD', 'é \uFFFD'],
    ['application/x-www-form-urlencoded; charset=iso-8859-1', 'caf\xe9', 'café'],
  ])('reads a string by the charset of the Content-Type: %s', async (type, sent, text) => {
    const [result] = await readRequest(postbackRequest(alreadyRead(single(smsFields(sent))), { 'content-type': type }));
    expect(result?.data).toMatchObject({ text });
  });

  it('rejects with BODY_ALREADY_READ if a text parser has replaced bytes, which the Content-Length shows', async () => {
    const text = `<?xml version="1.0" encoding="utf-8"?>${single(smsFields('caf\uFFFD'))}`;
    const length = Buffer.byteLength(text);
    const reading = (contentLength: number, others: Record<string, string> = {}): ReturnType<typeof readRequest> => {
      const headers = { 'content-type': 'text/xml', 'content-length': String(contentLength), ...others };
      return readRequest(postbackRequest(alreadyRead(text), headers));
    };
    // One byte was sent. U+FFFD, which replaces it, has three.
    await expect(reading(length - 2)).rejects.toMatchObject({ code: 'BODY_ALREADY_READ' });
    const lengths = [reading(length), reading(length + 3), reading(200, { 'content-encoding': 'gzip' })];
    for (const read of lengths) expect(await read).toMatchObject([{ data: { text: 'caf\uFFFD' } }]);
  });

  it('reads what a JSON parser has made of notifications of any type', async () => {
    const notification: unknown = JSON.parse(jsonSms('hi'));
    for (const type of ['text/plain', 'text/xml', 'text/html', '']) {
      for (const value of [notification, [notification, notification]]) {
        const [result] = await readRequest(postbackRequest(alreadyRead(value), { 'content-type': type }));
        expect(result?.data).toMatchObject({ text: 'hi' });
      }
    }
  });

  it.each([[{}], [undefined], [null]])('rejects with BODY_ALREADY_READ if a JSON parser left %o', async (left) => {
    const reading = readRequest(postbackRequest(alreadyRead(left), { 'content-type': 'application/json' }));
    await expect(reading).rejects.toMatchObject({ code: 'BODY_ALREADY_READ' });
  });

  it.each<[string, string, unknown, RegExp]>([
    ['by an XML parser', 'text/xml', { POSTBACK: { ORIGIN: ['SMS_MO'] } }, /^An XML parser \(such as body-parser-xml/],
    [
      'by a form parser',
      'application/x-www-form-urlencoded',
      { '<POSTBACK>': '' },
      /^A form parser \(such as express\.urlencoded\)/,
    ],
    [
      'by a form parser that reads every type, and it is XML',
      'text/xml',
      { '<?xml version': '"1.0"?><POSTBACK/>' },
      /^A form parser/,
    ],
    [
      'by a form parser that reads every type, and it is JSON',
      'application/json',
      { '[{"origin":"SMS_MO"}]': '' },
      /^A form parser/,
    ],
    [
      'by a form parser that found the field twice',
      'application/x-www-form-urlencoded',
      { xml: ['<a>', '<b>'] },
      /^A form parser/,
    ],
    [
      'by a form parser that reads every type, and it is JSON with blanks',
      'text/plain',
      { ' [ {"origin":"SMS_MO"}]': '' },
      /^A form parser/,
    ],
    ['by a form parser, without a document', FORM, { a: 'b' }, /^A form parser/],
    ['by something else', 'image/png', { a: 'b' }, /^A body parser read the body/],
    ['by a JSON parser, in part', 'image/png', [{ origin: 'SMS_MO' }, {}], /^A body parser read the body/],
    ['by a JSON parser, as null', 'image/png', [null], /^A body parser read the body/],
    ['by a JSON parser, as BigInt', 'application/json', { a: 2 ** 60, b: 1n }, /^A JSON parser with a result that/],
    ['by something that kept nothing', 'text/xml', undefined, /^The body was read before \(by/],
    ['by something that kept an empty object', 'text/xml', {}, /^The body was read before \(by/],
    [
      'as text in another encoding than the declared one',
      'text/xml',
      '<?xml version="1.0" encoding="iso-8859-1"?><POSTBACK>\uFFFD',
      /^A body parser decoded the body with the wrong encoding/,
    ],
    [
      'as text in an unknown encoding that contains a declaration',
      'text/xml',
      '<POSTBACK>\uFFFD<![CDATA[<?xml encoding="utf-8"?>]]>',
      /^A body parser decoded the body with the wrong encoding, and characters are lost\. Expected bytes\.$/,
    ],
    [
      'as text in another charset than that of the Content-Type',
      'text/xml; charset=iso-8859-1',
      '<POSTBACK>\uFFFD',
      /^A body parser decoded the body with the wrong encoding/,
    ],
    [
      'as JSON text in another charset',
      'application/json; charset=iso-8859-1',
      '{"a":"\uFFFD"}',
      /^A body parser decoded the body with the wrong encoding/,
    ],
    [
      'by a JSON parser in another charset',
      'application/json; charset=iso-8859-1',
      { a: '\uFFFD' },
      /^A body parser decoded the body with the wrong encoding/,
    ],
    [
      'by a form parser, and a sender wrote &xml= in a text',
      'application/x-www-form-urlencoded',
      { '<POSTBACK><ORIGIN>': 'SMS_MO</ORIGIN>', xml: '<POSTBACK/>' },
      /^A form parser/,
    ],
    [
      'by a form parser that left escapes of another encoding',
      'application/x-www-form-urlencoded',
      { xml: '%3CPOSTBACK%E9' },
      /^A form parser/,
    ],
    ['by an XML parser whose root is xml', 'text/xml', { xml: '<POSTBACK/>' }, /^An XML parser/],
    [
      'as text in an unknown encoding',
      'text/xml',
      '<POSTBACK>\uFFFD',
      /^A body parser decoded the body with the wrong encoding/,
    ],
  ])('rejects with BODY_ALREADY_READ if the body was read %s', async (_, type, value, message) => {
    const reading = readRequest(postbackRequest(alreadyRead(value), { 'content-type': type }));
    await expect(reading).rejects.toMatchObject({
      code: 'BODY_ALREADY_READ',
      status: 500,
      message: expect.stringMatching(message) as string,
    });
  });

  it.each<[string, unknown, Record<string, string>, string, RegExp]>([
    [
      'compressed bytes',
      '\x1F\b\0',
      { 'content-type': 'text/xml', 'content-encoding': 'gzip' },
      'BODY_ALREADY_READ',
      /^A body parser decoded the body without decompressing it, and bytes are lost\. Expected the undecoded bytes\.$/,
    ],
    ['bytes', '\x1F\b\0', { 'content-type': 'text/xml' }, 'MALFORMED', /./],
    [
      'text that was decompressed',
      'a=1',
      { 'content-type': 'image/png', 'content-encoding': 'gzip' },
      'UNSUPPORTED_MEDIA_TYPE',
      /./,
    ],
    ['a field', { xml: 'hello' }, { 'content-type': FORM }, 'MALFORMED', /./],
  ])('rejects %s without a document, as a string: %j', async (_, value, headers, code, message) => {
    const reading = readRequest(postbackRequest(alreadyRead(value), headers));
    await expect(reading).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  it('rejects with TOO_LARGE if a body that was read before is too large', async () => {
    // A form may be three times as large as the document.
    for (const value of ['a'.repeat(31), new Uint8Array(31), new ArrayBuffer(31), { xml: 'a'.repeat(31) }]) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      await expect(readRequest(postbackRequest(alreadyRead(value), headers), { maxBytes: 10 })).rejects.toMatchObject({
        code: 'TOO_LARGE',
      });
    }
  });
});
