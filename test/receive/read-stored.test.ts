import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Rejection, StoredBody } from '../../src/receive/options.ts';
import { readRequest } from '../../src/receive/read-request.ts';
import { readStored } from '../../src/receive/read-stored.ts';
import { createReceiver } from '../../src/receive/receive.ts';
import type { PostbackRequest } from '../../src/receive/request.ts';
import {
  BAD_FIELDS,
  bundle,
  FORM,
  JSON_TYPE,
  jsonSms,
  single,
  smsFields,
  XML,
  smsWithTime,
  UNREADABLE_TIME,
} from '../helpers/documents.ts';
import { alreadyRead, callbacks, postbackRequest } from '../helpers/postback-request.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const arrives = (bytes: Uint8Array): PostbackRequest['body'] => {
  return () =>
    ({ onChunk, onEnd }) => {
      queueMicrotask(() => {
        onChunk(bytes);
        onEnd();
      });
      return () => undefined;
    };
};

/** What onReject gets, as it comes back from a database. */
async function rejected(body: PostbackRequest['body'], headers: Record<string, string>): Promise<StoredBody> {
  const rejections: Rejection[] = [];
  const receiver = createReceiver({ ...callbacks, onReject: (rejection) => void rejections.push(rejection) });
  await receiver.answer(postbackRequest(body, headers));
  const [{ raw = utf8(''), headers: kept, arrivedAt } = { headers: {}, arrivedAt: new Date(0) }] = rejections;
  const { headers: storedHeaders, arrivedAt: storedAt } = JSON.parse(
    JSON.stringify({ headers: kept, arrivedAt }),
  ) as StoredBody;
  return { raw, headers: storedHeaders, arrivedAt: storedAt };
}

const xml = bundle(smsFields('hi é', 'T1'), BAD_FIELDS);
const form = `xml=${encodeURIComponent(xml)}`;
const multipart = `--b\r\nContent-Disposition: form-data; name="xml"\r\n\r\n${xml}\r\n--b--`;

