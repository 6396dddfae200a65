// Lookups of host names: a few at a time.

import dns from 'node:dns';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lookupAll } from '../../src/media/node/lookups.ts';

type Answer = (error: Error | null, addresses: readonly dns.LookupAddress[]) => void;

const running = new Map<string, Answer>();
const started: string[] = [];

beforeEach(() => {
  // A mock: no name server here is slow.
  const lookup = (name: string, _options: object, callback: Answer): void => {
    started.push(name);
    running.set(name, callback);
  };
  vi.spyOn(dns, 'lookup').mockImplementation(lookup as never);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Starts lookups. Returns what they have called back with so far. */
function startAll(names: readonly string[], maxWaitMs: number): string[] {
  const ended: string[] = [];
  for (const name of names) {
    lookupAll(name, { all: true }, maxWaitMs, (error, addresses) => {
      ended.push(`${name}: ${error?.message ?? addresses.map(({ address }) => address).join()}`);
    });
  }
  return ended;
}

const answer = (name: string): void => running.get(name)?.(null, [{ address: `of ${name}`, family: 4 }]);

describe('lookups', () => {
  it('run two at a time, then the one that came last', () => {
    started.length = 0;
    const ended = startAll(['a', 'b', 'c', 'd'], 10_000);
    expect(started).toEqual(['a', 'b']);
    answer('b');
    expect(started).toEqual(['a', 'b', 'd']);
    running.get('a')?.(new Error('no such host'), []);
    expect(started).toEqual(['a', 'b', 'd', 'c']);
    answer('c');
    answer('d');
    expect(ended).toEqual(['b: of b', 'a: no such host', 'c: of c', 'd: of d']);
  });

  it('fail if they have to wait too long, and are then not started', async () => {
    started.length = 0;
    const ended = startAll(['a', 'b', 'c'], 20);
    await vi.waitFor(() => {
      expect(ended).toEqual(['c: Other lookups take too long']);
    });
    answer('a');
    answer('b');
    expect(started).toEqual(['a', 'b']);
  });
});
