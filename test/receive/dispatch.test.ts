import { describe, expect, it, vi } from 'vitest';
import { memoryDedupe } from '../../src/dedupe/memory.ts';
import { createReceiver } from '../../src/receive/receive.ts';
import { bundle, smsFields } from '../helpers/documents.ts';
import { alreadyRead, callbacks, postbackRequest } from '../helpers/postback-request.ts';

describe('notifications that another request has claimed', () => {
  it('goes on with other notifications of the bundle, and asks for the claimed ones again until they are done', async () => {
    const store = memoryDedupe();
    const keys = ['one', 'two'].map((id) => `sms/86717/15550104477/${id}`);
    const claimed = await Promise.all(keys.map((key) => store.claim(key, 60_000)));
    const onSms = vi.fn();
    const receiver = createReceiver({ ...callbacks, onSms, dedupe: store });
    const xml = bundle(smsFields('1'), smsFields('2'), smsFields('3')).replace('"1"', '"one"').replace('"2"', '"two"');
    const answering = receiver.answer(postbackRequest(alreadyRead(xml)));
    // The notification that nobody has claimed is handled first.
    await vi.waitUntil(() => onSms.mock.calls.length === 1, { timeout: 8000 });
    for (const [n, claim] of claimed.entries())
      if (claim.state === 'claimed') await store.complete(keys[n] ?? '', claim.token, 60_000);
    expect(await answering).toMatchObject({ status: 200 });
    expect(onSms).toHaveBeenCalledOnce();
  });
});

describe('a notification that another request does not finish', () => {
  it('is asked for again after 20, 40, 80 ms and so on, at most 500 ms, until the answer is sent', async () => {
    const times: number[] = [];
    const claim = (): Promise<{ state: 'in-progress' }> => {
      times.push(performance.now());
      return Promise.resolve({ state: 'in-progress' });
    };
    const onSms = vi.fn();
    const receiver = createReceiver({ ...callbacks, onSms, dedupe: { ...memoryDedupe(), claim }, ackTimeoutMs: 1500 });
    const answer = await receiver.answer(postbackRequest(alreadyRead(bundle(smsFields('1')))));
    expect(answer).toMatchObject({ status: 503, body: 'IN_PROGRESS' });
    const waits = times.map((time, n) => time - (times[n - 1] ?? time)).slice(1);
    for (const [n, least] of [20, 40, 80, 160, 320].entries()) expect(waits[n]).toBeGreaterThan(least - 3);
    // A slow machine asks less often, never more often.
    expect(times.length).toBeLessThanOrEqual(8);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(times.at(-1)).toBeLessThan((times[0] ?? 0) + 1500);
    expect(onSms).not.toHaveBeenCalled();
  });
});

describe('notifications without a callback', () => {
  it('are not marked as done, so that a later version can handle them', async () => {
    const store = memoryDedupe();
    const xml = '<POSTBACK><ORIGIN>SUB</ORIGIN><CODE>N1</CODE></POSTBACK>';
    const post = async (receiver: ReturnType<typeof createReceiver>): Promise<unknown> =>
      receiver.answer(postbackRequest(alreadyRead(xml)));
    expect(await post(createReceiver({ ...callbacks, dedupe: store }))).toMatchObject({ status: 200 });
    const onOther = vi.fn();
    const later = createReceiver({ ...callbacks, onOther, dedupe: store });
    for (let n = 0; n < 2; n++) expect(await post(later)).toMatchObject({ status: 200 });
    expect(onOther).toHaveBeenCalledOnce();
  });
});

describe('copies of a message in one bundle', () => {
  it('are claimed once, and share what has become of the first one', async () => {
    const store = memoryDedupe();
    const claim = vi.spyOn(store, 'claim');
    const onSms = vi.fn();
    const copies = Array.from({ length: 50 }, () => smsFields('hi', 'T1'));
    const post = (callback: () => void, others: object = {}): Promise<unknown> =>
      createReceiver({ ...callbacks, onSms: callback, dedupe: store, ...others }).answer(
        postbackRequest(alreadyRead(bundle(...copies))),
      );
    const failing = (): void => {
      throw new Error('down');
    };
    expect(await post(failing)).toMatchObject({ status: 500 });
    expect(await post(onSms)).toMatchObject({ status: 200 });
    expect(await post(onSms)).toMatchObject({ status: 200 });
    expect(claim).toHaveBeenCalledTimes(3);
    expect(onSms).toHaveBeenCalledOnce();
    expect(await post(onSms, { dedupe: false })).toMatchObject({ status: 200 });
    expect(onSms).toHaveBeenCalledTimes(51);
  });
});
