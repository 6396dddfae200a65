import { describe, expect, it, vi } from 'vitest';
import { LATE, LazyTimeout, now, withDeadline } from '../../src/receive/deadline.ts';

/** Until the end of the turn, when timers are created. */
const endOfTurn = (): Promise<unknown> => new Promise(setImmediate);

describe('withDeadline', () => {
  it('settles like work that is in time, and leaves no timer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const failure = new Error('mine');
      let settle: (how: boolean) => void = () => undefined;
      for (const [isGood, expected] of [
        [true, 'done'],
        [false, failure],
      ] as const) {
        const work = new Promise((resolve, reject) => {
          settle = (how) => {
            if (how) resolve('done');
            else reject(failure);
          };
        });
        const settled = withDeadline(work, now() + 1000).catch((error: unknown) => error);
        await endOfTurn();
        expect(vi.getTimerCount()).toBe(1);
        await vi.advanceTimersByTimeAsync(999);
        settle(isGood);
        expect(await settled).toBe(expected);
        expect(vi.getTimerCount()).toBe(0);
      }
      // Most work is done before there is a timer.
      expect(await withDeadline(Promise.resolve('at once'), now() + 1000)).toBe('at once');
      await endOfTurn();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('resolves to LATE at the deadline, at once if that is over, and ignores what comes later', async () => {
    let fail: (error: Error) => void = () => undefined;
    const work = new Promise((_, reject) => (fail = reject));
    expect(await withDeadline(work, now() - 5)).toBe(LATE);
    // An unhandled rejection would fail the test run.
    fail(new Error('mine'));
    await endOfTurn();
  });

  it('takes a value as it is', async () => {
    for (const value of [undefined, null, 0, '', { then: 1 }]) expect(await withDeadline(value, 0)).toBe(value);
  });
});

it('a timeout above 24 days never ends: timers of the platform would end at once', async () => {
  const ended: number[] = [];
  const timeouts = [2 ** 31, Infinity, 1].map((ms) => new LazyTimeout(ms, () => ended.push(ms)));
  await vi.waitUntil(() => ended.length > 0);
  expect(ended).toEqual([1]);
  for (const timeout of timeouts) timeout.cancel();
});
