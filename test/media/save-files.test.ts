// saveFiles: the files of a message in a folder.

import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import fsPromises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { saveFiles } from '../../src/media/node.ts';
import type { MediaOptions, SavedFiles } from '../../src/media/node.ts';
import { hosting, hostingFiles, hostingRaw, hostingSlowly, JPEG, LOCAL } from '../helpers/media.ts';
import { createSandbox } from '../helpers/sandbox.ts';

const sandbox = createSandbox();

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A content host that counts the requests of each path. */
async function counting(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<{ base: string; requested: string[] }> {
  const requested: string[] = [];
  const base = await hosting(({ url }, response) => {
    const name = String(url).slice(1);
    requested.push(name);
    const content = files[name];
    if (content === undefined) response.writeHead(410).end();
    else response.end(content);
  });
  return { base, requested };
}

async function save(base: string, names: string, directory: string, options: MediaOptions = {}): Promise<SavedFiles> {
  return saveFiles({ files: Array.from(names, (name) => base + name) }, { ...LOCAL, ...options, directory });
}

const codesOf = ({ files }: SavedFiles): string[] => files.map(({ error }) => error?.code ?? '');
const manifestIn = (directory: string): unknown => JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'));

describe('saveFiles', () => {
  it('saves each file under a name that is made here, and the results as a manifest', async () => {
    const directory = join(sandbox.newPath(), 'new', 'folder');
    const base = await hostingFiles({
      'x.png': [JPEG, 'image/png'],
      t: ['Hello', 'text/plain; charset=utf-8'],
      'm.smil': ['<smil/>', 'application/smil'],
      v: ['BEGIN:VCARD\nEND:VCARD', 'text/x-vcard'],
      pdf: ['%PDF-1.7\n', ''],
      unknown: '\0',
    });
    const urls = ['x.png', 't', 'm.smil', 'v', 'pdf', 'unknown', 'missing'].map((name) => base + name);
    const saved = await saveFiles({ files: urls }, { ...LOCAL, directory });
    const names = ['01.jpg', '02.txt', '03.smil', '04.vcf', '05.pdf', '06.bin'];
    expect(saved.directory).toBe(directory);
    expect(saved.files.slice(0, 2)).toEqual([
      {
        success: true,
        index: 0,
        url: urls[0],
        path: join(directory, '01.jpg'),
        contentType: 'image/png',
        detectedType: 'image/jpeg',
        size: JPEG.length,
        sha256: sha256(JPEG),
      },
      {
        success: true,
        index: 1,
        url: urls[1],
        path: join(directory, '02.txt'),
        contentType: 'text/plain; charset=utf-8',
        size: 5,
        sha256: sha256('Hello'),
      },
    ]);
    expect(saved.files.map((file) => (file.success ? file.path : file.error.code))).toEqual([
      ...names.map((name) => join(directory, name)),
      'GONE',
    ]);
    expect(readdirSync(directory)).toEqual([...names, 'manifest.json']);
    expect(readFileSync(join(directory, '02.txt'), 'utf8')).toBe('Hello');
    // The folder may be moved.
    const stored = saved.files.map((file, n) => (file.success ? { ...file, path: names[n] } : file));
    expect(manifestIn(directory)).toEqual(JSON.parse(JSON.stringify({ files: stored })));
    expect(
      [directory, join(directory, '01.jpg'), join(directory, 'manifest.json')].map(
        (path) => statSync(path).mode & 0o777,
      ),
    ).toEqual([0o700, 0o600, 0o600]);
  });

  it('has as many digits in the names as the number of files', async () => {
    const directory = sandbox.newPath();
    const { base } = await counting({ a: 'a' });
    await save(base, 'a'.repeat(100), directory);
    expect([readdirSync(directory)[0], readdirSync(directory).at(-2)]).toEqual(['001.txt', '100.txt']);
  });

  it('makes folders also on a path that goes up', async () => {
    const base = sandbox.newPath();
    mkdirSync(base);
    const directory = `${base}/new/../other/../../${base.replace(/.*\//, '')}/a/b`;
    await saveFiles({ files: [] }, { directory });
    expect(readdirSync(join(base, 'a/b'))).toEqual(['manifest.json']);
  });

  it('makes a folder without files for a message without files', async () => {
    const directory = sandbox.newPath();
    expect(await saveFiles({ files: [] }, { directory })).toEqual({ directory, files: [] });
    expect(readdirSync(directory)).toEqual(['manifest.json']);
  });

  it('fetches at most as many files at the same time as the option says, and each only once', async () => {
    const { base, most } = await hostingSlowly();
    await save(base, 'abcdefgh', sandbox.newPath(), { concurrency: 3 });
    expect(most()).toBe(3);
  });

  it('has no warning about listeners, however many files it fetches at the same time', async () => {
    const warnings: string[] = [];
    const onWarning = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', onWarning);
    const { base } = await counting({ a: 'a' });
    await save(base, 'a'.repeat(30), sandbox.newPath(), { concurrency: 30 });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('starts a file again from its start after a lost connection', async () => {
    const directory = sandbox.newPath();
    const base = await hostingRaw((socket, n) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\n${n === 1 ? 'ab' : 'abcd'}`);
      setTimeout(() => socket.destroy(), 20);
    });
    // The bytes of the attempt that failed do not count.
    expect(codesOf(await save(base, 'a', directory, { maxTotalBytes: 5 }))).toEqual(['']);
    expect(readdirSync(directory)).toEqual(['01.txt', 'manifest.json']);
    expect(readFileSync(join(directory, '01.txt'), 'utf8')).toBe('abcd');
  });

  it('does not let a file that fails stop the others', async () => {
    const directory = sandbox.newPath();
    const { base } = await counting({ a: 'a', c: 'c' });
    expect(codesOf(await save(base, 'abc', directory))).toEqual(['', 'GONE', '']);
    expect(readdirSync(directory)).toEqual(['01.txt', '03.txt', 'manifest.json']);
  });

  it('rejects with the reason of the signal, and leaves nothing that is not complete', async () => {
    const directory = sandbox.newPath();
    const stopping = new AbortController();
    const reason = new Error('stopped');
    const base = await hosting(({ url }, response) => {
      if (url === '/a') response.end('a');
      else
        response.write('b', () =>
          setTimeout(() => {
            stopping.abort(reason);
          }, 50),
        );
    });
    await expect(save(base, 'ab', directory, { signal: stopping.signal })).rejects.toBe(reason);
    expect(readdirSync(directory)).toEqual(['01.txt', 'manifest.json']);
    const unused = sandbox.newPath();
    await expect(save(base, 'ab', unused, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(existsSync(unused)).toBe(false);
  });
});

describe('a second call with the same folder', () => {
  it('fetches only what is missing, without asking for the others', async () => {
    const directory = sandbox.newPath();
    const files: Record<string, string> = { a: 'a', c: 'c' };
    const { base, requested } = await counting(files);
    const first = await save(base, 'abc', directory);
    files['b'] = 'b';
    requested.length = 0;
    const second = await save(base, 'abc', directory);
    expect(requested).toEqual(['b']);
    expect(codesOf(second)).toEqual(['', '', '']);
    expect([second.files[0], second.files[2]]).toEqual([first.files[0], first.files[2]]);
    requested.length = 0;
    expect(await save(base, 'abc', directory)).toEqual(second);
    expect(requested).toEqual([]);
  });

  it.each([
    [
      'shorter',
      (path: string): void => {
        truncateSync(path, 1);
      },
    ],
    [
      'changed',
      (path: string): void => {
        writeFileSync(path, 'xxx');
      },
    ],
    [
      'deleted',
      (path: string): void => {
        rmSync(path);
      },
    ],
    [
      'a folder',
      (path: string): void => {
        rmSync(path);
        mkdirSync(path);
        rmSync(path, { recursive: true });
      },
    ],
  ])('fetches a file again that is %s', async (_, damage) => {
    const directory = sandbox.newPath();
    const { base, requested } = await counting({ a: 'aaa' });
    await save(base, 'a', directory);
    damage(join(directory, '01.txt'));
    await save(base, 'a', directory);
    expect(requested).toEqual(['a', 'a']);
    expect(readFileSync(join(directory, '01.txt'), 'utf8')).toBe('aaa');
  });

  it('does not take a symbolic link for the file', async () => {
    const [directory, outside] = [sandbox.newPath(), sandbox.newPath()];
    const { base, requested } = await counting({ a: 'aaa' });
    await save(base, 'a', directory);
    rmSync(join(directory, '01.txt'));
    writeFileSync(outside, 'aaa');
    symlinkSync(outside, join(directory, '01.txt'));
    await save(base, 'a', directory);
    expect(requested).toEqual(['a', 'a']);
    expect(statSync(outside).size).toBe(3);
  });

  it('finds the folder also after it was moved', async () => {
    const [directory, moved] = [sandbox.newPath(), sandbox.newPath()];
    const { base, requested } = await counting({ a: 'a' });
    await save(base, 'a', directory);
    await fsPromises.rename(directory, moved);
    const { files } = await save(base, 'a', moved);
    expect(files[0]).toMatchObject({ path: join(moved, '01.txt') });
    expect(requested).toEqual(['a']);
  });

  it('replaces a file whose type has changed', async () => {
    const directory = sandbox.newPath();
    const files: Record<string, string | Uint8Array> = { a: JPEG };
    const { base } = await counting(files);
    await save(base, 'a', directory);
    truncateSync(join(directory, '01.jpg'), 1);
    files['a'] = 'Hello';
    await save(base, 'a', directory);
    expect(readdirSync(directory)).toEqual(['01.txt', 'manifest.json']);
  });

  it('removes what a process that was killed has left', async () => {
    const directory = sandbox.newPath();
    const { base } = await counting({ a: 'a' });
    await save(base, 'a', directory);
    writeFileSync(join(directory, '.0123456789abcdef.part'), 'half');
    writeFileSync(join(directory, 'mine.txt'), 'mine');
    await save(base, 'a', directory);
    expect(readdirSync(directory)).toEqual(['01.txt', 'manifest.json', 'mine.txt']);
  });

  it('waits for the first one, in the same process', async () => {
    const directory = sandbox.newPath();
    const { base, requested } = await counting({ a: 'a', b: 'b' });
    const calls = [save(base, 'ab', directory), save(base, 'ab', directory), save(base, 'ab', `${directory}/.`)];
    const [first] = await Promise.all(calls);
    expect(first?.files.map(({ success }) => success)).toEqual([true, true]);
    expect(requested.sort()).toEqual(['a', 'b']);
  });

  it('goes on after the first one was stopped', async () => {
    const directory = sandbox.newPath();
    const stopping = new AbortController();
    let second: Promise<SavedFiles> | undefined;
    const base = await hosting((_, response) => {
      if (second !== undefined) {
        response.end('a');
        return;
      }
      // The first request is never answered.
      second = save(base, 'a', directory);
      setTimeout(() => {
        stopping.abort();
      }, 50);
    });
    await expect(save(base, 'a', directory, { signal: stopping.signal })).rejects.toThrow('aborted');
    expect(codesOf((await second) ?? { directory, files: [] })).toEqual(['']);
  });

  it('knows the types of the files that it keeps, and takes nothing else from the manifest', async () => {
    const directory = sandbox.newPath();
    const base = await hostingFiles({ a: [JPEG, 'image/jpeg'] });
    const first = await save(base, 'a', directory);
    expect(await save(base, 'a', directory)).toEqual(first);
    const manifest = readFileSync(join(directory, 'manifest.json'), 'utf8');
    const changed = manifest.replace('"01.jpg"', '"../../etc/passwd"').replaceAll('"image/jpeg"', '7');
    writeFileSync(join(directory, 'manifest.json'), changed);
    const { files } = await save(base, 'a', directory);
    expect(files[0]).toEqual({
      success: true,
      index: 0,
      url: `${base}a`,
      path: join(directory, '01.jpg'),
      size: JPEG.length,
      sha256: sha256(JPEG),
    });
  });

  it('fetches a file again that cannot be read, and keeps the others', async () => {
    const directory = sandbox.newPath();
    const { base, requested } = await counting({ a: 'a', b: 'b' });
    await save(base, 'ab', directory);
    requested.length = 0;
    // A mock: root may read every file.
    const refused = Object.assign(new Error(), { code: 'EACCES', syscall: 'open' });
    const { open } = fsPromises;
    const spy = vi
      .spyOn(fsPromises, 'open')
      .mockImplementation((path, ...rest) =>
        String(path).endsWith('01.txt') ? Promise.reject(refused) : open(path, ...rest),
      );
    syncBuiltinESMExports();
    const saved = await save(base, 'ab', directory).finally(() => {
      spy.mockRestore();
      syncBuiltinESMExports();
    });
    expect(codesOf(saved)).toEqual(['', '']);
    expect(requested).toEqual(['a']);
  });

  it('leaves folders alone that have names as our files have them', async () => {
    const directory = sandbox.newPath();
    for (const name of ['01.bin', '.0123456789abcdef.part']) mkdirSync(join(directory, name, 'a'), { recursive: true });
    const { base } = await counting({ a: 'a' });
    for (let call = 0; call < 2; call++) expect(codesOf(await save(base, 'a', directory))).toEqual(['']);
    expect(readdirSync(directory)).toEqual(['.0123456789abcdef.part', '01.bin', '01.txt', 'manifest.json']);
  });

  it('is stopped by its signal while it waits for the first one', async () => {
    const directory = sandbox.newPath();
    let release: () => void = () => undefined;
    const requested = new Promise<void>((resolve) => (release = resolve));
    let end: () => void = () => undefined;
    let requests = 0;
    const base = await hosting((_, response) => {
      requests++;
      end = () => response.end('a');
      release();
    });
    const first = save(base, 'a', directory);
    await requested;
    const stopping = new AbortController();
    const second = save(base, 'a', directory, { signal: stopping.signal });
    const third = save(base, 'a', directory);
    const reason = new Error('stopped');
    setTimeout(() => {
      stopping.abort(reason);
    }, 20);
    await expect(second).rejects.toBe(reason);
    end();
    expect([codesOf(await first), codesOf(await third)]).toEqual([[''], ['']]);
    expect(requests).toBe(1);
  });

  it('counts the files that are already there for the total size', async () => {
    const directory = sandbox.newPath();
    const files: Record<string, string> = { a: 'a'.repeat(60) };
    const { base } = await counting(files);
    await save(base, 'ab', directory);
    files['b'] = 'b'.repeat(60);
    expect(codesOf(await save(base, 'ab', directory, { maxTotalBytes: 100 }))).toEqual(['', 'TOO_LARGE']);
  });
});

describe('a folder that cannot be used is DISK for each file, and stays as it is', () => {
  const message = async (directory: string, names = 'ab'): Promise<string[]> => {
    const { base } = await counting({ a: 'a', b: 'b' });
    const saved = await save(base, names, directory);
    expect(codesOf(saved)).toEqual(Array.from(names, () => 'DISK'));
    return saved.files.map(({ error }) => String(error?.message));
  };

  it.each([
    ['other URLs', { files: [{ url: 'http://other.example/' }, { url: 'http://other.example/' }] }],
    ['more files', { files: [{}, {}, {}] }],
    ['no list', { files: 7 }],
    ['null', null],
  ])('because of a manifest with %s', async (_, manifest) => {
    const directory = sandbox.newPath();
    mkdirSync(directory);
    writeFileSync(join(directory, 'manifest.json'), JSON.stringify(manifest));
    expect(await message(directory)).toEqual(
      [0, 1].map(
        (index) =>
          `files[${String(index)}]: The folder contains files of another message, or a damaged manifest.json. Use one folder for each message`,
      ),
    );
    expect(manifestIn(directory)).toEqual(manifest);
    expect(readdirSync(directory)).toEqual(['manifest.json']);
  });

  it('because of a manifest that is not JSON', async () => {
    const directory = sandbox.newPath();
    mkdirSync(directory);
    writeFileSync(join(directory, 'manifest.json'), '{');
    await message(directory);
  });

  it('because it is a file', async () => {
    const directory = sandbox.newPath();
    writeFileSync(directory, 'mine');
    expect(await message(directory)).toEqual([
      `files[0]: Cannot write to ${directory} (EEXIST)`,
      `files[1]: Cannot write to ${directory} (EEXIST)`,
    ]);
  });

  it('because it contains such files, but no manifest', async () => {
    const directory = sandbox.newPath();
    mkdirSync(directory);
    for (const name of ['01.jpg', '02.txt']) writeFileSync(join(directory, name), 'mine');
    for (let call = 0; call < 2; call++) {
      expect(await message(directory)).toEqual([
        'files[0]: The folder contains 01.jpg, but no manifest. Use an empty folder',
        'files[1]: The folder contains 01.jpg, but no manifest. Use an empty folder',
      ]);
    }
    expect(readdirSync(directory)).toEqual(['01.jpg', '02.txt']);
    expect(readFileSync(join(directory, '01.jpg'), 'utf8')).toBe('mine');
  });

  it('because of a manifest that is larger than any of ours', async () => {
    const directory = sandbox.newPath();
    mkdirSync(directory);
    writeFileSync(join(directory, 'manifest.json'), '');
    // More than a string can have.
    truncateSync(join(directory, 'manifest.json'), 3 * 2 ** 30);
    await message(directory);
  });

  it('because a folder has the name of a file, or of the manifest', async () => {
    const directory = sandbox.newPath();
    for (const name of ['01.txt', '02.txt']) mkdirSync(join(directory, name, 'a'), { recursive: true });
    expect((await message(directory))[0]).toMatch(/^files\[0\]: Cannot write to .* \((EISDIR|ENOTEMPTY|EEXIST)\)$/);
    const other = sandbox.newPath();
    mkdirSync(join(other, 'manifest.json', 'a'), { recursive: true });
    await message(other);
    expect(readdirSync(other)).toEqual(['manifest.json']);
  });

  it('because a pipe waits under the name of the manifest: it is replaced, not read', async () => {
    const directory = sandbox.newPath();
    mkdirSync(directory);
    execFileSync('mkfifo', [join(directory, 'manifest.json')]);
    const { base } = await counting({ a: 'a' });
    expect(codesOf(await save(base, 'a', directory))).toEqual(['']);
  });
});

/** A mock: makes each write of a file fail. A disk that is full needs a file system of its own, which only root can mount. */
async function failingWrites(error: Error): Promise<() => void> {
  const handle = await fsPromises.open(import.meta.filename);
  const prototype = Object.getPrototypeOf(handle) as { writeFile: (data: unknown) => Promise<void> };
  await handle.close();
  const { writeFile } = prototype;
  const spy = vi.spyOn(prototype, 'writeFile').mockImplementation(async function (this: unknown, data) {
    // Not the manifest, which is a string.
    if (data instanceof Uint8Array) throw error;
    await writeFile.call(this as never, data);
  });
  return () => {
    spy.mockRestore();
  };
}

describe('a disk that fails', () => {
  it('is DISK for the files that cannot be written, and leaves nothing of them', async () => {
    const directory = sandbox.newPath();
    const base = await hostingFiles({ a: 'a', b: 'b' });
    const restore = await failingWrites(
      Object.assign(new Error('no space left'), { code: 'ENOSPC', syscall: 'write' }),
    );
    const saved = await save(base, 'ab', directory).finally(restore);
    expect(saved.files.map(({ error }) => error?.message)).toEqual([
      `files[0]: Cannot write to ${directory} (ENOSPC)`,
      `files[1]: Cannot write to ${directory} (ENOSPC)`,
    ]);
    expect(readdirSync(directory)).toEqual(['manifest.json']);
  });

  it('is DISK for a file whose success cannot be recorded', async () => {
    const directory = sandbox.newPath();
    const base = await hosting((_, response) => {
      // After the first manifest was written.
      rmSync(join(directory, 'manifest.json'));
      mkdirSync(join(directory, 'manifest.json', 'a'), { recursive: true });
      response.end('a');
    });
    expect(codesOf(await save(base, 'a', directory))).toEqual(['DISK']);
  });

  it('is not blamed for a mistake in the code', async () => {
    const mistake = new TypeError('a mistake');
    const base = await hostingFiles({ a: 'a' });
    const restore = await failingWrites(mistake);
    await expect(save(base, 'a', sandbox.newPath()).finally(restore)).rejects.toBe(mistake);
  });
});
