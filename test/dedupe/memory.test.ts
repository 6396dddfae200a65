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
    // a came first.
    expect(await store.claim('b', 60_000)).toEqual({ state: 'done' });
    expect(await store.claim('a', 60_000)).toMatchObject({ state: 'claimed' });
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

  it('goes on to forget the oldest where keys were taken out between', async () => {
    const store = memoryDedupe({ max: 3 });
    const handle = async (key: string, ttlMs = 60_000): Promise<string> => {
      const claim = await store.claim(key, 60_000);
      if (claim.state === 'claimed') await store.complete(key, claim.token, ttlMs);
      return claim.state;
    };
    for (const key of ['a', 'b', 'c']) await handle(key);
    // More than the iterator is kept for, and each of them to its end.
    for (let n = 0; n < 1100; n++) expect(await handle('d', -1)).toBe('claimed');
    for (const key of ['e', 'f', 'g']) expect(await handle(key)).toBe('claimed');
    expect(await Promise.all(['e', 'f', 'g'].map(async (key) => (await store.claim(key, 1)).state))).toEqual(['done', 'done', 'done']);
    expect(await handle('c')).toBe('claimed');
  });

  it.each([[0, RangeError], [1.5, RangeError], ['5', TypeError]])('is not made of %o', (max, error) => {
    expect(() => memoryDedupe({ max: max as number })).toThrow(error);
  });

  it('is not made with null for options', () => {
    expect(() => memoryDedupe(null as never)).toThrow(new TypeError('options: expected an object'));
  });
});
