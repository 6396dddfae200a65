// Each message is handled once.

import { describe, expect, it } from 'vitest';
import { BAD_FIELDS, bundle, mmsFields, OTHER_FIELDS, single, smsFields } from '../helpers/documents.ts';
import { whats } from './contract-under-test.ts';
import type { ContractUnderTest } from './contract-under-test.ts';

export function describeDeduplication({ client }: ContractUnderTest): void {
  describe('deduplication', () => {
    it('handles a message once if its id is the same, even if its content differs', async () => {
      const { post, journal } = client('plain');
      expect([
        (await post(single(smsFields('one', 'T1')))).status,
        (await post(single(smsFields('two', 'T1')))).status,
      ]).toEqual([200, 200]);
      expect(await post(bundle(mmsFields('M1'), mmsFields('M2')))).toMatchObject({ status: 200 });
      expect(await post(bundle(mmsFields('M1'), mmsFields('M2'), mmsFields('M3')))).toMatchObject({ status: 200 });
      expect((await journal()).map(({ text, trackingId }) => text ?? trackingId)).toEqual(['one', 'M1', 'M2', 'M3']);
    });

    it('handles a message without an id once, by its content; equal messages of one document are two', async () => {
      const { post, journal } = client('plain');
      const twice = bundle(smsFields('YES'), smsFields('YES')).replace(/ id="\d"/g, '');
      for (let n = 0; n < 2; n++) expect(await post(twice)).toMatchObject({ status: 200 });
      const keys = (await journal()).map(({ key }) => key);
      expect(keys).toEqual([expect.stringMatching(/^sha256-[0-9a-f]{64}$/), `${String(keys[0])}-2`]);
    });

    it('handles messages of different people, short codes and kinds, although their envelopes have the same id', async () => {
      const { post, journal } = client('plain');
      const account = bundle(smsFields('one'));
      const posts = [
        account,
        account.replace('86717', '86718'),
        account.replace('15550104477', '15550104478'),
        bundle(OTHER_FIELDS),
        bundle(mmsFields('1')),
      ];
      for (const xml of [...posts, ...posts]) expect(await post(xml)).toMatchObject({ status: 200 });
      expect((await journal()).map(({ key }) => key)).toEqual([
        'sms/86717/15550104477/1',
        'sms/86718/15550104477/1',
        'sms/86717/15550104478/1',
        expect.stringMatching(/^sha256-/),
        'mms/86717/15550104477/1',
      ]);
    });

    it('starts each key with keyPrefix', async () => {
      const { post, journal } = client('key-prefix');
      await post(bundle(smsFields('one', 'T1')));
      await post(single(smsFields('two')));
      expect((await journal()).map(({ key }) => key)).toEqual([
        'account-1/sms/86717/15550104477/T1',
        expect.stringMatching(/^account-1\/sha256-[0-9a-f]{64}$/),
      ]);
    });

    it('handles a message once if its id occurs twice in one bundle', async () => {
      const { post, journal } = client('plain');
      expect(await post(bundle(smsFields('hi'), smsFields('hi')).replace('"2"', '"1"'))).toMatchObject({
        status: 200,
      });
      expect(whats(await journal())).toEqual(['sms']);
    });

    it('handles a message each time if dedupe is false', async () => {
      const { post, journal } = client('without-dedupe');
      for (let n = 0; n < 2; n++) expect(await post(single(smsFields('hi', 'T1')))).toMatchObject({ status: 200 });
      expect(await journal()).toMatchObject([{ attempt: 1, key: 'sms/86717/15550104477/T1' }, { attempt: 1 }]);
    });

    it('waits for another request that handles the same message', async () => {
      const { post, journal } = client('busy-callback');
      const answers = await Promise.all([post(single(smsFields('hi'))), post(single(smsFields('hi')))]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      expect(whats(await journal())).toEqual(['done']);
    });

    it.each(['store-down', 'store-hanging'])(
      'answers 503 and calls no callback if the store cannot be reached for a claim (%s)',
      async (situation) => {
        const { post, journal } = client(situation);
        expect(await post(bundle(smsFields('hi'), BAD_FIELDS))).toMatchObject({
          status: 503,
          text: 'STORE_UNAVAILABLE',
        });
        expect(whats(await journal())).toEqual(['reject']);
      },
    );

    it.each(['store-down-behind', 'store-hanging-behind'])(
      'handles a message once even if the store fails after the callback (%s)',
      async (situation) => {
        const { post, journal } = client(situation);
        for (let n = 0; n < 2; n++) expect(await post(single(smsFields('hi')))).toMatchObject({ status: 200 });
        expect(whats(await journal())).toEqual(['sms']);
      },
    );
  });
}
