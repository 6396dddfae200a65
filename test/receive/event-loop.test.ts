import { describe, expect, it, vi } from 'vitest';
import { sleep } from '../helpers/sleep.ts';

describe('endOfTurn', () => {
  it.each([
    ['Node.js 20', { setImmediate, navigator: undefined }, true],
    ['Node.js 22', { setImmediate, navigator: { userAgent: 'Node.js/22' } }, true],
    ['a browser', { setImmediate: undefined, navigator: { userAgent: 'Mozilla/5.0' } }, false],
    [
      'Cloudflare Workers, where a request cannot wait for another one',
      { setImmediate, navigator: { userAgent: 'Cloudflare-Workers' } },
      false,
    ],
  ])(
    'runs work at the end of the turn, and timeouts after it, on %s',
    async (_, { setImmediate, navigator }, isShared) => {
      vi.resetModules();
      const atEnd = setImmediate && vi.fn(setImmediate);
      vi.stubGlobal('setImmediate', atEnd);
      vi.stubGlobal('navigator', navigator);
      try {
        const { endOfTurn } = await import('../../src/receive/event-loop.ts');
        const { LATE, withDeadline } = await import('../../src/receive/deadline.ts');
        const { inTurn } = await import('../../src/receive/turns.ts');
        const source = (): (() => void) => () => undefined;
        expect(inTurn(source) === source).toBe(!isShared);
        atEnd?.mockClear();
        await Promise.all([endOfTurn(), endOfTurn()]);
        expect(atEnd?.mock.calls.length ?? 0).toBe(isShared ? 1 : 0);
        expect(await withDeadline(new Promise(() => undefined), performance.now() + 20)).toBe(LATE);
        expect(await withDeadline(sleep(0), performance.now() + 60_000)).toBeUndefined();
      } finally {
        vi.unstubAllGlobals();
      }
    },
  );
});
