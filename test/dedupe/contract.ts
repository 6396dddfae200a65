// The behaviour of every deduplication store.

import { describe, expect, it } from 'vitest';
import type { DedupeStore } from '../../src/dedupe/store.ts';
import { sleep } from '../helpers/sleep.ts';

let keys = 0;

/** Tests a store. `storeOf` returns one of several stores that share their claims. */
export function describeStore(name: string, storeOf: () => DedupeStore): void {
  // With characters that a sender could put into an id.
  const freshKey = (): string => `["sms","0{}'\\u0000é","${String(++keys)}"]`;
  const claimed = async (store: DedupeStore, key: string, leaseMs = 60_000): Promise<string> => {
    const claim = await store.claim(key, leaseMs);
    if (claim.state !== 'claimed') throw new Error(`expected a claim, got ${claim.state}`);
    return claim.token;
  };

  describe(name, () => {
    it('gives a key to one of 30 concurrent callers', async () => {
      const key = freshKey();
      const claims = await Promise.all(Array.from({ length: 30 }, () => storeOf().claim(key, 60_000)));
      expect(claims.filter(({ state }) => state === 'claimed')).toEqual([
        { state: 'claimed', token: expect.any(String) as string, attempt: 1 },
      ]);
      expect(claims.filter(({ state }) => state === 'in-progress')).toHaveLength(29);
    });

    it('remembers a key that is done', async () => {
      const [store, key] = [storeOf(), freshKey()];
      await store.complete(key, await claimed(store, key), 60_000);
      expect(await storeOf().claim(key, 1000)).toEqual({ state: 'done' });
    });

    it('forgets a key that is done after ttlMs, and starts counting attempts again', async () => {
      const [store, key] = [storeOf(), freshKey()];
      await store.complete(key, await claimed(store, key), 1);
      await sleep(20);
      expect(await store.claim(key, 1000)).toMatchObject({ state: 'claimed', attempt: 1 });
    });

    it('gives a released key to the next caller at once, and counts the attempts', async () => {
      const [store, key] = [storeOf(), freshKey()];
      await store.release(key, await claimed(store, key));
      expect(await store.claim(key, 60_000)).toMatchObject({ state: 'claimed', attempt: 2 });
    });

    it('gives a key to another caller when the lease has ended', async () => {
      const [store, key] = [storeOf(), freshKey()];
      const stale = await claimed(store, key, 20);
      await sleep(40);
      const claim = await storeOf().claim(key, 60_000);
      expect(claim).toMatchObject({ state: 'claimed', attempt: 2 });
      expect(claim).not.toMatchObject({ token: stale });
    });

    it('extends a lease', async () => {
      const [store, key] = [storeOf(), freshKey()];
      const token = await claimed(store, key, 400);
      expect(await store.renew(key, token, 60_000)).toBe(true);
      await sleep(500);
      expect(await store.claim(key, 1000)).toEqual({ state: 'in-progress' });
    });

    it('changes nothing for a stale token', async () => {
      const [store, key] = [storeOf(), freshKey()];
      const stale = await claimed(store, key, 10);
      await sleep(30);
      const token = await claimed(store, key);
      expect(await store.renew(key, stale, 60_000)).toBe(false);
      expect(await store.renew(freshKey(), stale, 60_000)).toBe(false);
      await store.complete(key, stale, 60_000);
      await store.release(key, stale);
      expect(await store.claim(key, 1000)).toEqual({ state: 'in-progress' });
      expect(await store.renew(key, token, 60_000)).toBe(true);
      await store.complete(key, token, 60_000);
      // A key that is done cannot be released.
      await store.release(key, token);
      expect(await store.renew(key, token, 60_000)).toBe(false);
      expect(await store.claim(key, 1000)).toEqual({ state: 'done' });
    });

    it('claims keys independently of each other', async () => {
      const store = storeOf();
      await claimed(store, freshKey());
      expect(await store.claim(freshKey(), 1000)).toMatchObject({ state: 'claimed' });
    });
  });
}
