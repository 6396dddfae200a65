// The file of JSON lines behind `mo-postback listen`.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { Journal } from '../../../src/cli/listen/journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'mo-postback-journal-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const path = join(folder, 'journal.ndjson');

/** Opens a journal with this content. Returns the lines that it has read, and the incomplete one. */
async function openJournal(
  content: string | Uint8Array,
  until = Infinity,
): Promise<{ journal: Journal; lines: string[]; incompleteLine: string | undefined }> {
  writeFileSync(path, content);
  const lines: string[] = [];
  let incompleteLine: string | undefined;
  const journal = await Journal.open(
    path,
    (line) => lines.push(line) < until,
    async (bytes) => {
      // The line is removed only after this function has stored it.
      await expect(readFile(path)).resolves.toEqual(Buffer.from(content));
      incompleteLine = new TextDecoder().decode(bytes);
    },
  );
  return { journal, lines, incompleteLine };
}

describe('Journal', () => {
  it('rejects with what onLine throws', async () => {
    writeFileSync(path, '"a"\n');
    const refusal = new Error('not this one');
    await expect(
      Journal.open(
        path,
        () => {
          throw refusal;
        },
        () => Promise.resolve(),
      ),
    ).rejects.toBe(refusal);
  });

  it('does not change the file if onIncompleteLine rejects', async () => {
    const content = '"a"\n{"b';
    writeFileSync(path, content);
    const refusal = new Error('no room');
    await expect(
      Journal.open(
        path,
        () => true,
        () => Promise.reject(refusal),
      ),
    ).rejects.toBe(refusal);
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  it('calls onLine with the lines, the last one first, until it returns false', async () => {
    for (const [until, expected] of [
      [Infinity, ['"c"', '', '"ä"']],
      [2, ['"c"', '']],
      [1, ['"c"']],
    ] as const) {
      const { journal, lines, incompleteLine } = await openJournal('"ä"\n\n"c"\n', until);
      await journal.close();
      expect([lines, incompleteLine]).toEqual([expected, undefined]);
      expect(readFileSync(path, 'utf8')).toBe('"ä"\n\n"c"\n');
    }
  });

  it('reads lines that are longer than a block, and lines that end where a block ends', async () => {
    const lengths = [0, 1, 262_143, 262_144, 262_145, 600_000];
    const written = lengths.map((length) => 'x'.repeat(length));
    const { journal, lines } = await openJournal(`${written.join('\n')}\n`);
    await journal.close();
    expect(lines.reverse().map(({ length }) => length)).toEqual(lengths);
  });

  it('keeps all whole lines and removes an incomplete one, wherever a crash has cut the file', async () => {
    const whole = '{"a":1}\n{"b":"é"}\n{"c":3}\n';
    const bytes = Buffer.from(whole);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length), fc.constantFrom('', '\0\0\0', '{"d'), async (cut, garbage) => {
        const content = Buffer.concat([bytes.subarray(0, cut), Buffer.from(garbage)]);
        const { journal } = await openJournal(content);
        await journal.append('"new"');
        await journal.close();
        const before = content.toString().split('\n');
        const tail = before.pop() ?? '';
        const isWhole = tail.startsWith('{') && tail.endsWith('}');
        expect(readFileSync(path, 'utf8')).toBe([...before, ...(isWhole ? [tail] : []), '"new"', ''].join('\n'));
      }),
      { numRuns: 100 },
    );
  });

  it('appends lines in order, and resolves when each is on the disk', async () => {
    const { journal } = await openJournal('');
    const written: number[] = [];
    await Promise.all(
      Array.from({ length: 500 }, async (_, n) => {
        await journal.append(String(n));
        written.push(n);
        expect(readFileSync(path, 'utf8')).toContain(`${String(n)}\n`);
      }),
    );
    await journal.close();
    const expected = Array.from({ length: 500 }, (_, n) => n);
    expect(written).toEqual(expected);
    expect(readFileSync(path, 'utf8')).toBe(expected.map((n) => `${String(n)}\n`).join(''));
  });

  it('removes a line that could not be written, even if removing it fails at first (simulated disk failure)', async () => {
    const { journal } = await openJournal('"a"\n');
    const probe = await open(path);
    const file = Object.getPrototypeOf(probe) as Awaited<ReturnType<typeof open>>;
    await probe.close();
    const sync = vi.spyOn(file, 'sync').mockRejectedValueOnce(new Error('EIO'));
    const truncate = vi.spyOn(file, 'truncate').mockRejectedValueOnce(new Error('EIO'));
    await expect(Promise.all([journal.append('"b"'), journal.append('"c"')])).rejects.toThrow('EIO');
    // The second line is written alone now, after the failed bytes of the first one were removed.
    await vi.waitFor(() => {
      expect(readFileSync(path, 'utf8')).toBe('"a"\n"c"\n');
    });
    expect([sync.mock.calls.length >= 2, truncate.mock.calls.length]).toEqual([true, 2]);
    vi.restoreAllMocks();
    await journal.append('"d"');
    await journal.close();
    expect(readFileSync(path, 'utf8')).toBe('"a"\n"c"\n"d"\n');
  });
});
