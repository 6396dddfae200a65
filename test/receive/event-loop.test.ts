import { describe, expect, it, vi } from 'vitest';
import { workAtEndOfTurn } from '../../src/receive/event-loop.ts';
import { sleep } from '../helpers/sleep.ts';

describe('workAtEndOfTurn', () => {
  it.each([
    ['Node.js 20', { setImmediate, navigator: undefined }, true],
    ['Node.js 22', { setImmediate, navigator: { userAgent: 'Node.js/22' } }, true],
    ['a browser that names another', { setImmediate, navigator: { userAgent: 'Mozilla/5.0 Node.js/22' } }, false],
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
        const { workAtEndOfTurn } = await import('../../src/receive/event-loop.ts');
        const { LATE, withDeadline } = await import('../../src/receive/deadline.ts');
        const { inTurn } = await import('../../src/receive/turns.ts');
        const source = (): (() => void) => () => undefined;
        expect(inTurn(source) === source).toBe(!isShared);
        atEnd?.mockClear();
        expect(await Promise.all([workAtEndOfTurn(() => 1), workAtEndOfTurn(() => 2)])).toEqual([1, 2]);
        await expect(workAtEndOfTurn(() => JSON.parse('{') as unknown)).rejects.toThrow(SyntaxError);
        expect(atEnd?.mock.calls.length ?? 0).toBe(isShared ? 2 : 0);
        expect(await withDeadline(new Promise(() => undefined), performance.now() + 20)).toBe(LATE);
        expect(await withDeadline(sleep(0), performance.now() + 60_000)).toBeUndefined();
      } finally {
        vi.unstubAllGlobals();
        // No other test gets modules that were loaded for that platform.
        vi.resetModules();
      }
    },
  );

  it('leaves work for later turns after 20 ms', async () => {
    const time = vi.spyOn(performance, 'now').mockReturnValue(0);
    const turns: (string | number)[][] = [[]];
    const note = (event: string | number): void => void turns.at(-1)?.push(event);
    const endTurn = (): void => {
      turns.push([]);
      if (turns.length < 6) setImmediate(endTurn);
    };
    try {
      const working = [10, 10, 5, 30, 1].map((ms, n) =>
        workAtEndOfTurn(() => {
          note(n);
          time.mockReturnValue(performance.now() + ms);
        }),
      );
      setImmediate(endTurn);
      const more = workAtEndOfTurn(() => {
        note('more');
      });
      await Promise.all([...working, more]);
      expect(turns).toEqual([
        [0, 1],
        [2, 3],
        [4, 'more'],
      ]);
    } finally {
      vi.restoreAllMocks();
    }
  });
});
