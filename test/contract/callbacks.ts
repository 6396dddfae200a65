// What callbacks get, and how long they may take.

import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bundle, single, smsFields } from '../helpers/documents.ts';
import { texts, whats, XML } from './contract-under-test.ts';
import type { ContractUnderTest } from './contract-under-test.ts';

export function describeCallbacks({ client }: ContractUnderTest): void {
  describe('callbacks', () => {
    it('passes the key, the attempt, the deadline and the bytes as they arrived to a callback', async () => {
      const { post, journal } = client('plain');
      const body = gzipSync(single(smsFields('hi', 'T1')));
      await post(body, { ...XML, 'content-encoding': 'gzip' });
      const [entry] = await journal();
      expect(entry).toMatchObject({
        key: 'sms/86717/15550104477/T1',
        attempt: 1,
        isAborted: false,
        warnings: [],
        raw: body.toString('latin1'),
      });
      expect(entry?.['deadlineMs']).toBeGreaterThan(8000);
      expect(entry?.['deadlineMs']).toBeLessThanOrEqual(9000);
    });

    it('passes a new key each time to a callback if a message has no id and contentKeys is false', async () => {
      const { post, journal } = client('without-content-keys');
      for (const fields of [smsFields('hi'), smsFields('hi'), smsFields('hi', 'T1'), smsFields('hi', 'T1')])
        await post(single(fields));
      const unique = expect.stringMatching(/^unique-[0-9a-f-]{36}$/) as string;
      expect((await journal()).map(({ key }) => key)).toEqual([unique, unique, 'sms/86717/15550104477/T1']);
    });

    it('answers 503 if a callback is not done by ackTimeoutMs; it continues, and the retry is answered 200', async () => {
      const { post, journal, until } = client('slow');
      expect(await post(single(smsFields('hi')))).toMatchObject({ status: 503, text: 'CALLBACK_TIMEOUT' });
      expect(await post(single(smsFields('hi')))).toMatchObject({ status: 503, text: 'IN_PROGRESS' });
      await until((entries) => entries.length > 0);
      expect(await post(single(smsFields('hi')))).toMatchObject({ status: 200 });
      expect(whats(await journal())).toEqual(['done']);
    });

    it('aborts the signal of a callback that is not done by callbackTimeoutMs', async () => {
      const { post, until } = client('never-done');
      expect(await post(single(smsFields('hi')))).toMatchObject({ status: 503, text: 'CALLBACK_TIMEOUT' });
      expect(await until((entries) => entries.length > 0)).toEqual([{ what: 'abort', reason: 'TimeoutError' }]);
    });

    it('answers 503 to a bundle that takes too long, continues with it, and handles each message once', async () => {
      const { post, journal, until } = client('slow-bundle');
      const xml = bundle(...Array.from({ length: 20 }, (_, n) => smsFields(String(n))));
      expect(await post(xml)).toMatchObject({ status: 503 });
      await until((entries) => entries.length === 20);
      expect(await post(xml)).toMatchObject({ status: 200 });
      expect(texts(await journal())).toEqual(Array.from({ length: 20 }, (_, n) => String(n)));
    });

    it('runs as many callbacks of a bundle in parallel as concurrency allows', async () => {
      const { post, journal } = client('concurrent');
      expect(await post(bundle(...Array.from({ length: 9 }, (_, n) => smsFields(String(n)))))).toMatchObject({
        status: 200,
      });
      expect(Math.max(...(await journal()).map(({ running }) => Number(running)))).toBe(3);
    });

    it('aborts the signal of a callback whose claim is lost', async () => {
      const { post, journal } = client('lease-lost');
      expect(await post(single(smsFields('hi')))).toMatchObject({ status: 200 });
      expect(await journal()).toEqual([{ what: 'abort', reason: 'AbortError' }]);
    });
  });
}
