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
  it('is made of the envelope’s id, otherwise of the kind, to and the provider’s id', () => {
    expect(messageKey({ ...mms, envelope: { id: '17' } })).toBe('["notification","17"]');
    expect(messageKey({ ...other, envelope: { id: '17' } })).toBe('["notification","17"]');
    expect(messageKey(mms)).toBe('["mms","86717","MMS_MO_1"]');
    expect(messageKey({ ...sms, transactionId: 'T1', envelope: {} })).toBe('["sms","86717","T1"]');
  });

  it('is undefined if the provider gave no id', () => {
    for (const message of [sms, { ...sms, transactionId: '' }, { ...mms, trackingId: '' }, other])
      expect(messageKey(message)).toBeUndefined();
  });

  it('is different if the same characters are split differently', () => {
    expect(messageKey({ ...mms, to: '1","2', trackingId: '3' })).not.toBe(
      messageKey({ ...mms, to: '1', trackingId: '2","3' }),
    );
  });
});

describe('contentKey', () => {
  it('is the same for equal messages, in any order of their fields', async () => {
    const key = await contentKey(sms);
    expect(key).toMatch(/^sha256:[0-9a-f]{64}$/);
    const { kind, ...others } = sms;
    const shuffled: SmsMo = { keyword: undefined, ...others, receivedAt: new Date(sms.receivedAt), kind };
    expect(await contentKey(shuffled)).toBe(key);
  });

  it.each<[string, Partial<SmsMo>]>([
    ['text', { text: 'hi ' }],
    ['time', { receivedAt: new Date(0) }],
    ['raw time', { receivedAtRaw: '2014-02-03T16:19:49Z' }],
    ['keyword', { keyword: '' }],
    ['envelope', { envelope: {} }],
    ['extra', { extra: [{ name: 'A', text: '', attributes: {}, children: [] }] }],
  ])('is different if %s is different', async (_name, change) => {
    expect(await contentKey({ ...sms, ...change })).not.toBe(await contentKey(sms));
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
