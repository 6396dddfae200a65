import { describe, expect, it, vi } from 'vitest';
import { memoryDedupe } from '../../src/dedupe/memory.ts';
import { createReceiver } from '../../src/receive/receive.ts';
import type { ReceiverOptions } from '../../src/receive/options.ts';
import type { Answer } from '../../src/receive/answer.ts';
import { bundle, mmsFields, OTHER_FIELDS, single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, callbacks, postbackRequest } from '../helpers/postback-request.ts';
import { sleep } from '../helpers/sleep.ts';

describe('runCallback', () => {
  it('aborts a signal that is first used after the claim was lost', async () => {
    const seen: unknown[] = [];
    const dedupe = { ...memoryDedupe(), renew: () => Promise.resolve(false) };
    const receiver = createReceiver({
      ...callbacks,
      dedupe,
      leaseMs: 10,
      onSms: async (_, context) => {
        await sleep(60);
        seen.push(context.signal.aborted, context.signal === context.signal, context.signal.reason);
      },
    });
    expect(await receiver.answer(postbackRequest(alreadyRead(single(smsFields('hi')))))).toMatchObject({ status: 200 });
    const reason = { name: 'AbortError', message: 'Another server may have claimed this message' };
    expect(seen).toMatchObject([true, true, reason]);
  });

  it('calls the callback of the kind, and no other', async () => {
    const called: string[] = [];
    const record =
      (name: string) =>
      ({ kind }: { readonly kind: string }): void =>
        void called.push(`${name} ${kind}`);
    const receiver = createReceiver({ onSms: record('onSms'), onMms: record('onMms'), onOther: record('onOther') });
    const xml = bundle(OTHER_FIELDS, smsFields('hi'), mmsFields('m'));
    expect(await receiver.answer(postbackRequest(alreadyRead(xml)))).toMatchObject({ status: 200 });
    expect(called).toEqual(['onOther other', 'onSms sms', 'onMms mms']);
  });

  it.each<[false | undefined]>([[false], [undefined]])(
    'answers 500 if a callback throws, and 200 if onError accepts: dedupe %s',
    async (dedupe) => {
      const onSms = (): never => {
        throw new Error('down');
      };
      const post = async (onError?: () => 'accepted'): Promise<unknown> =>
        createReceiver({ ...callbacks, dedupe, onSms, onError }).answer(
          postbackRequest(alreadyRead(single(smsFields('hi')))),
        );
      expect(await post()).toMatchObject({ status: 500, body: 'CALLBACK_FAILED' });
      expect(await post(() => 'accepted')).toMatchObject({ status: 200 });
    },
  );

  const never = (): Promise<never> => new Promise(() => undefined);
  it.each<[string, Partial<ReceiverOptions>, Partial<Answer>]>([
    [
      'a callback',
      {
        onSms: (_, { signal }) =>
          new Promise<void>((resolve) => {
            signal.addEventListener('abort', () => {
              resolve();
            });
          }),
      },
      { status: 503 },
    ],
    ['a callback, before ackTimeoutMs', { onSms: never, ackTimeoutMs: 5000 }, { status: 500, body: 'CALLBACK_FAILED' }],
    [
      "a callback's onError",
      {
        onSms: () => {
          throw new Error('down');
        },
        onError: never,
      },
      { status: 500, body: 'CALLBACK_FAILED' },
    ],
  ])('keeps the claim of %s that exceeds callbackTimeoutMs: it may still be running', async (_, options, answer) => {
    const store = memoryDedupe();
    const [release, complete] = [vi.spyOn(store, 'release'), vi.spyOn(store, 'complete')];
    let signal: AbortSignal | undefined;
    const { onSms } = options;
    const receiver = createReceiver({
      ...callbacks,
      dedupe: store,
      ackTimeoutMs: 20,
      callbackTimeoutMs: 60,
      ...options,
      onSms: (sms, context) => {
        ({ signal } = context);
        return onSms?.(sms, context);
      },
    });
    expect(await receiver.answer(postbackRequest(alreadyRead(single(smsFields('hi', 'T1')))))).toMatchObject(answer);
    await vi.waitUntil(() => signal?.aborted === true);
    expect(signal?.reason).toMatchObject({
      name: 'TimeoutError',
      message: 'The callback exceeded callbackTimeoutMs',
    });
    await receiver.drain(1000);
    expect([release.mock.calls, complete.mock.calls]).toEqual([[], []]);
    expect(await store.claim('sms/86717/15550104477/T1', 10)).toEqual({ state: 'in-progress' });
  });

  it('tells a callback when the answer is sent', async () => {
    const deadlines: number[] = [];
    const receiver = createReceiver({
      ...callbacks,
      ackTimeoutMs: 5000,
      onSms: (_, { deadline }) => void deadlines.push(deadline.getTime()),
    });
    const before = Date.now();
    await receiver.answer(postbackRequest(alreadyRead(single(smsFields('hi')))));
    const after = Date.now();
    expect(deadlines[0]).toBeGreaterThanOrEqual(before + 4999);
    expect(deadlines[0]).toBeLessThanOrEqual(after + 5001);
  });
});
