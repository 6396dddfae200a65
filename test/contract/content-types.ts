// The document in a body of each type.

import { describe, expect, it } from 'vitest';
import { bundle, jsonSms, single, smsFields } from '../helpers/documents.ts';
import { texts } from './contract-under-test.ts';
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

    it.each(['text/html', 'application/json-seq', 'image/png', 'application/xml-dtd'])(
      'answers 415 to the Content-Type %s',
      async (type) => {
        const { post, journal } = client('plain');
        expect(await post(single(smsFields('hi')), { 'content-type': type })).toMatchObject({
          status: 415,
          text: 'UNSUPPORTED_MEDIA_TYPE',
        });
        const [rejection] = await journal();
        expect(rejection).toMatchObject({ what: 'reject', codes: ['UNSUPPORTED_MEDIA_TYPE'] });
        expect(rejection).not.toHaveProperty('raw');
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
      expect(await post(latin1, { 'content-type': 'application/xml' })).toMatchObject({
        status: 400,
        text: 'BAD_ENCODING',
      });
      expect(texts(await journal())).toEqual(['é', 'déjà', '16', undefined]);
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
