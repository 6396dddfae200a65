// The file of JSON lines.

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

/** Opens it with this content, and tells what it saw. */
async function opened(
  content: string | Uint8Array,
  until = Infinity,
): Promise<{ journal: Journal; lines: string[]; piece: string | undefined }> {
  writeFileSync(path, content);
  const lines: string[] = [];
  let piece: string | undefined;
  const journal = await Journal.open(
    path,
    (line) => lines.push(line) < until,
    async (bytes) => {
      // It is still there while it is not kept.
      await expect(readFile(path)).resolves.toEqual(Buffer.from(content));
      piece = new TextDecoder().decode(bytes);
    },
  );
  return { journal, lines, piece };
}

describe('a journal', () => {
  it('is closed where its lines are not wanted', async () => {
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

  it('is left as it is where its last piece cannot be kept', async () => {
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

  it('tells of its lines, the last first, until that is enough', async () => {
    for (const [until, expected] of [
      [Infinity, ['"c"', '', '"ä"']],
      [2, ['"c"', '']],
      [1, ['"c"']],
    ] as const) {
      const { journal, lines, piece } = await opened('"ä"\n\n"c"\n', until);
      await journal.close();
      expect([lines, piece]).toEqual([expected, undefined]);
      expect(readFileSync(path, 'utf8')).toBe('"ä"\n\n"c"\n');
    }
  });

  it('reads lines that are longer than what it reads at once, and such as end where that does', async () => {
    const lengths = [0, 1, 262_143, 262_144, 262_145, 600_000];
    const written = lengths.map((length) => 'x'.repeat(length));
    const { journal, lines } = await opened(`${written.join('\n')}\n`);
    await journal.close();
    expect(lines.reverse().map(({ length }) => length)).toEqual(lengths);
  });

  it('loses no whole line and keeps no piece, wherever a crash cut it', async () => {
    const whole = '{"a":1}\n{"b":"é"}\n{"c":3}\n';
    const bytes = Buffer.from(whole);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length), fc.constantFrom('', '\0\0\0', '{"d'), async (cut, garbage) => {
        const content = Buffer.concat([bytes.subarray(0, cut), Buffer.from(garbage)]);
        const { journal } = await opened(content);
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

  it('writes lines in the order in which they came, and tells of each when it is on the disk', async () => {
    const { journal } = await opened('');
    const told: number[] = [];
    await Promise.all(
      Array.from({ length: 500 }, async (_, n) => {
        await journal.append(String(n));
        told.push(n);
        expect(readFileSync(path, 'utf8')).toContain(`${String(n)}\n`);
      }),
    );
    await journal.close();
    const expected = Array.from({ length: 500 }, (_, n) => n);
    expect(told).toEqual(expected);
    expect(readFileSync(path, 'utf8')).toBe(expected.map((n) => `${String(n)}\n`).join(''));
  });

  it('has nothing of what could not be written, also where it could not be taken out at once (by a mock: a disk that fails)', async () => {
    const { journal } = await opened('"a"\n');
    const probe = await open(path);
    const file = Object.getPrototypeOf(probe) as Awaited<ReturnType<typeof open>>;
    await probe.close();
    const sync = vi.spyOn(file, 'sync').mockRejectedValueOnce(new Error('EIO'));
    const truncate = vi.spyOn(file, 'truncate').mockRejectedValueOnce(new Error('EIO'));
    await expect(Promise.all([journal.append('"b"'), journal.append('"c"')])).rejects.toThrow('EIO');
    // The second stands alone by now, and what is torn is cut before it is written.
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
