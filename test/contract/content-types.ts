// The document in a body of each type.

import { describe, expect, it } from 'vitest';
import { bundle, jsonSms, single, smsFields } from '../helpers/documents.ts';
import { FORM, texts } from './contract-under-test.ts';
import type { ContractUnderTest } from './contract-under-test.ts';

export function describeContentTypes({ client }: ContractUnderTest): void {
  describe('bodies of any Content-Type', () => {
    it.each([
      ['application/xml'],
      ['text/xml; charset=utf-8'],
      ['TEXT/XML'],
      ['application/postback+xml'],
      ['application/x-www-form-urlencoded'],
      ['text/plain;charset=UTF-8'],
      ['application/octet-stream'],
      [undefined],
    ])('reads raw XML with the Content-Type %s', async (type) => {
      const { post, journal } = client('plain');
      const xml = `\r\n ${single(smsFields('1 + 1 = 2 &amp; 100%25 é'))}`;
      expect(await post(new Blob([xml]), type === undefined ? {} : { 'content-type': type })).toMatchObject({
        status: 200,
      });
      expect(texts(await journal())).toEqual(['1 + 1 = 2 & 100%25 é']);
    });

    it.each([
      'text/html',
      'application/soap+xml',
      'xml',
      'text/xml, application/xml',
      'image/png',
      'multipart/form-data',
      'multipart/mixed; boundary=b',
    ])('reads a body that starts like a document whatever its Content-Type: %s', async (type) => {
      const { post, journal } = client('plain');
      expect(await post(` ${single(smsFields('one'))}`, { 'content-type': type })).toMatchObject({ status: 200 });
      expect(await post(jsonSms('two'), { 'content-type': type })).toMatchObject({ status: 200 });
      expect(texts(await journal())).toEqual(['one', 'two']);
    });

    it.each(['text/html', 'application/json-seq', 'image/png'])(
      'answers 415 to the Content-Type %s if the body is not a document, after it has called onReject with the bytes',
      async (type) => {
        const { post, journal } = client('plain');
        expect(await post('hello', { 'content-type': type })).toMatchObject({
          status: 415,
          text: 'UNSUPPORTED_MEDIA_TYPE',
        });
        const [rejection] = await journal();
        expect(rejection).toMatchObject({ what: 'reject', codes: ['UNSUPPORTED_MEDIA_TYPE'], raw: 'hello' });
        expect(await client('reject-accepted').post('hello', { 'content-type': type })).toMatchObject({ status: 200 });
      },
    );

    it('looks for the start of a document behind any amount of white space, and a byte order mark', async () => {
      const { post, journal } = client('plain');
      const type = { 'content-type': 'image/png' };
      const blank = ' '.repeat(300);
      expect(await post(`\uFEFF${blank}${single(smsFields('one'))}`, type)).toMatchObject({ status: 200 });
      expect(await post(`${blank}hello`, type)).toMatchObject({ status: 415 });
      const form = `xml=${encodeURIComponent(single(smsFields('two')))}`;
      const part = `--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n${blank}${single(smsFields('three'))}\r\n--b--`;
      for (const start of ['\uFEFF', `${blank}\r\n`]) {
        expect(await post(start + form, FORM)).toMatchObject({ status: 200 });
        const multipart = { 'content-type': 'multipart/form-data; boundary=b' };
        expect(await post(start + part, multipart)).toMatchObject({ status: 200 });
      }
      const read = (await journal()).filter(({ what }) => what === 'sms');
      expect(texts(read)).toEqual(['one', 'two', 'three']);
    });

    it.each(["'utf-8'", 'none', 'binary', 'utf8mb4', 'UTF-8,UTF-8', 'gsm-7', '""'])(
      'ignores the unknown charset %s',
      async (charset) => {
        const { post, journal } = client('plain');
        const headers = { 'content-type': `text/xml; charset=${charset}` };
        expect(await post(new Blob([single(smsFields('hi é'))]), headers)).toMatchObject({ status: 200 });
        expect(texts(await journal())).toEqual(['hi é']);
      },
    );

    it.each([
      ['application/json'],
      ['application/json; charset=utf-8'],
      ['application/postback+json'],
      ['text/plain'],
      ['application/x-www-form-urlencoded'],
      ['application/xml'],
      [undefined],
    ])('reads JSON with the Content-Type %s', async (type) => {
      const { post, journal } = client('plain');
      const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
      expect(await post(new Blob([`\n ${jsonSms('1 + 1 = 2 & 100%25 é 😀')}`]), headers)).toMatchObject({
        status: 200,
      });
      expect(
        await post(new Blob([`[${jsonSms('one')},{"origin":"SMS_MO"},${jsonSms('two')}]`]), headers),
      ).toMatchObject({ status: 400, text: 'MISSING_FIELD' });
      expect(await post(new Blob([jsonSms('cut').slice(0, -1)]), headers)).toMatchObject({
        status: 400,
        text: 'MALFORMED',
      });
      const entries = await journal();
      expect(texts(entries.filter(({ what }) => what !== 'reject'))).toEqual(['1 + 1 = 2 & 100%25 é 😀', 'one', 'two']);
    });

    it('decodes the charset of the Content-Type, otherwise the encoding that the document declares', async () => {
      const { post, journal } = client('plain');
      const latin1 = Buffer.from(single(smsFields('é')), 'latin1');
      expect(await post(latin1, { 'content-type': 'text/xml; a=b; charset=ISO-8859-1' })).toMatchObject({
        status: 200,
      });
      expect(
        await post(Buffer.from(`<?xml version='1.0' encoding="ISO-8859-1"?>${single(smsFields('déjà'))}`, 'latin1'), {
          'content-type': 'application/xml',
        }),
      ).toMatchObject({ status: 200 });
      expect(
        await post(Buffer.from(single(smsFields('16')), 'utf16le'), { 'content-type': 'application/octet-stream' }),
      ).toMatchObject({ status: 200 });
      const foreign = Buffer.from(single(smsFields('foreign é')), 'latin1');
      expect(await post(foreign, { 'content-type': 'application/xml' })).toMatchObject({ status: 200 });
      const entries = await journal();
      expect(texts(entries)).toEqual(['é', 'déjà', '16', 'foreign é']);
      expect(entries[3]).toMatchObject({ warnings: ['FOREIGN_BYTES'] });
      expect(await client('strict').post(foreign, { 'content-type': 'application/xml' })).toMatchObject({
        status: 400,
        text: 'BAD_ENCODING',
      });
    });

    it('reads text in every encoding that the platform knows', async () => {
      const { post, journal } = client('plain');
      const bytes = Buffer.from(single(smsFields('\xEF\xF0\xE8\xE2\xE5\xF2')), 'latin1');
      expect(await post(bytes, { 'content-type': 'text/xml; charset=windows-1251' })).toMatchObject({ status: 200 });
      expect(texts(await journal())).toEqual(['привет']);
    });

    it('uses the arrival of the request if the time cannot be read, unless recover is false', async () => {
      const { post, journal } = client('plain');
      const xml = single(smsFields('hi', 'T1').replace('2014-02-03T11:19:49-05:00', 'soon'));
      for (let n = 0; n < 2; n++) expect(await post(xml)).toMatchObject({ status: 200 });
      expect(await journal()).toMatchObject([{ text: 'hi', warnings: ['UNREADABLE_TIME'] }]);
      expect(await client('strict').post(xml)).toMatchObject({ status: 400, text: 'INVALID_FIELD' });
    });

    it('reads a text with a stray < in a bundle, and the other messages of it', async () => {
      const { post, journal } = client('plain');
      expect(await post(bundle(smsFields('one'), smsFields('I <3 you'), smsFields('three')))).toMatchObject({
        status: 200,
      });
      expect(texts(await journal())).toEqual(['one', 'I <3 you', 'three']);
    });

    it('repairs a stray ampersand in a bundle of 300, unless recover is false', async () => {
      const { post, journal } = client('plain');
      const xml = bundle(
        ...Array.from({ length: 300 }, (_, n) => smsFields(n === 150 ? 'AT&T' : `number ${String(n)}`)),
      );
      expect(await post(xml)).toMatchObject({ status: 200 });
      const entries = await journal();
      expect(entries).toHaveLength(300);
      expect(entries[150]).toMatchObject({ text: 'AT&T', warnings: ['STRAY_AMPERSAND'] });
      expect(await client('strict').post(xml)).toMatchObject({ status: 400, text: 'MALFORMED' });
    });
  });
}
