import { describe, expect, it, vi } from 'vitest';
import { memoryDedupe } from '../../src/dedupe/memory.ts';
import type { DedupeStore } from '../../src/dedupe/store.ts';
import { createReceiver } from '../../src/receive/receive.ts';
import { BAD_FIELDS, bundle, single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, callbacks, postbackRequest } from '../helpers/postback-request.ts';
import { sleep } from '../helpers/sleep.ts';

describe('drain', () => {
  it('waits for running callbacks, starts no further ones, and resolves to what is still running', async () => {
    let end: () => void = () => undefined;
    const texts: string[] = [];
    const receiver = createReceiver({
      ...callbacks,
      onSms: async ({ text }) => {
        texts.push(text);
        await new Promise<void>((resolve) => (end = resolve));
      },
    });
    const post = (): ReturnType<typeof receiver.answer> =>
      receiver.answer(postbackRequest(alreadyRead(bundle(smsFields('one'), smsFields('two')))));
    const answering = post();
    await vi.waitUntil(() => texts.length === 1, { timeout: 10_000 });
    expect(await receiver.drain(20)).toEqual({ pendingRequests: 1, runningCallbacks: 1 });
    expect(await post()).toMatchObject({ status: 503, body: 'DRAINING', headers: { connection: 'close' } });
    const draining = receiver.drain(5000);
    end();
    expect(await draining).toEqual({ pendingRequests: 0, runningCallbacks: 0 });
    // The second callback was not started, and the provider sends again.
    expect(await answering).toMatchObject({ status: 503, body: 'DRAINING', headers: { connection: 'close' } });
    expect(texts).toEqual(['one']);
  });

  it('releases a claim whose callback has not started', async () => {
    let answer: () => void = () => undefined;
    const store = memoryDedupe();
    const slow: DedupeStore = {
      ...store,
      claim: async (key, leaseMs) => {
        await new Promise<void>((resolve) => (answer = resolve));
        return store.claim(key, leaseMs);
      },
    };
    const onSms = vi.fn();
    const receiver = createReceiver({ ...callbacks, onSms, dedupe: slow });
    const answering = receiver.answer(postbackRequest(alreadyRead(single(smsFields('hi', 'T1')))));
    await sleep(10);
    const draining = receiver.drain(5000);
    answer();
    expect(await answering).toMatchObject({ status: 503, body: 'DRAINING' });
    await draining;
    expect(onSms).not.toHaveBeenCalled();
    expect(await store.claim('sms/86717/15550104477/T1', 1000)).toMatchObject({ state: 'claimed' });
  });

  it('answers nothing to a client that disconnects meanwhile', async () => {
    const receiver = createReceiver(callbacks);
    const answering = receiver.answer(
      postbackRequest(() => ({ onLost }) => {
        const timer = setTimeout(onLost, 20, 'aborted');
        return () => {
          clearTimeout(timer);
        };
      }),
    );
    const draining = receiver.drain(5000);
    expect(await answering).toBeUndefined();
    expect(await draining).toEqual({ pendingRequests: 0, runningCallbacks: 0 });
  });

  it('waits for all requests, also if ms is more than a timer can wait', async () => {
    const receiver = createReceiver({ ...callbacks, onSms: ({ text }) => sleep(Number(text)) });
    const answering = Promise.all(
      ['20', '60'].map((ms) => receiver.answer(postbackRequest(alreadyRead(single(smsFields(ms)))))),
    );
    await sleep(5);
    expect(await receiver.drain(2 ** 31)).toEqual({ pendingRequests: 0, runningCallbacks: 0 });
    await answering;
  });

  it.each([undefined, -1, '5'])('throws a RangeError if ms is %o', async (ms) => {
    await expect(createReceiver({ ...callbacks, dedupe: false }).drain(ms as number)).rejects.toThrow(
      /^ms: expected milliseconds/,
    );
  });

  it('waits for running callbacks, and starts no further ones, also without a store', async () => {
    let end: () => void = () => undefined;
    const texts: string[] = [];
    const receiver = createReceiver({
      ...callbacks,
      dedupe: false,
      onSms: async ({ text }) => {
        texts.push(text);
        await new Promise<void>((resolve) => (end = resolve));
      },
    });
    const answering = receiver.answer(postbackRequest(alreadyRead(bundle(smsFields('one'), smsFields('two')))));
    await vi.waitUntil(() => texts.length === 1, { timeout: 10_000 });
    const draining = receiver.drain(5000);
    end();
    expect(await draining).toEqual({ pendingRequests: 0, runningCallbacks: 0 });
    expect(await answering).toMatchObject({ status: 503, body: 'DRAINING' });
    expect(texts).toEqual(['one']);
  });

  it('reports completions to the store that it has not confirmed', async () => {
    const store = memoryDedupe();
    const complete = vi.spyOn(store, 'complete').mockRejectedValueOnce(new Error('down'));
    const receiver = createReceiver({ ...callbacks, dedupe: store });
    await receiver.answer(postbackRequest(alreadyRead(single(smsFields('hi', 'T1')))));
    await receiver.drain(5000);
    expect(complete).toHaveBeenCalledTimes(2);
    expect(await store.claim('sms/86717/15550104477/T1', 1000)).toEqual({ state: 'done' });
  });

  it('ends in time although a store does not answer', async () => {
    const store = { ...memoryDedupe(), complete: () => Promise.reject(new Error('down')) };
    const receiver = createReceiver({ ...callbacks, dedupe: store });
    await receiver.answer(postbackRequest(alreadyRead(single(smsFields('hi')))));
    store.complete = () => new Promise(() => undefined);
    const since = performance.now();
    await receiver.drain(50);
    expect(performance.now() - since).toBeLessThan(1000);
  });

  it('works without a store, and ends at once if nothing is in progress', async () => {
    const draining = createReceiver({ ...callbacks, dedupe: false }).drain(60_000);
    expect(await draining).toEqual({ pendingRequests: 0, runningCallbacks: 0 });
  });
});

