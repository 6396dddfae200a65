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
    // Without an id and without content keys, nothing is claimed.
    expect(keys).toEqual([keys[0], keys[0]]);
    expect(keys[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(seen).toEqual([keys[0], expect.stringMatching(/^unique-/)]);
  });

  it('uses a new key each time if a message cannot be recognised, and handles it each time', async () => {
    const keys: string[] = [];
    const receiver = createReceiver({ ...callbacks, contentKeys: false, onSms: (_, { key }) => keys.push(key) });
    for (let n = 0; n < 2; n++) await receiver.answer(postbackRequest(alreadyRead(single(smsFields('hi')))));
    const unique = expect.stringMatching(/^unique-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string;
    expect(keys).toEqual([unique, unique]);
    expect(new Set(keys).size).toBe(2);
  });

  it('handles two notifications that cannot be recognised in one document', async () => {
    const texts: string[] = [];
    const receiver = createReceiver({ ...callbacks, contentKeys: false, onSms: ({ text }) => texts.push(text) });
    const twice = `<NOTIFICATION>${smsFields('YES')}</NOTIFICATION>`.repeat(2);
    await receiver.answer(postbackRequest(alreadyRead(`<POSTBACK>${twice}</POSTBACK>`)));
    expect(texts).toEqual(['YES', 'YES']);
  });
});
