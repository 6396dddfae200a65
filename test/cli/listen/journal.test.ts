// The file of JSON lines behind `mo-postback listen`.

import fs, {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Journal } from '../../../src/cli/listen/journal.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mo-postback-journal-'));
  path = join(folder, 'journal.ndjson');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const neverCalled = (): void => {
  throw new Error('must not be called');
};

/** Its methods are those of all file handles. */
async function prototypeOfFiles(): Promise<FileHandle> {
  const probe = await open(folder);
  await probe.close();
  return Object.getPrototypeOf(probe) as FileHandle;
}

/** The same with one form of `write`. */
async function writingFiles(): Promise<{
  write: (this: unknown, bytes: Buffer, from?: number) => Promise<{ readonly bytesWritten: number }>;
}> {
  return await prototypeOfFiles();
}

/** Opens a journal with this content. Returns the lines that it has read, and the incomplete one. */
async function openJournal(
  content: string | Uint8Array,
  until = Infinity,
  file = path,
): Promise<{ journal: Journal; lines: string[]; incompleteLine: string | undefined }> {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  const lines: string[] = [];
  let incompleteLine: string | undefined;
  const journal = await Journal.open(
    file,
    (line) => lines.push(line) < until,
    async (bytes) => {
      // The line is removed only after this function has stored it.
      await expect(readFile(file)).resolves.toEqual(Buffer.from(content));
      incompleteLine = new TextDecoder().decode(bytes);
    },
    neverCalled,
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
        neverCalled,
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
        neverCalled,
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

  it('removes a line that could not be written (simulated disk failure)', async () => {
    const { journal } = await openJournal('"a"\n');
    const file = await prototypeOfFiles();
    vi.spyOn(file, 'sync').mockRejectedValueOnce(new Error('EIO'));
    await expect(Promise.all([journal.append('"b"'), journal.append('"c"')])).rejects.toThrow('EIO');
    // The second line is written alone now, after the failed bytes of the first one were removed.
    await vi.waitFor(() => {
      expect(readFileSync(path, 'utf8')).toBe('"a"\n"c"\n');
    });
    vi.restoreAllMocks();
    await journal.append('"d"');
    await journal.close();
    expect(readFileSync(path, 'utf8')).toBe('"a"\n"c"\n"d"\n');
  });

  it('goes on after a line that it cannot remove (simulated: the file may only grow)', async () => {
    const { journal } = await openJournal('"a"\n');
    const file = await prototypeOfFiles();
    vi.spyOn(file, 'sync').mockRejectedValueOnce(new Error('EIO'));
    const truncate = vi.spyOn(fs, 'ftruncateSync').mockImplementation(() => {
      throw new Error('EPERM');
    });
    syncBuiltinESMExports();
    await expect(journal.append('"b"')).rejects.toThrow('EIO');
    expect(truncate).toHaveBeenCalledOnce();
    vi.restoreAllMocks();
    syncBuiltinESMExports();
    await journal.append('"c"');
    await journal.close();
    expect(readFileSync(path, 'utf8')).toBe('"a"\n"b"\n"c"\n');
  });

  it.each([
    ['', '"a"\n"bbbb"\n'],
    // What the other program has appended to an incomplete line cannot be told from that line.
    ['"other"\n', '"a"\n"bb"other"\n\n"bbbb"\n'],
  ])(
    'writes a line again, in one piece, if only a part of it was written before %j (simulated)',
    async (other, all) => {
      const { journal } = await openJournal('"a"\n');
      const file = await writingFiles();
      const write = Reflect.get(file, 'write');
      vi.spyOn(file, 'write').mockImplementationOnce(async function (this: unknown, bytes) {
        const written = await write.call(this, bytes.subarray(0, 3));
        appendFileSync(path, other);
        return written;
      });
      await journal.append('"bbbb"');
      vi.restoreAllMocks();
      await journal.close();
      expect(readFileSync(path, 'utf8')).toBe(all);
    },
  );

  it('says why only a part of a line could be written, and removes that part (simulated: the disk is full)', async () => {
    const { journal } = await openJournal('"a"\n');
    const file = await writingFiles();
    const write = Reflect.get(file, 'write');
    vi.spyOn(file, 'write')
      .mockImplementationOnce(function (this: unknown, bytes) {
        return write.call(this, bytes.subarray(0, 3));
      })
      .mockRejectedValueOnce(new Error('ENOSPC'));
    await expect(journal.append('"bbbb"')).rejects.toThrow('ENOSPC');
    vi.restoreAllMocks();
    await journal.close();
    expect(readFileSync(path, 'utf8')).toBe('"a"\n');
  });

  it('fails if the system writes each line only in part (simulated)', async () => {
    const { journal } = await openJournal('"a"\n');
    const file = await writingFiles();
    const write = Reflect.get(file, 'write');
    vi.spyOn(file, 'write').mockImplementation(function (this: unknown, bytes, from = 0) {
      return write.call(this, bytes.subarray(from, from + 2));
    });
    await expect(journal.append('"bbbb"')).rejects.toThrow('all the time');
    vi.restoreAllMocks();
    await journal.close();
    expect(readFileSync(path, 'utf8')).toBe('"a"\n');
  });

  it('does not write lines again that were whole in a part that cannot be removed (simulated)', async () => {
    const { journal } = await openJournal('"a"\n');
    const file = await writingFiles();
    const write = Reflect.get(file, 'write');
    const spy = vi.spyOn(file, 'write').mockImplementationOnce(async function (this: unknown, bytes) {
      // The next ones are written together.
      const written = await write.call(this, bytes);
      spy.mockImplementationOnce(async function (this: unknown, more) {
        const part = await write.call(this, more.subarray(0, 10));
        appendFileSync(path, '"other"\n');
        return part;
      });
      return written;
    });
    await Promise.all(['"b"', '"c"', '"d"', '"e"'].map((line) => journal.append(line)));
    vi.restoreAllMocks();
    await journal.close();
    expect(readFileSync(path, 'utf8')).toBe('"a"\n"b"\n"c"\n"d"\n"e"other"\n\n"e"\n');
  });

  it.each([
    ['{"te', '"a"\n{"te"b"\n"b"\n'],
    ['{}\n', '"a"\n{}\n"b"\n'],
  ])('writes a line again if it is behind what others have appended meanwhile: %j', async (other, all) => {
    const { journal } = await openJournal('"a"\n');
    const file = await writingFiles();
    const write = Reflect.get(file, 'write');
    vi.spyOn(file, 'write').mockImplementationOnce(async function (this: unknown, bytes) {
      appendFileSync(path, other);
      return write.call(this, bytes);
    });
    await journal.append('"b"');
    vi.restoreAllMocks();
    await journal.close();
    expect(readFileSync(path, 'utf8')).toBe(all);
  });

  it('writes lines again if others have truncated the file meanwhile', async () => {
    const { journal } = await openJournal('"a"\n');
    const file = await writingFiles();
    const write = Reflect.get(file, 'write');
    vi.spyOn(file, 'write')
      // The next ones are written together.
      .mockImplementationOnce(write)
      .mockImplementationOnce(async function (this: unknown, bytes) {
        const written = await write.call(this, bytes);
        truncateSync(path);
        return written;
      });
    await Promise.all(['"b"', '"c"', '"d"'].map((line) => journal.append(line)));
    vi.restoreAllMocks();
    await journal.close();
    expect(readFileSync(path, 'utf8')).toBe('"c"\n"d"\n');
  });

  it('fails if its file is moved all the time', async () => {
    const { journal } = await openJournal('"a"\n');
    const file = await writingFiles();
    const write = Reflect.get(file, 'write');
    let moves = 0;
    vi.spyOn(file, 'write').mockImplementation(function (this: unknown, bytes) {
      renameSync(path, `${path}.${String(moves++)}`);
      return write.call(this, bytes);
    });
    await expect(journal.append('"b"')).rejects.toThrow('moved or changed all the time');
    vi.restoreAllMocks();
    await journal.append('"c"');
    await journal.close();
    expect(readFileSync(path, 'utf8')).toBe('"c"\n');
    expect(readFileSync(`${path}.${String(moves - 1)}`, 'utf8')).toBe('');
  });

  it('does not open a file whose only line is incomplete and cannot be removed (simulated: the file may only grow)', async () => {
    vi.spyOn(fs, 'ftruncateSync').mockImplementation(() => {
      throw new Error('EPERM');
    });
    syncBuiltinESMExports();
    await expect(openJournal('{"te')).rejects.toThrow('cannot be removed');
    await (await openJournal('"a"\n{"te')).journal.close();
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });

  it('takes its lock again if somebody has deleted it', async () => {
    const { journal } = await openJournal('"a"\n');
    for (const name of readdirSync(folder)) if (name.startsWith('.listen-')) rmSync(join(folder, name));
    await journal.append('"b"');
    await expect(openJournal('"a"\n"b"\n')).rejects.toThrow('another process uses it');
    await journal.close();
  });

  it('makes no file if another process has locked its path', async () => {
    const { journal } = await openJournal('"a"\n');
    rmSync(path);
    await expect(
      Journal.open(
        path,
        () => true,
        () => Promise.resolve(),
        () => undefined,
      ),
    ).rejects.toThrow('another process');
    expect(existsSync(path)).toBe(false);
    await journal.close();
  });

  it('locks its file until it is closed', async () => {
    const { journal } = await openJournal('"a"\n');
    await expect(openJournal('"a"\n')).rejects.toThrow('another process uses it');
    await journal.close();
    await (await openJournal('"a"\n')).journal.close();
  });

  it('removes only what a failed write has added, not what others have written (simulated disk failure)', async () => {
    const { journal } = await openJournal('"a"\n');
    const file = await prototypeOfFiles();
    vi.spyOn(file, 'sync').mockImplementationOnce(() => {
      appendFileSync(path, '"other"\n');
      return Promise.reject(new Error('EIO'));
    });
    await expect(journal.append('"b"')).rejects.toThrow('EIO');
    vi.restoreAllMocks();
    await journal.append('"c"');
    await journal.close();
    expect(readFileSync(path, 'utf8')).toBe('"a"\n"b"\n"other"\n"c"\n');
  });

  it('does not extend a file that others have emptied (simulated disk failure)', async () => {
    const { journal } = await openJournal('"a"\n');
    truncateSync(path);
    vi.spyOn(await prototypeOfFiles(), 'write').mockRejectedValueOnce(new Error('EIO'));
    await expect(journal.append('"b"')).rejects.toThrow('EIO');
    vi.restoreAllMocks();
    expect(readFileSync(path, 'utf8')).toBe('');
    await journal.append('"c"');
    await journal.close();
    expect(readFileSync(path, 'utf8')).toBe('"c"\n');
  });

  it('starts a new line if others have written an incomplete one', async () => {
    const { journal } = await openJournal('"a"\n');
    appendFileSync(path, '{"te');
    await journal.append('"b"');
    await journal.close();
    expect(readFileSync(path, 'utf8')).toBe('"a"\n{"te\n"b"\n');
  });

  it.each([
    ['moved', renameSync],
    [
      'deleted',
      (from: string) => {
        rmSync(from);
      },
    ],
    [
      'replaced',
      (from: string, to: string) => {
        renameSync(from, to);
        writeFileSync(from, '{}');
      },
    ],
  ])('starts a new file if its file was %s', async (how, change) => {
    const { journal } = await openJournal('"a"\n');
    await journal.append('"b"');
    change(path, `${path}.${how}`);
    await journal.append('"c"');
    await journal.close();
    expect(readFileSync(path, 'utf8')).toBe(how === 'replaced' ? '{}\n"c"\n' : '"c"\n');
    if (how !== 'deleted') expect(readFileSync(`${path}.${how}`, 'utf8')).toBe('"a"\n"b"\n');
  });

  it('writes a line to the new file if the file is moved during the write', async () => {
    const { journal } = await openJournal('"a"\n');
    const file = await prototypeOfFiles();
    const write = Reflect.get(file, 'write') as (...args: unknown[]) => Promise<unknown>;
    vi.spyOn(file, 'write').mockImplementationOnce(async function (this: unknown, ...args: unknown[]) {
      renameSync(path, `${path}.during`);
      return (await Reflect.apply(write, this, args)) as never;
    });
    await journal.append('"b"');
    vi.restoreAllMocks();
    await journal.close();
    expect([readFileSync(`${path}.during`, 'utf8'), readFileSync(path, 'utf8')]).toEqual(['"a"\n', '"b"\n']);
  });

  it('makes its folder again if that was deleted, and locks the new file', async () => {
    const inFolder = join(folder, 'deleted', 'journal.ndjson');
    const { journal } = await openJournal('', Infinity, inFolder);
    rmSync(join(folder, 'deleted'), { recursive: true });
    await journal.append('"a"');
    expect(readFileSync(inFolder, 'utf8')).toBe('"a"\n');
    await expect(openJournal('"a"\n', Infinity, inFolder)).rejects.toThrow('another process uses it');
    await journal.close();
    expect(readdirSync(join(folder, 'deleted'))).toEqual(['journal.ndjson']);
  });

  it('follows a symbolic link that leads to another file now, and locks that file', async () => {
    const [link, second] = [join(folder, 'link'), join(folder, 'second')];
    writeFileSync(second, '');
    symlinkSync(path, link);
    const { journal } = await openJournal('', Infinity, link);
    rmSync(link);
    symlinkSync(second, link);
    await journal.append('"a"');
    expect([readFileSync(path, 'utf8'), readFileSync(second, 'utf8')]).toEqual(['', '"a"\n']);
    await expect(openJournal('"a"\n', Infinity, second)).rejects.toThrow('another process uses it');
    // Nobody uses the first file now.
    await (await openJournal('')).journal.close();
    await journal.close();
  });

  it('rejects while there is something else at its path', async () => {
    const { journal } = await openJournal('"a"\n');
    rmSync(path);
    mkdirSync(path);
    await expect(journal.append('"b"')).rejects.toMatchObject({ code: 'EISDIR' });
    rmSync(path, { recursive: true });
    await journal.append('"c"');
    await journal.close();
    expect(readFileSync(path, 'utf8')).toBe('"c"\n');
  });

  it('refuses a file with a line that is too long, without reading all of it', async () => {
    writeFileSync(path, '{');
    truncateSync(path, 2 ** 40);
    const { rss } = process.memoryUsage();
    await expect(
      Journal.open(
        path,
        () => true,
        () => Promise.resolve(),
        neverCalled,
      ),
    ).rejects.toThrow('it contains a line of more than 32 MiB');
    expect(process.memoryUsage().rss - rss).toBeLessThan(128 * 1024 * 1024);
  });
});
