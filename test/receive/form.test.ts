import { describe, expect, it } from 'vitest';
import { readRequest } from '../../src/receive/read-request.ts';
import { single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, postbackRequest } from '../helpers/postback-request.ts';

describe('formValues', () => {
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

  it('rejects a form of eight million empty fields with EMPTY', async () => {
    const bytes = new Uint8Array(8 * 1024 * 1024).fill(0x26);
    const reading = readRequest(
      postbackRequest(alreadyRead(bytes), { 'content-type': 'application/x-www-form-urlencoded' }),
    );
    await expect(reading).rejects.toMatchObject({ code: 'EMPTY' });
  });
});
