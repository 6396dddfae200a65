import { describe, expect, it } from 'vitest';
import { memoryDedupe } from '../../src/dedupe/memory.ts';
import { sleep } from '../helpers/sleep.ts';
import { describeStore } from './contract.ts';

const shared = memoryDedupe();
describeStore('memoryDedupe', () => shared);

describe('memoryDedupe with a max', () => {
  it('forgets the oldest key that is done, and never a key in progress', async () => {
    const store = memoryDedupe({ max: 3 });
    const [a, b] = [await store.claim('a', 60_000), await store.claim('b', 60_000)];
    if (b.state === 'claimed') await store.complete('b', b.token, 60_000);
    if (a.state === 'claimed') await store.complete('a', a.token, 60_000);
    expect(await store.claim('c', 60_000)).toMatchObject({ state: 'claimed' });
    expect(await store.claim('d', 60_000)).toMatchObject({ state: 'claimed' });
    // `a` was claimed before `b`.
    expect(await store.claim('b', 60_000)).toEqual({ state: 'done' });
    expect(await store.claim('a', 60_000)).toMatchObject({ state: 'claimed' });
    await expect(store.claim('e', 60_000)).rejects.toThrow('memoryDedupe: all of 3 keys are in progress');
    expect(await store.claim('c', 60_000)).toEqual({ state: 'in-progress' });
  });

  it('takes a retry also if it is full: its key is there already', async () => {
    const store = memoryDedupe({ max: 1 });
    const first = await store.claim('a', 1);
    await sleep(10);
    expect(await store.claim('a', 60_000)).toMatchObject({ state: 'claimed', attempt: 2 });
    if (first.state !== 'claimed') throw new Error('It was claimed.');
    await store.complete('a', first.token, 60_000);
    expect(await store.claim('a', 60_000)).toEqual({ state: 'in-progress' });
  });

  it('forgets no other key for a retry, and a retried key keeps its place', async () => {
    const store = memoryDedupe({ max: 2 });
    await store.claim('a', 1);
    const b = await store.claim('b', 60_000);
    if (b.state === 'claimed') await store.complete('b', b.token, 60_000);
    await sleep(10);
    const a = await store.claim('a', 60_000);
    expect(a).toMatchObject({ state: 'claimed', attempt: 2 });
    if (a.state === 'claimed') await store.complete('a', a.token, 60_000);
    expect(await store.claim('c', 60_000)).toMatchObject({ state: 'claimed' });
    expect(await store.claim('b', 60_000)).toEqual({ state: 'done' });
  });

  it('forgets a claim whose lease has ended if there is no key that is done', async () => {
    const store = memoryDedupe({ max: 2 });
    await store.claim('a', 60_000);
    await store.claim('b', 1);
    await sleep(10);
    expect(await store.claim('c', 60_000)).toMatchObject({ state: 'claimed' });
    expect(await store.claim('a', 60_000)).toEqual({ state: 'in-progress' });
  });

  it('forgets the oldest keys while others stay, are released or are claimed again', async () => {
    const store = memoryDedupe({ max: 4 });
    const claim = async (key: string): Promise<string> => {
      const taken = await store.claim(key, 60_000);
      return taken.state === 'claimed' ? taken.token : taken.state;
    };
    const handle = async (key: string, ttlMs = 60_000): Promise<void> => {
      await store.complete(key, await claim(key), ttlMs);
    };
    const long = await claim('long');
    await handle('a');
    await store.release('back', await claim('back'));
    await handle('short', -1);
    await handle('b'); // Forgets a, because long is in progress.
    await handle('short'); // Moves short after b.
    await handle('c'); // Forgets back, which was released.
    await handle('d'); // Forgets b.
    expect(await Promise.all(['long', 'short', 'c', 'd'].map(claim))).toEqual(['in-progress', 'done', 'done', 'done']);
    await store.complete('long', long, 60_000);
    await handle('e'); // long is not the oldest key any more.
    expect(await claim('long')).toBe('done');
    for (let n = 0; n < 1000; n++) await handle(String(n));
    expect(await Promise.all(['996', '997', '998', '999'].map(claim))).toEqual(['done', 'done', 'done', 'done']);
    expect(await claim('995')).not.toBe('done');
    expect(await store.claim('back', 60_000)).toMatchObject({ state: 'claimed', attempt: 1 });
  });

  it.each([
    [0, RangeError],
    [1.5, RangeError],
    ['5', TypeError],
  ])('throws if max is %o', (max, error) => {
    expect(() => memoryDedupe({ max: max as number })).toThrow(error);
  });

  it('throws a TypeError if options is null', () => {
    expect(() => memoryDedupe(null as never)).toThrow(new TypeError('options: expected an object'));
  });
});
