import { describe, expect, it } from 'vitest';
import { memoryDedupe } from '../../src/dedupe/memory.ts';
import { describeStore } from './contract.ts';

const shared = memoryDedupe();
describeStore('memoryDedupe', () => shared);

describe('memoryDedupe with a max', () => {
  it('forgets what is done, the oldest first, and never what is in progress', async () => {
    const store = memoryDedupe({ max: 3 });
    const [a, b] = [await store.claim('a', 60_000), await store.claim('b', 60_000)];
    if (b.state === 'claimed') await store.complete('b', b.token, 60_000);
    if (a.state === 'claimed') await store.complete('a', a.token, 60_000);
    expect(await store.claim('c', 60_000)).toMatchObject({ state: 'claimed' });
    expect(await store.claim('d', 60_000)).toMatchObject({ state: 'claimed' });
    // b was done first.
    expect(await store.claim('a', 60_000)).toEqual({ state: 'done' });
    expect(await store.claim('b', 60_000)).toMatchObject({ state: 'claimed' });
    await expect(store.claim('e', 60_000)).rejects.toThrow('memoryDedupe: all of 3 keys are in progress');
    expect(await store.claim('c', 60_000)).toEqual({ state: 'in-progress' });
  });

  it('forgets a claim whose lease has ended where nothing else may go', async () => {
    const store = memoryDedupe({ max: 2 });
    await store.claim('a', 60_000);
    await store.claim('b', 1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await store.claim('c', 60_000)).toMatchObject({ state: 'claimed' });
    expect(await store.claim('a', 60_000)).toEqual({ state: 'in-progress' });
  });

  it.each([[0, RangeError], [1.5, RangeError], ['5', TypeError]])('is not made of %o', (max, error) => {
    expect(() => memoryDedupe({ max: max as number })).toThrow(error);
  });
});
