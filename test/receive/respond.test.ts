import { describe, expect, it } from 'vitest';
import { createReceiver } from '../../src/receive/receive.ts';
import type { BodySource } from '../../src/receive/request.ts';
import { bundle, single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, callbacks, postbackRequest } from '../helpers/postback-request.ts';
import { sleep } from '../helpers/sleep.ts';

describe('createReceiver', () => {
  it('passes work that continues after the answer to waitUntil', async () => {
    const given: Promise<unknown>[] = [];
    let isDone = false;
    const receiver = createReceiver({
      ...callbacks,
      ackTimeoutMs: 20,
      onSms: async () => {
        await sleep(60);
        isDone = true;
      },
      onMms: () => undefined,
    });
    const waitUntil = (work: Promise<unknown>): void => void given.push(work);
    expect(await receiver.answer(postbackRequest(alreadyRead(single(smsFields('hi')))), waitUntil)).toMatchObject({
      status: 503,
    });
    await Promise.all(given);
    expect([given.length, isDone]).toEqual([1, true]);
    expect(await receiver.answer(postbackRequest(alreadyRead(single(smsFields('hi')))), waitUntil)).toMatchObject({
      status: 200,
    });
    expect(given).toHaveLength(1);
  });

  it('tells when the headers of a rejected request arrived, however long its body took', async () => {
    const agoMs: number[] = [];
    const receiver = createReceiver({
      ...callbacks,
      onReject: ({ arrivedAt }) => void agoMs.push(Date.now() - arrivedAt.getTime()),
    });
    const slow: BodySource = ({ onEnd }) => {
      const timer = setTimeout(onEnd, 50);
      return () => {
        clearTimeout(timer);
      };
    };
    expect(await receiver.answer(postbackRequest(() => slow))).toMatchObject({ status: 400, body: 'EMPTY' });
    expect(agoMs).toEqual([expect.toSatisfy((ms: number) => ms >= 45 && ms < 5000)]);
  });

  it('starts no callback after callbackTimeoutMs', async () => {
    const texts: string[] = [];
    const receiver = createReceiver({
      ...callbacks,
      ackTimeoutMs: 20,
      callbackTimeoutMs: 60,
      dedupe: false,
      onSms: ({ text }) => {
        texts.push(text);
        return new Promise(() => undefined);
      },
    });
    expect(
      await receiver.answer(postbackRequest(alreadyRead(bundle(smsFields('one'), smsFields('two'))))),
    ).toMatchObject({
      status: 503,
    });
    expect(await receiver.drain(1000)).toEqual({ pendingRequests: 0, runningCallbacks: 0 });
    expect(texts).toEqual(['one']);
  });

  it.each([
    [
      'resolves to a promise that never settles',
      {
        then: (resolve: (value: unknown) => void) => {
          resolve(new Promise(() => undefined));
        },
      },
      503,
    ],
    [
      'throws',
      {
        then: () => {
          throw new Error('of the application');
        },
      },
      500,
    ],
  ])('answers in time if a callback returns an object whose `then` %s', async (_, thenable, status) => {
    const receiver = createReceiver({ ...callbacks, onSms: () => thenable, ackTimeoutMs: 30, callbackTimeoutMs: 60 });
    expect(await receiver.answer(postbackRequest(alreadyRead(single(smsFields('hi')))))).toMatchObject({ status });
    expect(await receiver.drain(5000)).toEqual({ pendingRequests: 0, runningCallbacks: 0 });
  });

  it('answers even if waitUntil throws', async () => {
    const receiver = createReceiver({ ...callbacks, onSms: () => sleep(100), ackTimeoutMs: 20 });
    const answer = await receiver.answer(postbackRequest(alreadyRead(single(smsFields('hi')))), () => {
      throw new Error('of the platform');
    });
    expect(answer).toMatchObject({ status: 503, body: 'CALLBACK_TIMEOUT' });
    await receiver.drain(5000);
  });

  it('sends Connection: close if authorize does not admit the request', async () => {
    expect(
      await createReceiver({ ...callbacks, authorize: () => false }).answer(postbackRequest(alreadyRead(''))),
    ).toMatchObject({
      status: 401,
      headers: { connection: 'close' },
    });
    const failing = createReceiver({ ...callbacks, authorize: () => Promise.reject(new Error('down')) });
    expect(await failing.answer(postbackRequest(alreadyRead('')))).toMatchObject({
      status: 503,
      headers: { connection: 'close' },
    });
  });
});
