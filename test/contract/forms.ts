// Documents in forms.

import { describe, expect, it } from 'vitest';
import { single, smsFields } from '../helpers/documents.ts';
import { FORM, texts } from './contract-under-test.ts';
import type { ContractUnderTest } from './contract-under-test.ts';

export function describeForms({ client }: ContractUnderTest): void {
  describe('forms', () => {
    it('reads the field xml of a form, in any case and besides other fields', async () => {
      const { post, journal } = client('plain');
      const encode = (text: string): string => encodeURIComponent(single(smsFields(text))).replaceAll('%20', '+');
      expect(await post(`xml=${encode('é & 1+1')}`.replace('%26', '%26amp;'), FORM)).toMatchObject({ status: 200 });
      expect(
        await post(`a=b&XML=${encode('two')}&c`, {
          'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        }),
      ).toMatchObject({ status: 200 });
      // The XML declaration applies to the bytes after percent-decoding.
      expect(
        await post(
          `xml=${encodeURIComponent('<?xml version="1.0" encoding="ISO-8859-1"?>')}${encode('=').replace('%3D', '%E9')}`,
          FORM,
        ),
      ).toMatchObject({ status: 200 });
      expect(texts(await journal())).toEqual(['é & 1+1', 'two', 'é']);
      expect((await journal())[1]?.['raw']).toBe(`a=b&XML=${encode('two')}&c`);
    });

    it('reads the only field of a form that starts like a document', async () => {
      const { post, journal } = client('plain');
      const encode = (text: string): string => encodeURIComponent(single(smsFields(text)));
      expect(await post(`a=b&data=%0A+${encode('one')}`, FORM)).toMatchObject({ status: 200 });
      // White space before the declaration.
      const declaration = encodeURIComponent('<?xml version="1.0"?>');
      expect(await post(`xml=+%0D%0A${declaration}${encode('two')}`, FORM)).toMatchObject({ status: 200 });
      const two = `a=${encode('three')}&b=${encode('four')}`;
      expect(await post(two, FORM)).toMatchObject({ status: 400, text: 'NOT_A_POSTBACK' });
      expect(texts(await journal())).toEqual(['one', 'two', undefined]);
      expect(await journal()).toMatchObject([{ warnings: [] }, { warnings: ['OUTSIDE_DOCUMENT'] }, { raw: two }]);
    });

    it('reads multipart bodies that are written carelessly', async () => {
      const { post, journal } = client('plain');
      const part = (headers: string, text: string): string => `--b\n${headers}\n\n${single(smsFields(text))}\n`;
      const bodies = [
        `${part('Content-Disposition: form-data; name=xml', 'one')}--b--`,
        `Preamble.\n\n${part('content-disposition:form-data;name="XML"', 'two')}--b--\nThe end.`,
        `${part("Content-Disposition: form-data; name=file; filename*=UTF-8''a.xml", 'three')}--b--\n`,
        `${part('Content-Disposition: form-data; name="xml"\nContent-Type: text/xml; charset=latin1', '\xE9')}--b--`,
      ];
      for (const body of bodies) {
        const answer = await post(Buffer.from(body, 'latin1'), { 'content-type': 'multipart/form-data; boundary="b"' });
        expect(answer).toMatchObject({ status: 200 });
      }
      expect(texts(await journal())).toEqual(['one', 'two', 'three', '\xE9']);
    });

    it('answers 400 to a form with no field xml, or with two', async () => {
      const { post, journal } = client('plain');
      expect(await post('a=b', FORM)).toMatchObject({ status: 400, text: 'EMPTY' });
      expect(await post('xml=%3Ca%3E&xml=%3Ca%3E', FORM)).toMatchObject({ status: 400, text: 'NOT_A_POSTBACK' });
      expect(await post('', FORM)).toMatchObject({ status: 400, text: 'EMPTY' });
      expect(await journal()).toMatchObject([
        { codes: ['EMPTY'], raw: 'a=b' },
        { codes: ['NOT_A_POSTBACK'] },
        { codes: ['EMPTY'], raw: '' },
      ]);
    });

    it('reads the part xml of multipart/form-data, in any encoding', async () => {
      const { post, journal } = client('plain');
      const form = new FormData();
      form.set('other', 'b');
      form.set('xml', single(smsFields('é €\r\n2')));
      const encoded = new Response(form);
      const type = { 'content-type': encoded.headers.get('content-type') ?? '' };
      expect(await post(Buffer.from(await encoded.arrayBuffer()), type)).toMatchObject({ status: 200 });
      form.set(
        'xml',
        new Blob([Buffer.from(`<?xml version="1.0" encoding="latin1"?>${single(smsFields('é'))}`, 'latin1')]),
        'a.xml',
      );
      const file = new Response(form);
      expect(
        await post(Buffer.from(await file.arrayBuffer()), { 'content-type': file.headers.get('content-type') ?? '' }),
      ).toMatchObject({ status: 200 });
      expect(await post('--x', { 'content-type': 'multipart/form-data; boundary=x' })).toMatchObject({
        status: 400,
        text: 'EMPTY',
      });
      expect(texts(await journal())).toEqual(['é €\n2', 'é', undefined]);
    });
  });
}
