import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it, vi } from 'vitest';
import { memoryDedupe } from '../../src/dedupe/memory.ts';
import type { DedupeStore } from '../../src/dedupe/store.ts';
import { Claims, UNREACHABLE } from '../../src/receive/claims.ts';
import { createReceiver } from '../../src/receive/receive.ts';
import { resolveReceiverOptions } from '../../src/receive/settings.ts';
import { single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, callbacks, postbackRequest } from '../helpers/postback-request.ts';
import { sleep } from '../helpers/sleep.ts';

describe('Claims', () => {
  const settings = (options: object): ReturnType<typeof resolveReceiverOptions> =>
    resolveReceiverOptions({ ...callbacks, ...options });

  const store = (methods: Partial<DedupeStore>): DedupeStore => ({
    claim: () => Promise.resolve({ state: 'claimed', token: 't', attempt: 1 }),
    renew: () => Promise.resolve(true),
    complete: () => Promise.resolve(),
    release: () => Promise.resolve(),
    ...methods,
  });

  it('releases a claim that comes after storeTimeoutMs', async () => {
    const release = vi.fn(() => Promise.resolve());
    const claims = new Claims(
      store({
        release,
        claim: async () => {
          await sleep(50);
          return { state: 'claimed', token: 't', attempt: 1 };
        },
      }),
      settings({ storeTimeoutMs: 10 }),
    );
    expect(await claims.claim('k')).toBe(UNREACHABLE);
    await vi.waitUntil(() => release.mock.calls.length > 0);
    expect(release).toHaveBeenCalledWith('k', 't');
  });

  it('releases nothing if a late reply is not a claim', async () => {
    const release = vi.fn(() => Promise.resolve());
    const claims = new Claims(
      store({
        release,
        claim: async () => {
          await sleep(30);
          return { state: 'done' };
        },
      }),
      settings({ storeTimeoutMs: 10 }),
    );
    expect(await claims.claim('k')).toBe(UNREACHABLE);
    await sleep(40);
    expect(release).not.toHaveBeenCalled();
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['an empty object', {}],
    ['true', true],
    ['another state', { state: 'CLAIMED' }],
    [
      'an object whose state throws',
      {
        get state() {
          throw new Error('of the store');
        },
      },
    ],
  ])('answers 503 if the store replies with %s', async (_, claim) => {
    const events: unknown[] = [];
    const listener = (event: unknown): void => void events.push(event);
    subscribe('mo-postback:rejected', listener);
    const onSms = vi.fn();
    const receiver = createReceiver({
      ...callbacks,
      onSms,
      dedupe: store({ claim: () => Promise.resolve(claim as never) }),
    });
    expect(await receiver.answer(postbackRequest(alreadyRead(single(smsFields('hi')))))).toMatchObject({
      status: 503,
      body: 'STORE_UNAVAILABLE',
    });
    expect(onSms).not.toHaveBeenCalled();
    expect(events).toMatchObject([{ status: 503, codes: ['STORE_UNAVAILABLE'] }]);
    unsubscribe('mo-postback:rejected', listener);
  });

  it('accepts a store that returns no promise, and one that throws', async () => {
    const plain = { state: 'claimed', token: 't', attempt: 1 } as const;
    expect(await new Claims(store({ claim: (() => plain) as never }), settings({})).claim('k')).toEqual(plain);
    const claim = (): never => {
      throw new Error('down');
    };
    expect(await new Claims(store({ claim }), settings({})).claim('k')).toBe(UNREACHABLE);
  });

  it('reads a claim only once', async () => {
    let reads = 0;
    const claim = {
      state: 'claimed',
      attempt: 1,
      get token(): string {
        if (++reads > 1) throw new Error('read again');
        return 't';
      },
    } as const;
    const receiver = createReceiver({ ...callbacks, dedupe: store({ claim: () => Promise.resolve(claim) }) });
    expect(await receiver.answer(postbackRequest(alreadyRead(single(smsFields('hi')))))).toMatchObject({ status: 200 });
  });

  it('renews a claim, repeats failed renewals, and reports the loss when the lease ends', async () => {
    const answers = [true, false, true, false];
    const renew = vi.fn(() => (answers.shift() === true ? Promise.resolve(true) : Promise.reject(new Error('down'))));
    const claims = new Claims(store({ renew }), settings({ leaseMs: 600 }));
    const onLost = vi.fn();
    claims.keepRenewed('k', 't', onLost);
    await vi.waitUntil(() => onLost.mock.calls.length > 0, { timeout: 10_000 });
    expect(renew.mock.calls.length).toBeGreaterThan(4);
    expect(renew).toHaveBeenCalledWith('k', 't', 600);
    const before = renew.mock.calls.length;
    await sleep(300);
    expect(renew.mock.calls).toHaveLength(before);
  });

  it('renews after a third of the lease, and tries again after a tenth of it or a second', async () => {
    for (const [leaseMs, third, tenth] of [
      [3000, 1000, 300],
      [60_000, 20_000, 1000],
    ] as const) {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
      try {
        const startedAt = performance.now();
        const calls: number[] = [];
        const answers = [true, false, true, true];
        const renew = (): Promise<boolean> => {
          calls.push(performance.now() - startedAt);
          return answers.shift() === true ? Promise.resolve(true) : Promise.reject(new Error('down'));
        };
        const letGo = new Claims(store({ renew }), settings({ leaseMs })).keepRenewed('k', 't', () => undefined);
        while (calls.length < 4) {
          // A timer is created at the end of a turn.
          await new Promise(setImmediate);
          await vi.advanceTimersToNextTimerAsync();
        }
        letGo();
        expect(calls).toEqual([third, 2 * third, 2 * third + tenth, 3 * third + tenth]);
      } finally {
        vi.useRealTimers();
      }
    }
  });

  it('stops renewing when the returned function is called', async () => {
    const renew = vi.fn(async () => {
      await sleep(10);
      return false;
    });
    const claims = new Claims(store({ renew }), settings({ leaseMs: 15 }));
    const onLost = vi.fn();
    const letGo = claims.keepRenewed('k', 't', onLost);
    await vi.waitUntil(() => renew.mock.calls.length > 0, { interval: 1 });
    letGo();
    await sleep(40);
    expect(renew).toHaveBeenCalledOnce();
    expect(onLost).not.toHaveBeenCalled();
  });

  it('keeps a key whose completion failed, and repeats the completion', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      let isDown = true;
      const told: unknown[] = [];
      const claim = vi.fn(() => Promise.resolve({ state: 'claimed', token: 't', attempt: 1 } as const));
      const claims = new Claims(
        store({
          claim,
          complete: (...args) => {
            told.push(args);
            return isDown ? Promise.reject(new Error('down')) : Promise.resolve();
          },
        }),
        settings({}),
      );
      await claims.complete('k', 't');
      await claims.complete('l', 't');
      // One for all.
      expect(vi.getTimerCount()).toBe(1);
      expect(await claims.claim('k')).toEqual({ state: 'done' });
      expect(claim).not.toHaveBeenCalled();
      // A store that cannot be reached gets one call each time, however many completions are pending.
      await vi.advanceTimersByTimeAsync(1000);
      expect(told).toHaveLength(3);
      isDown = false;
      await vi.advanceTimersByTimeAsync(1000);
      expect(told).toHaveLength(5);
      expect(told[4]).toEqual(['l', 't', expect.any(Number)]);
      expect(await claims.claim('k')).toMatchObject({ state: 'claimed' });
      await vi.advanceTimersByTimeAsync(10_000);
      expect(told).toHaveLength(5);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('forgets a key whose completion failed when the store would have forgotten it', async () => {
    const claims = new Claims(store({ complete: () => Promise.reject(new Error('down')) }), settings({}));
    await claims.complete('k', 't');
    const later = performance.now() + 31 * 60 * 1000;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => later);
    try {
      expect(await claims.flush()).toBe(0);
    } finally {
      clock.mockRestore();
    }
    expect(await claims.claim('k')).toMatchObject({ state: 'claimed' });
  });

  it('ignores an error that comes after storeTimeoutMs', async () => {
    let fail: (error: Error) => void = () => undefined;
    const complete = (): Promise<void> => new Promise((_, reject) => (fail = reject));
    const claims = new Claims(store({ complete }), settings({ storeTimeoutMs: 10 }));
    await claims.complete('k', 't');
    fail(new Error('down'));
    // An unhandled rejection would fail the test run.
    await sleep(0);
    expect(await claims.claim('k')).toEqual({ state: 'done' });
  });

  it('tells the store for how long a key is remembered', async () => {
    const complete = vi.fn(() => Promise.resolve());
    await new Claims(store({ complete }), settings({ dedupeWindowMs: 1234 })).complete('k', 't');
    await new Claims(store({ complete }), settings({})).complete('l', 't');
    expect(complete.mock.calls).toEqual([
      ['k', 't', 1234],
      ['l', 't', 1_800_000],
    ]);
  });
});

describe('the signal of a callback', () => {
  const post = async (renewals: readonly (boolean | Error)[]): Promise<unknown[]> => {
    const answers = [...renewals];
    const renew = (): Promise<boolean> => {
      const answer = answers.shift() ?? true;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    };
    const seen: unknown[] = [];
    const dedupe = { ...memoryDedupe(), renew };
    const receiver = createReceiver({
      ...callbacks,
      dedupe,
      leaseMs: 300,
      onSms: async (_, { signal }) => {
        await vi.waitUntil(() => answers.length === 0);
        await sleep(50);
        seen.push(signal.aborted);
      },
    });
    return [await receiver.answer(postbackRequest(alreadyRead(single(smsFields('hi'))))), ...seen];
  };

  it('aborts when the store says that the claim is lost', async () => {
    expect(await post([false])).toMatchObject([{ status: 200 }, true]);
  });

  it('does not abort when one renewal fails, and the next one succeeds', async () => {
    expect(await post([new Error('down'), true])).toMatchObject([{ status: 200 }, false]);
  });
});
