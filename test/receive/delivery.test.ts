import { describe, expect, it } from 'vitest';
import { memoryDedupe } from '../../src/dedupe/memory.ts';
import type { DedupeStore } from '../../src/dedupe/store.ts';
import { createReceiver } from '../../src/receive/receive.ts';
import { single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, callbacks, postbackRequest } from '../helpers/postback-request.ts';

describe('keys of notifications', () => {
  it('uses a digest of the content as key if a notification has no id, and numbers equal ones', async () => {
    const keys: unknown[] = [];
    const receiver = createReceiver({
      ...callbacks,
      onSms: (_, { key }) => {
        keys.push(key);
      },
    });
    const [with1, without] = [smsFields('YES', 'T1'), smsFields('YES')];
    const xml = `<POSTBACK>${[without, with1, without].map((fields) => `<NOTIFICATION>${fields}</NOTIFICATION>`).join('')}</POSTBACK>`;
    expect(await receiver.answer(postbackRequest(alreadyRead(xml)))).toMatchObject({ status: 200 });
    const first = expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string;
    expect(keys).toEqual([first, '["sms","86717","T1"]', `${String(keys[0])}#2`]);
  });

  it('passes a digest to the store if a key is longer than 200 characters', async () => {
    const keys: string[] = [];
    const seen: unknown[] = [];
    const memory = memoryDedupe();
    const dedupe: DedupeStore = {
      ...memory,
      claim: (key, leaseMs) => {
        keys.push(key);
        return memory.claim(key, leaseMs);
      },
    };
    const receiver = createReceiver({
      ...callbacks,
      dedupe,
      contentKeys: false,
      onSms: (_, { key }) => {
        seen.push(key);
      },
    });
    for (let n = 0; n < 2; n++)
      await receiver.answer(postbackRequest(alreadyRead(single(smsFields('hi', 'T'.repeat(10_000))))));
    await receiver.answer(postbackRequest(alreadyRead(single(smsFields('hi')))));
    expect(keys).toEqual([keys[0], keys[0]]);
    expect(keys[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(seen).toEqual([keys[0], undefined]);
  });
});
