import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { memoryDedupe } from '../../src/dedupe/memory.ts';
import { subscribe as subscribeTo } from '../../src/receive/events.ts';
import { createReceiver } from '../../src/receive/receive.ts';
import { bundle, mmsFields, single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, callbacks, postbackRequest } from '../helpers/postback-request.ts';
import { sleep } from '../helpers/sleep.ts';

describe('diagnostics channels', () => {
  it('publishes events without URL, headers, key or content', async () => {
    const startedAt = performance.now();
    const events: unknown[][] = [];
    const names = ['received', 'rejected', 'duplicate', 'handled', 'failed', 'late'];
    const listeners = names.map(
      (name) => [`mo-postback:${name}`, (event: unknown) => void events.push([name, event])] as const,
    );
    for (const [channel, listener] of listeners) subscribe(channel, listener);
    const receiver = createReceiver({
      ...callbacks,
      ackTimeoutMs: 30,
      onSms: ({ text }) => (text === 'bad' ? Promise.reject(new Error('mine')) : sleep(60)),
    });
    await receiver.answer(postbackRequest(alreadyRead('<html>secret')));
    await receiver.answer(postbackRequest(alreadyRead(single(smsFields('secret')))));
    await receiver.drain(1000);
    await receiver.answer(postbackRequest(alreadyRead('')));
    const store = memoryDedupe();
    await store.claim('sms/86717/15550104477/T1', 60_000);
    await createReceiver({ ...callbacks, dedupe: store, ackTimeoutMs: 30 }).answer(
      postbackRequest(alreadyRead(single(smsFields('secret', 'T1')))),
    );
    const other = createReceiver(callbacks);
    for (let n = 0; n < 2; n++) await other.answer(postbackRequest(alreadyRead(single(smsFields('secret')))));
    await createReceiver({ ...callbacks, onSms: () => Promise.reject(new Error('mine')) }).answer(
      postbackRequest(alreadyRead(bundle(smsFields('secret'), ''))),
    );
    for (const [channel, listener] of listeners) unsubscribe(channel, listener);
    const isShort: unknown = expect.toSatisfy((ms: number) => ms >= 0 && ms <= performance.now() - startedAt);
    const base = { requestId: expect.any(Number) as number, durationMs: isShort };
    const bytes = expect.any(Number) as number;
    expect(events).toEqual([
      ['rejected', { ...base, status: 400, codes: ['NOT_A_POSTBACK'] }],
      ['received', { ...base, bytes, notifications: 1 }],
      ['late', { ...base, notifications: 1 }],
      ['handled', { ...base, kind: 'sms', attempt: 1 }],
      ['rejected', { ...base, status: 503, codes: ['DRAINING'] }],
      ['received', { ...base, bytes, notifications: 1 }],
      ['rejected', { ...base, status: 503, codes: ['IN_PROGRESS'] }],
      ['received', { ...base, bytes, notifications: 1 }],
      ['handled', { ...base, kind: 'sms', attempt: 1 }],
      ['received', { ...base, bytes, notifications: 1 }],
      ['duplicate', { ...base, kind: 'sms' }],
      ['received', { ...base, bytes, notifications: 2 }],
      ['rejected', { ...base, status: 400, codes: ['MISSING_FIELD'] }],
      ['failed', { ...base, kind: 'sms', attempt: 1 }],
    ]);
  });

  it('publishes each copy of a message in a bundle as a duplicate, if the message is handled', async () => {
    const events: unknown[][] = [];
    const listeners = ['handled', 'failed', 'duplicate'].map(
      (name) => [`mo-postback:${name}`, (event: object) => void events.push([name, event])] as const,
    );
    for (const [channel, listener] of listeners) subscribe(channel, listener as never);
    let isDown = true;
    const receiver = createReceiver({
      ...callbacks,
      onSms: () => (isDown ? Promise.reject(new Error('mine')) : undefined),
    });
    const copies = bundle(smsFields('hi', 'T1'), smsFields('hi', 'T1'), mmsFields('M1'), mmsFields('M1'));
    await receiver.answer(postbackRequest(alreadyRead(copies)));
    isDown = false;
    await receiver.answer(postbackRequest(alreadyRead(copies)));
    for (const [channel, listener] of listeners) unsubscribe(channel, listener as never);
    expect(events.map(([name, event]) => [name, (event as { kind: string }).kind])).toEqual([
      ['failed', 'sms'],
      ['handled', 'mms'],
      ['duplicate', 'mms'],
      // The provider sends it again: each MMS is known.
      ['handled', 'sms'],
      ['duplicate', 'mms'],
      ['duplicate', 'sms'],
      ['duplicate', 'mms'],
    ]);
    expect(new Set(events.map(([, event]) => (event as { requestId: number }).requestId)).size).toBe(2);
  });

  it('publishes a rejection after the callbacks that ended before it', async () => {
    const order: string[] = [];
    const names = ['received', 'rejected', 'handled'];
    const listeners = names.map((name) => [`mo-postback:${name}`, () => void order.push(name)] as const);
    for (const [channel, listener] of listeners) subscribe(channel, listener);
    const receiver = createReceiver({ ...callbacks, dedupe: false });
    await receiver.answer(postbackRequest(alreadyRead(bundle('', smsFields('hi')))));
    for (const [channel, listener] of listeners) unsubscribe(channel, listener);
    expect(order).toEqual(['received', 'handled', 'rejected']);
  });

  it('can be subscribed to, until the subscription is ended', async () => {
    const codes: unknown[] = [];
    const end = subscribeTo('mo-postback:rejected', ({ codes: [code], status }) => codes.push([status, code]));
    const receiver = createReceiver(callbacks);
    await receiver.answer(postbackRequest(alreadyRead('<html>')));
    end();
    await receiver.answer(postbackRequest(alreadyRead('<html>')));
    expect(codes).toEqual([[400, 'NOT_A_POSTBACK']]);
  });

  it('are named in the error for an unknown one', () => {
    expect(() => subscribeTo('mo-postback:recieved' as never, () => undefined)).toThrow(
      new TypeError('channel: unknown channel. Did you mean mo-postback:received?'),
    );
    for (const channel of [undefined, 5, Symbol('a'), {}])
      expect(() => subscribeTo(channel as never, () => undefined)).toThrow(
        /^channel: unknown channel\. Expected one of mo/,
      );
    expect(() => subscribeTo('mo-postback:late', undefined as never)).toThrow(
      new TypeError('listener: expected a function'),
    );
  });
});
