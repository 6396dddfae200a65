import { describe, expect, it } from 'vitest';
import { readRequest } from '../../src/receive/read-request.ts';
import { single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, postbackRequest } from '../helpers/postback-request.ts';

describe('documentInForm', () => {
  it('decodes the percent-escapes of a form, and keeps invalid ones', async () => {
    const form = `a=%3C&XmL=${encodeURIComponent(single(smsFields('1 + 1 = 2 %zz %4')))
      .replace(/%25/g, '%')
      .replace(/%20/g, '+')}&=&x`;
    const [result] = await readRequest(
      postbackRequest(alreadyRead(new TextEncoder().encode(form)), {
        'content-type': 'application/x-www-form-urlencoded',
      }),
    );
    expect(result?.data).toMatchObject({ text: '1 + 1 = 2 %zz %4' });
    const escapedName = form.replace('XmL', '%78%4D%6c');
    expect(
      await readRequest(
        postbackRequest(alreadyRead(new TextEncoder().encode(escapedName)), {
          'content-type': 'application/x-www-form-urlencoded',
        }),
      ),
    ).toHaveLength(1);
  });

  it('skips six million empty fields', async () => {
    const bytes = new Uint8Array(6 * 1024 * 1024).fill(0x26);
    const reading = readRequest(
      postbackRequest(alreadyRead(bytes), { 'content-type': 'application/x-www-form-urlencoded' }),
    );
    await expect(reading).rejects.toMatchObject({ code: 'EMPTY' });
  });

  const read = (form: string): ReturnType<typeof readRequest> =>
    readRequest(
      postbackRequest(alreadyRead(new TextEncoder().encode(form)), {
        'content-type': 'application/x-www-form-urlencoded',
      }),
    );
  const document = encodeURIComponent(single(smsFields('hi')));

  it.each([
    `data=${document}`,
    `a=1&postback=+%0A${document}&b`,
    `%7B=&body=%EF%BB%BF${document}`,
    `a&=${document}`,
    `xmlns=1&xml2&a=${document}`,
  ])('reads the only field that contains a document (case %#)', async (form) => {
    expect(await read(form)).toMatchObject([{ data: { text: 'hi' } }]);
  });

  it('reads a form of 1000 fields', async () => {
    expect(await read(`${'a&'.repeat(999)}b=${document}`)).toHaveLength(1);
  });

  it('prefers the field xml to others that contain a document', async () => {
    expect(await read(`a=${document}&b=${document}&xml=${document}`)).toHaveLength(1);
  });

  it.each([
    ['%3Cx&%3Cy', 'EMPTY', /no field named xml, and none that contains a document/],
    [`data=${document}&xml`, 'EMPTY', /document is empty/],
    ['a=1&b=2', 'EMPTY', /no field named xml, and none that contains a document/],
    [`a=${document}&b=${document}`, 'NOT_A_POSTBACK', /several fields that contain documents/],
    [`a=${document}&b=${document}&c=${document}`, 'NOT_A_POSTBACK', /several fields that contain documents/],
    [`xml=${document}&xml=${document}`, 'NOT_A_POSTBACK', /several fields named xml/],
    [`xml=${document}&XML=1`, 'NOT_A_POSTBACK', /several fields named xml/],
    ['a&'.repeat(1001), 'NOT_A_POSTBACK', /more than 1000 fields/],
  ])('rejects a form without exactly one document (case %#)', async (form, code, message) => {
    await expect(read(form)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  });
});
