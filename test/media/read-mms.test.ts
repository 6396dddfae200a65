// readMms: what the sender wrote, and the parts.

import { execFileSync } from 'node:child_process';
import { rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import fsPromises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import * as bun from '../../src/media/bun.ts';
import * as deno from '../../src/media/deno.ts';
import { MediaError, readMms, saveFiles } from '../../src/media/node.ts';
import type { MmsContent, SavedFile, SavedFiles } from '../../src/media/node.ts';
import { hostingFiles, hostingSlowly, JPEG, LOCAL } from '../helpers/media.ts';
import { createSandbox } from '../helpers/sandbox.ts';

const sandbox = createSandbox();

const SMIL =
  '<smil><head><layout><region id="Image"/></layout></head><body>' +
  '<par dur="5000ms"><img src="IMG_1.jpg" region="Image"/><text src="text_1.txt" region="Text"/></par>' +
  '<par dur="5000ms"><text src="text_2.txt" region="Text"/></par></body></smil>';

/** Serves a message. Its text parts are in another order than the SMIL says. */
async function hostMessage(): Promise<readonly string[]> {
  const base = await hostingFiles({
    'text_2.txt': [Buffer.from('caf\xE9', 'latin1'), 'text/plain; charset=iso-8859-1'],
    'contact.vcf': ['BEGIN:VCARD\r\nFN:Jo\r\nEND:VCARD', 'text/x-vcard'],
    'IMG_1.jpg': [JPEG, 'image/jpeg'],
    '0.smil': [SMIL, 'application/smil'],
    'text_1.txt': ['\uFEFFLook \u{1F600}', 'text/plain'],
    'empty.txt': ['', 'text/plain'],
  });
  return ['text_2.txt', 'contact.vcf', 'IMG_1.jpg', '0.smil', 'text_1.txt', 'empty.txt', 'gone.jpg'].map(
    (name) => base + name,
  );
}

const shown = ({ text, parts, isComplete }: MmsContent): unknown => ({
  text,
  isComplete,
  parts: parts.map((part) => [part.kind, part.index, part.kind === 'missing' ? part.error.code : part.size]),
});

const EXPECTED = {
  text: 'Look \u{1F600}\ncaf\u00E9',
  isComplete: false,
  parts: [
    ['image', 2, JPEG.length],
    ['text', 4, 12],
    ['text', 0, 4],
    ['contact', 1, 29],
    ['smil', 3, SMIL.length],
    ['text', 5, 0],
    ['missing', 6, 'GONE'],
  ],
};

describe('readMms', () => {
  it('reads a message, whose files it fetches into memory', async () => {
    const files = await hostMessage();
    const content = await readMms({ files }, LOCAL);
    expect(shown(content)).toEqual(EXPECTED);
    expect(content.parts[0]).toEqual({
      kind: 'image',
      index: 2,
      url: files[2],
      type: 'image/jpeg',
      size: JPEG.length,
      bytes: new Uint8Array(JPEG),
    });
    expect(content.parts[3]).toMatchObject({
      kind: 'contact',
      type: 'text/vcard',
      text: 'BEGIN:VCARD\r\nFN:Jo\r\nEND:VCARD',
    });
  });

  it('reads what saveFiles has returned, without asking the server', async () => {
    const directory = sandbox.newPath();
    const files = await hostMessage();
    const saved = await saveFiles({ files }, { ...LOCAL, directory });
    const content = await readMms(saved);
    expect(shown(content)).toEqual(EXPECTED);
    expect(content.parts[0]).toEqual({
      kind: 'image',
      index: 2,
      url: files[2],
      type: 'image/jpeg',
      size: JPEG.length,
      path: join(directory, '03.jpg'),
    });
  });

  it.each([
    ['Bun', bun],
    ['Deno', deno],
  ])('does the same in the build for %s', async (_, build) => {
    const directory = sandbox.newPath();
    const files = await hostMessage();
    const options = { allowHosts: ['127.0.0.1'], retryDelayMs: 1 };
    expect(shown(await build.readMms({ files }, options))).toEqual(EXPECTED);
    const saved = await build.saveFiles({ files }, { ...options, directory });
    expect(shown(await build.readMms(saved))).toEqual(EXPECTED);
    expect(build.fetchFiles({ files: [] }, options)).toBeDefined();
  });

  it('has wire order without a SMIL, and uses the first one that can be read', async () => {
    const base = await hostingFiles({
      a: ['a', 'text/plain'],
      b: ['b', 'text/plain'],
      bad: ['<smil>', 'application/smil'],
      none: ['<smil/>', 'application/smil'],
      good: ['<smil><text src="b"/></smil>', 'application/smil'],
    });
    const textOf = async (...names: string[]): Promise<string> =>
      (await readMms({ files: names.map((name) => base + name) }, LOCAL)).text;
    expect(await textOf('a', 'b')).toBe('a\nb');
    expect(await textOf('a', 'b', 'bad')).toBe('a\nb');
    expect(await textOf('a', 'bad', 'none', 'b', 'good')).toBe('b\na');
  });

  it('has neither text nor parts for a message without files', async () => {
    expect(await readMms({ files: [] })).toEqual({ text: '', parts: [], isComplete: true });
    expect(await readMms({ directory: 'a', files: [] })).toEqual({ text: '', parts: [], isComplete: true });
  });

  it('has as large a text in memory as maxFileBytes allows, and no larger one', async () => {
    const directory = sandbox.newPath();
    const base = await hostingFiles({ a: ['a'.repeat(5000), 'text/plain'], b: [JPEG, 'image/jpeg'] });
    const saved = await saveFiles({ files: [`${base}a`, `${base}b`] }, { ...LOCAL, directory });
    const { parts, isComplete } = await readMms(saved, { maxFileBytes: 4999 });
    expect(isComplete).toBe(false);
    expect(parts[0]).toEqual({
      kind: 'missing',
      index: 0,
      url: `${base}a`,
      error: expect.any(MediaError) as MediaError,
    });
    expect(parts[0]?.error?.message).toBe('files[0]: The text has more than 4999 bytes (maxFileBytes)');
    expect(parts[1]?.kind).toBe('image');
    expect((await readMms(saved, { maxFileBytes: 5000 })).text).toHaveLength(5000);
  });

  it('has a missing part for a file that cannot be read any more', async () => {
    const directory = sandbox.newPath();
    const base = await hostingFiles({ a: ['aaa', 'text/plain'], b: ['b', 'text/plain'] });
    const saved = await saveFiles({ files: [`${base}a`, `${base}b`] }, { ...LOCAL, directory });
    rmSync(join(directory, '02.txt'));
    truncateSync(join(directory, '01.txt'), 1);
    const { text, parts } = await readMms(saved);
    expect(text).toBe('a');
    expect(parts[1]?.error?.message).toBe('files[1]: The file is missing, or is not a regular file');
    expect(parts[1]?.error?.code).toBe('DISK');
  });

  it('neither follows a symbolic link nor waits for a pipe', async () => {
    const directory = sandbox.newPath();
    const base = await hostingFiles({ a: ['a', 'text/plain'], b: ['b', 'text/plain'] });
    const saved = await saveFiles({ files: [`${base}a`, `${base}b`] }, { ...LOCAL, directory });
    for (const name of ['01.txt', '02.txt']) rmSync(join(directory, name));
    symlinkSync(join(directory, 'manifest.json'), join(directory, '01.txt'));
    execFileSync('mkfifo', [join(directory, '02.txt')]);
    expect((await readMms(saved)).parts.map(({ error }) => error?.code)).toEqual(['DISK', 'DISK']);
  });

  it('is DISK if the system refuses to open a file', async () => {
    const directory = sandbox.newPath();
    const base = await hostingFiles({ a: ['a', 'text/plain'] });
    const saved = await saveFiles({ files: [`${base}a`] }, { ...LOCAL, directory });
    // A mock: root may open every file.
    const refused = Object.assign(new Error(), { code: 'EACCES', syscall: 'open' });
    const spy = vi.spyOn(fsPromises, 'open').mockRejectedValue(refused);
    syncBuiltinESMExports();
    const { parts } = await readMms(saved);
    spy.mockRestore();
    syncBuiltinESMExports();
    expect(parts[0]?.error?.message).toBe('files[0]: The file cannot be read (EACCES)');
  });

  it('throws for a result that is not one of saveFiles', async () => {
    const file = { success: true, index: 0, url: '', size: 0, sha256: '' } as unknown as SavedFile;
    const saved: SavedFiles = { directory: '', files: [file] };
    await expect(readMms(saved)).rejects.toThrow(TypeError);
  });

  it('rejects with the reason of the signal', async () => {
    const reason = new Error('stopped');
    const signal = AbortSignal.abort(reason);
    const path = sandbox.newPath();
    writeFileSync(path, 'a');
    const file: SavedFile = { success: true, index: 0, url: '', path, size: 1, sha256: '' };
    await expect(readMms({ directory: '', files: [file] }, { signal })).rejects.toBe(reason);
    await expect(readMms({ files: await hostMessage() }, { ...LOCAL, signal })).rejects.toBe(reason);
  });

  it('fetches at most as many files at the same time as the option says', async () => {
    const { base, most } = await hostingSlowly();
    const files = Array.from({ length: 6 }, (_, n) => base + String(n));
    expect((await readMms({ files }, { ...LOCAL, concurrency: 2 })).text).toBe('a\na\na\na\na\na');
    expect(most()).toBe(2);
  });
});