describe('readStored', () => {
  it.each<[string, PostbackRequest['body'], Record<string, string>]>([
    ['XML', arrives(utf8(xml)), XML],
    ['XML in gzip', arrives(gzipSync(xml)), { ...XML, 'content-encoding': 'gzip' }],
    ['XML in another charset', arrives(Buffer.from(xml, 'latin1')), { 'content-type': 'text/xml; charset=iso-8859-1' }],
    ['a form', arrives(utf8(form)), FORM],
    ['a multipart form', arrives(utf8(multipart)), { 'content-type': 'multipart/form-data; boundary=b' }],
    ['text of a body parser', alreadyRead(xml), { 'content-type': 'text/xml; charset=iso-8859-15' }],
    ['text of a body parser in Latin-1', alreadyRead(xml), { 'content-type': 'text/xml; charset=iso-8859-1' }],
    ['text of a body parser, decompressed', alreadyRead(xml), { ...XML, 'content-encoding': 'gzip' }],
    ['text of a body parser, without a type', alreadyRead(xml), {}],
    ['the field of a form parser', alreadyRead({ xml }), FORM],
    ['bytes of a body parser', alreadyRead(utf8(xml)), XML],
  ])('reads what onReject has got of %s', async (_, body, headers) => {
    const results = await readStored(await rejected(body, headers));
    expect(results).toMatchObject([
      { success: true, key: 'sms/86717/15550104477/T1', data: { text: 'hi é' }, warnings: [] },
      { success: false, error: { code: 'MISSING_FIELD' } },
    ]);
    expect(results[1]?.key).toBeUndefined();
  });

  const latin1 = bundle(smsFields('caf%E9', 'T1'), BAD_FIELDS);
  it.each<[string, string, string, string]>([
    ['a form in UTF-8', form, 'application/x-www-form-urlencoded', 'hi é'],
    ['a form in another charset', `xml=${latin1}`, 'application/x-www-form-urlencoded; charset=windows-1252', 'café'],
    [
      'a form whose XML declares another encoding',
      `xml=<?xml version="1.0" encoding="ISO-8859-1"?>${latin1}`,
      'application/x-www-form-urlencoded',
      'café',
    ],
    ['a multipart form', multipart, 'multipart/form-data; boundary=b', 'hi é'],
  ])('reads the text of %s as the receiver reads it', async (_, body, type, text) => {
    const request = postbackRequest(alreadyRead(body), { 'content-type': type });
    const [first] = await readRequest(request);
    expect(first?.data).toMatchObject({ text });
    expect((await readStored(await rejected(alreadyRead(body), { 'content-type': type })))[0]).toEqual(first);
  });

  it('reads JSON that a body parser had read', async () => {
    const list = [JSON.parse(jsonSms('hi é', 'T1')), {}] as unknown;
    const stored = await rejected(alreadyRead(list), { ...JSON_TYPE, 'content-encoding': 'br' });
    expect(stored.headers).toEqual({ 'content-type': 'application/json; charset=utf-8' });
    expect(await readStored(stored)).toMatchObject([{ key: 'sms/86717/15550104477/T1' }, { success: false }]);
  });

  it('gives a message whose time is unreadable that of its arrival, unless recover is off', async () => {
    const stored = { raw: utf8(single(smsWithTime(UNREADABLE_TIME))), headers: XML };
    const arrivedAt = '2014-02-03T16:19:49.000Z';
    expect(await readStored({ ...stored, arrivedAt })).toMatchObject([{ data: { receivedAt: new Date(arrivedAt) } }]);
    expect(await readStored({ ...stored, arrivedAt }, { recover: false })).toMatchObject([{ success: false }]);
    expect(await readStored(stored)).toMatchObject([{ success: false }]);
  });

  it('takes a Headers', async () => {
    const headers = new Headers(FORM);
    expect(await readStored({ raw: utf8(form), headers })).toMatchObject([{ success: true }, { success: false }]);
  });

  it('takes headers in any case, and options', async () => {
    const raw = utf8(xml.replaceAll('-05:00', ''));
    const stored = { raw, headers: { 'Content-Type': 'text/xml; charset=utf-16le', other: undefined } };
    await expect(readStored(stored, { recover: false })).rejects.toMatchObject({ code: 'MALFORMED' });
    const [result] = await readStored({ raw, headers: {} }, { defaultOffset: '+00:00' });
    expect(result?.data).toMatchObject({ receivedAt: new Date('2014-02-03T11:19:49Z') });
  });

  it.each<[unknown, string]>([
    [null, 'stored: expected { raw, headers }'],
    ['<POSTBACK/>', 'stored: expected { raw, headers }'],
    [{ raw: '<POSTBACK/>', headers: {} }, 'stored.raw: expected a Uint8Array, got string'],
    [{ raw: utf8('') }, 'stored.headers: expected an object, got undefined'],
    [{ raw: utf8(''), headers: null }, 'stored.headers: expected an object, got null'],
    [
      { raw: utf8(''), headers: { 'content-type': 7 } },
      'stored.headers["content-type"]: expected a string, got number',
    ],
    [{ raw: utf8(''), headers: {}, arrivedAt: 'now' }, 'stored.arrivedAt: expected a Date, or a time in ISO 8601'],
    [{ raw: utf8(''), headers: {}, arrivedAt: 7 }, 'stored.arrivedAt: expected a Date, or a time in ISO 8601'],
  ])('throws a TypeError for %j', async (stored, message) => {
    await expect(readStored(stored as StoredBody)).rejects.toThrow(new TypeError(message));
  });
});

describe('readRequest', () => {
  it('returns the keys that a handler uses', async () => {
    const document = bundle(smsFields('one'), smsFields('two', 'T2')).replaceAll(/ id="\d"/g, '');
    const twice = document.replace('</POSTBACK>', `<NOTIFICATION>${smsFields('one')}</NOTIFICATION></POSTBACK>`);
    const keys: string[] = [];
    await createReceiver({ ...callbacks, onSms: (_, { key }) => keys.push(key) }).answer(
      postbackRequest(alreadyRead(twice)),
    );
    const read = await readRequest(postbackRequest(alreadyRead(twice)));
    expect(read.map(({ key }) => key)).toEqual(keys);
    expect(new Set(keys).size).toBe(3);
    const [unique] = await readRequest(postbackRequest(alreadyRead(document)), { contentKeys: false });
    expect(unique?.key).toMatch(/^unique-/);
  });
});
