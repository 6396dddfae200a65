import { describe, expect, it } from 'vitest';
import { contentKey, messageKey, parsePostback } from '../src/index.ts';
import type { MmsMo, OtherNotification, SmsMo, WireElement } from '../src/index.ts';

const sms: SmsMo = {
  kind: 'sms',
  origin: 'SMS_MO',
  code: 'N211',
  from: '15550104477',
  to: '86717',
  text: 'hi',
  receivedAt: new Date('2014-02-03T16:19:49Z'),
  receivedAtRaw: '2014-02-03T11:19:49-05:00',
  extra: [],
};
const mms: MmsMo = {
  kind: 'mms',
  origin: 'MMS_MO',
  code: 'N401',
  from: '15550104477',
  to: '86717',
  trackingId: 'MMS_MO_1',
  files: [],
  receivedAt: new Date('2014-02-03T16:19:49Z'),
  receivedAtRaw: '2014-02-03T11:19:49-05:00',
  extra: [],
};
const other: OtherNotification = { kind: 'other', origin: 'SUB', fields: [] };

describe('messageKey', () => {
  it('is made of the kind, to, from, and the id of the message, otherwise that of the envelope', () => {
    expect(messageKey({ ...mms, envelope: { id: '17' } })).toBe('mms/86717/15550104477/MMS_MO_1');
    expect(messageKey({ ...mms, trackingId: '', envelope: { id: '17' } })).toBe('mms/86717/15550104477/17');
    expect(messageKey({ ...sms, envelope: { id: '17' } })).toBe('sms/86717/15550104477/17');
    expect(messageKey({ ...sms, transactionId: 'T1', envelope: {} })).toBe('sms/86717/15550104477/T1');
  });

  it('is undefined if the provider gave no id, and for other notifications', () => {
    for (const message of [sms, { ...sms, transactionId: '' }, { ...mms, trackingId: '' }, other])
      expect(messageKey(message)).toBeUndefined();
    expect(messageKey({ ...other, envelope: { id: '17' } })).toBeUndefined();
  });

  it('is different for the messages of different people and of different short codes', () => {
    const keys = [mms, { ...mms, from: '1' }, { ...mms, to: '1' }, { ...mms, trackingId: '1' }].map(messageKey);
    expect(new Set(keys).size).toBe(4);
  });

  it('is different if the same characters are split differently', () => {
    expect(messageKey({ ...mms, to: '1/2', trackingId: '3' })).not.toBe(
      messageKey({ ...mms, to: '1', from: '2', trackingId: '3' }),
    );
    expect(messageKey({ ...mms, to: '1%2F2' })).not.toBe(messageKey({ ...mms, to: '1/2' }));
  });

  it.each([
    ['a:b c', 'a%3Ab%20c'],
    ['é\u{1F600}', '%C3%A9%F0%9F%98%80'],
    ['a\uD83Db\uDE00', 'a%uD83Db%uDE00'],
    ['\uDE00\uD83D', '%uDE00%uD83D'],
    ['%uD83D', '%25uD83D'],
  ])('percent-encodes the id %j as %s', (id, encoded) => {
    expect(messageKey({ ...sms, transactionId: id })).toBe(`sms/86717/15550104477/${encoded}`);
  });
});

describe('contentKey', () => {
  it('is the same for equal messages, in any order of their fields', async () => {
    const key = await contentKey(sms);
    expect(key).toMatch(/^sha256-[0-9a-f]{64}$/);
    const { kind, ...others } = sms;
    const shuffled: SmsMo = { keyword: undefined, ...others, receivedAt: new Date(sms.receivedAt), kind };
    expect(await contentKey(shuffled)).toBe(key);
  });

  it('stays the same in later versions: others would handle the messages of a deployment twice', async () => {
    const full = { ...sms, envelope: { id: '7' }, extra: [{ name: 'A', text: 'b', attributes: {}, children: [] }] };
    expect(await Promise.all([sms, full, other].map(contentKey))).toEqual([
      'sha256-a55208d7b3b754107df7dda5e29b8c6592bd44fef04d1133ba85928a5e8dcc7f',
      'sha256-fc0d0197ff52f3abc6258f02e8a7d50a3ecca7732fcfc884ed43406d8ace4505',
      'sha256-5a58f1e404c89d0c5e454bbf6f38d2723f8cfb6915ce3f18308be0abd1c00c5a',
    ]);
  });

  it.each<[string, Partial<SmsMo>]>([
    ['text', { text: 'hi ' }],
    ['raw time', { receivedAtRaw: '2014-02-03T16:19:49Z' }],
    ['keyword', { keyword: '' }],
    ['envelope', { envelope: {} }],
    ['extra', { extra: [{ name: 'A', text: '', attributes: {}, children: [] }] }],
  ])('is different if %s is different', async (_name, change) => {
    expect(await contentKey({ ...sms, ...change })).not.toBe(await contentKey(sms));
  });

  it('does not depend on what a time without an offset, or an unreadable one, was read as', async () => {
    const createdAtRaw = '2014-02-03 11:19:49';
    const [one, two] = [new Date(0), new Date(1)].map((at) => ({
      ...sms,
      receivedAt: at,
      envelope: { createdAt: at, createdAtRaw },
    }));
    expect(await contentKey(one ?? sms)).toBe(await contentKey(two ?? sms));
  });

  it('covers fields and envelope of another notification', async () => {
    const keys = [other, { ...other, code: '1' }, { ...other, envelope: { id: '1' } }].map(contentKey);
    expect(new Set(await Promise.all(keys)).size).toBe(3);
  });

  it('accepts elements that are nested without limit, and many of them', async () => {
    let element: WireElement = { name: 'a', text: '', attributes: {}, children: [] };
    for (let depth = 0; depth < 20_000; depth++) element = { name: 'a', text: '', attributes: {}, children: [element] };
    const many = Array.from({ length: 200_000 }, () => ({ name: 'a', text: '', attributes: {}, children: [] }));
    expect(await contentKey({ ...sms, extra: [element] })).not.toBe(await contentKey({ ...sms, extra: many }));
  });

  it('accepts names like __proto__ from the parser', async () => {
    const xml = (value: string) =>
      `<POSTBACK><ORIGIN>SMS_MO</ORIGIN><CODE>N</CODE><FROM>1</FROM><TO>2</TO><TEXT/><RECEIVED>2014-02-03T11:19:49Z</RECEIVED><a __proto__="${value}"/></POSTBACK>`;
    expect(await contentKey(parsePostback(xml('1')))).not.toBe(await contentKey(parsePostback(xml('2'))));
    expect(await contentKey(parsePostback(xml('1')))).toBe(await contentKey(parsePostback(xml('1'))));
  });
});

describe('messageKey and contentKey', () => {
  it.each<[unknown, string]>([
    [undefined, 'undefined'],
    [null, 'null'],
    ['sms', 'string'],
    [{}, 'object'],
  ])('throw a TypeError for %o, which is not a notification', async (message, type) => {
    const error = new TypeError(`message: expected a notification, got ${type}`);
    expect(() => messageKey(message as SmsMo)).toThrow(error);
    await expect(contentKey(message as SmsMo)).rejects.toThrow(error);
  });
});
