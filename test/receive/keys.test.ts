import { describe, expect, it } from 'vitest';
import { memoryDedupe } from '../../src/dedupe/memory.ts';
import type { DedupeStore } from '../../src/dedupe/store.ts';
import { createReceiver } from '../../src/receive/receive.ts';
import { bundle, OTHER_FIELDS, single, smsFields, smsWithTime, UNREADABLE_TIME } from '../helpers/documents.ts';
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
    const first = expect.stringMatching(/^sha256-[0-9a-f]{64}$/) as string;
    expect(keys).toEqual([first, 'sms/86717/15550104477/T1', `${String(keys[0])}-2`]);
  });

  it('passes a digest to the store if a key is longer than 128 characters', async () => {
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
    expect(keys[0]).toMatch(/^sha256-[0-9a-f]{64}$/);
    expect(seen).toEqual([keys[0], expect.stringMatching(/^unique-/)]);
  });

  it('does not take two messages with the same text and different ids that are too long for one', async () => {
    const keys: string[] = [];
    const receiver = createReceiver({ ...callbacks, onSms: (_, { key }) => keys.push(key) });
    const fields = ['A', 'B'].map((end) => smsFields('hi', 'T'.repeat(200) + end));
    await receiver.answer(postbackRequest(alreadyRead(bundle(...fields))));
    expect(new Set(keys).size).toBe(2);
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

  const keysOf = async (fields: string, options: object = {}): Promise<string[]> => {
    const keys: string[] = [];
    const note = (_: unknown, { key }: { readonly key: string }): unknown => keys.push(key);
    const receiver = createReceiver({ onSms: note, onMms: note, onOther: note, ...options });
    for (let n = 0; n < 2; n++) await receiver.answer(postbackRequest(alreadyRead(fields)));
    return keys;
  };
  const withTime = (time: string): string => single(smsFields('hi').replace('2014-02-03T11:19:49-05:00', time));

  it.each(['', '0000-00-00 00:00:00', '00:00', 'never'])(
    'uses a new key each time if a message has neither an id nor the time %j',
    async (time) => {
      const keys = await keysOf(withTime(time));
      expect(keys).toEqual([expect.stringMatching(/^unique-/), expect.stringMatching(/^unique-/)]);
    },
  );

  it.each(['2014-02-03', 'at 9'])('recognises a message without an id by a time with digits: %j', async (time) => {
    expect(await keysOf(withTime(time))).toEqual([expect.stringMatching(/^sha256-/)]);
  });

  it('recognises a message by the time of its envelope, or by a time that was not used', async () => {
    const fields = smsWithTime(UNREADABLE_TIME);
    const created = `<POSTBACK><NOTIFICATION created="yesterday 7">${fields}</NOTIFICATION></POSTBACK>`;
    expect(await keysOf(created)).toHaveLength(1);
    const both = single(`${fields}<TIMESTAMP>the 1st</TIMESTAMP>`);
    expect(await keysOf(both)).toHaveLength(1);
  });

  it('does not recognise a message by a number in an unknown element', async () => {
    const fields = smsWithTime(UNREADABLE_TIME);
    expect(await keysOf(single(`${fields}<PRIORITY>7</PRIORITY>`))).toHaveLength(2);
  });

  it('recognises another notification without any time', async () => {
    expect(await keysOf(single(OTHER_FIELDS))).toEqual([expect.stringMatching(/^sha256-/)]);
  });

  it('starts with keyPrefix, and has at most 128 characters with it', async () => {
    const keyPrefix = 'a'.repeat(49) + '/';
    expect(await keysOf(single(smsFields('hi', 'T1')), { keyPrefix })).toEqual([
      `${keyPrefix}sms/86717/15550104477/T1`,
    ]);
    const start = 'sms/86717/15550104477/'.length;
    const longest = 'T'.repeat(128 - start - 50);
    expect((await keysOf(single(smsFields('hi', longest)), { keyPrefix }))[0]).toHaveLength(128);
    for (const fields of [smsFields('hi', `${longest}T`), smsFields('hi')])
      expect(await keysOf(single(fields), { keyPrefix })).toEqual([
        expect.stringMatching(/^a{49}\/sha256-[0-9a-f]{64}$/),
      ]);
    expect(await keysOf(single(smsFields('hi')), { keyPrefix, contentKeys: false })).toEqual([
      expect.stringMatching(/^a{49}\/unique-/),
      expect.stringMatching(/^a{49}\/unique-/),
    ]);
  });

  it('separates two accounts that share a store', async () => {
    const dedupe = memoryDedupe();
    const xml = single(smsFields('hi', 'T1'));
    expect(await keysOf(xml, { dedupe, keyPrefix: 'a/' })).toHaveLength(1);
    expect(await keysOf(xml, { dedupe, keyPrefix: 'b/' })).toHaveLength(1);
    expect(await keysOf(xml, { dedupe, keyPrefix: 'a/' })).toHaveLength(0);
  });

  it('does not take a delivery report and a message with the same envelope for one', async () => {
    const notifications = [OTHER_FIELDS, smsFields('hi'), smsFields('hi').replace('15550104477', '15550104478')];
    const xml = `<POSTBACK>${notifications.map((fields) => `<NOTIFICATION id="17">${fields}</NOTIFICATION>`).join('')}</POSTBACK>`;
    expect(new Set(await keysOf(xml)).size).toBe(3);
  });

  it('is remembered for dedupeWindowMs', async () => {
    const dedupe = memoryDedupe();
    const ttls: number[] = [];
    const complete: DedupeStore['complete'] = (key, token, ttlMs) => {
      ttls.push(ttlMs);
      return dedupe.complete(key, token, ttlMs);
    };
    await keysOf(single(smsFields('hi')), { dedupe: { ...dedupe, complete } });
    await keysOf(single(smsFields('ho')), { dedupe: { ...dedupe, complete }, dedupeWindowMs: 60_000 });
    expect(ttls).toEqual([1_800_000, 60_000]);
  });
});