it('rejects if no key can be made while onReject is running, and leaves no other rejection (simulated)', async () => {
  vi.spyOn(crypto.subtle, 'digest').mockRejectedValueOnce(new Error('no digests here'));
  const receiver = createReceiver({ ...callbacks, onReject: () => sleep(20) });
  // A message with a long id, and an invalid one. An unhandled rejection would fail the test run.
  const xml = bundle(smsFields('hi', 'x'.repeat(200)), BAD_FIELDS);
  await expect(receiver.answer(postbackRequest(alreadyRead(xml)))).rejects.toThrow('no digests here');
  vi.restoreAllMocks();
});

describe('the elements of a document', () => {
  const attributes = Array.from({ length: 240 }, (_, n) => ` a${String(n)}=""`).join('');

  it.each(['<x/>'.repeat(240), '<x a="" b=""/>'.repeat(80), `<x${attributes}/>`])(
    'are at most 25 600, with the attributes of unknown ones (case %#)',
    async (unknown) => {
      const errors: string[] = [];
      const receiver = createReceiver({
        ...callbacks,
        maxInFlightBytes: 1e9,
        onReject: (rejection) => {
          errors.push(...rejection.errors.map(({ code }) => code));
        },
      });
      const post = (count: number): Promise<unknown> => {
        const xml = bundle(...Array.from({ length: count }, () => `${smsFields('hi')}${unknown}`));
        return receiver.answer(postbackRequest(alreadyRead(xml)));
      };
      expect(await post(50)).toMatchObject({ status: 200 });
      expect(await post(150)).toMatchObject({ status: 400 });
      expect(new Set(errors)).toEqual(new Set(['TOO_MANY_FIELDS']));
      expect(errors.length).toBeGreaterThan(20);
    },
  );
});

it('reads documents of at most 2 MiB by default', async () => {
  // No notification is too long.
  const xml = bundle(smsFields('a'), smsFields('b'), smsFields('c')).replaceAll(
    '<NOTIFICATION',
    `${' '.repeat(600_000)}$&`,
  );
  const padded = (length: number): string =>
    xml.replace('</POSTBACK>', `${' '.repeat(length - xml.length)}</POSTBACK>`);
  const receiver = createReceiver({ ...callbacks, dedupe: false });
  const MAX = 2 * 1024 * 1024;
  expect(padded(MAX)).toHaveLength(MAX);
  expect(await receiver.answer(postbackRequest(alreadyRead(padded(MAX))))).toMatchObject({ status: 200 });
  expect(await receiver.answer(postbackRequest(alreadyRead(padded(MAX + 1))))).toMatchObject({ status: 413 });
});
