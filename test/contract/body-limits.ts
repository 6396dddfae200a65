// Bodies that are too large, too slow, or incomplete.

import { describe, expect, it } from 'vitest';
import { single, smsFields } from '../helpers/documents.ts';
import { FORM, texts } from './contract-under-test.ts';
import type { ContractUnderTest } from './contract-under-test.ts';

export function describeBodyLimits({ client, includes, itStreams }: ContractUnderTest): void {
  describe('limits of a body', () => {
    it('answers 413 if the body, or one notification, is too large', async () => {
      const { post } = client('small');
      expect(await post(' '.repeat(1001))).toMatchObject({ status: 413, text: 'TOO_LARGE' });
      expect(await post(' '.repeat(701))).toMatchObject({ status: 413, text: 'TOO_LARGE' });
    });

    it('reads a form that is up to three times as large as a document may be', async () => {
      const { post, journal } = client('small');
      const document = single(smsFields('<'.repeat(80).replaceAll('<', '&lt;'))).padEnd(690);
      const escaped = Array.from(Buffer.from(document), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
      expect(escaped.length).toBeGreaterThan(2000);
      expect(await post(`xml=${escaped}`, FORM)).toMatchObject({ status: 200 });
      const part = `--b\r\nA: ${'a'.repeat(2000)}\r\n\r\n${document}\r\n--b--`;
      expect(await post(part, { 'content-type': 'multipart/form-data; boundary=b' })).toMatchObject({ status: 200 });
      expect(texts(await journal())).toEqual(['<'.repeat(80)]);
      expect(await post(`xml=${' '.repeat(2997)}`, FORM)).toMatchObject({ status: 413, text: 'TOO_LARGE' });
    });

    itStreams('answers 413 to a Content-Length that is too large, without waiting for the body', async () => {
      const { raw, path } = client('small');
      expect(
        await raw(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000000\r\n\r\n<POST`, includes('\r\n\r\n')),
      ).toMatch(/^HTTP\/1\.1 413 /);
      expect(
        await raw(
          `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n${'a'.repeat(1001)}\r\n`,
          includes('TOO_LARGE'),
        ),
      ).toMatch(/^HTTP\/1\.1 413 .*TOO_LARGE/s);
    });

    itStreams('answers 408 if the body is not complete after bodyTimeoutMs', async () => {
      const { raw, path, journal } = client('slow-body');
      expect(
        await raw(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n<POST`, includes('BODY_TIMEOUT')),
      ).toMatch(/^HTTP\/1\.1 408 .*BODY_TIMEOUT/s);
      expect(await journal()).toMatchObject([{ what: 'reject', codes: ['BODY_TIMEOUT'] }]);
    });

    itStreams('calls onReject and no callback if the client disconnects before the body is complete', async () => {
      const { raw, path, until, post, journal } = client('plain');
      await raw(
        `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n${single(smsFields('hi'))}`,
        undefined,
        (socket) => setTimeout(() => socket.destroy(), 20),
      );
      await until((entries) => entries.length > 0);
      expect(await post(single(smsFields('hi')))).toMatchObject({ status: 200 });
      expect(await journal()).toMatchObject([{ what: 'reject', codes: ['ABORTED'] }, { what: 'sms' }]);
    });
  });
}
