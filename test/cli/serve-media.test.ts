// `mo-postback serve-media`.

import { execFileSync } from 'node:child_process';
import fs, { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { asFunction, events, onSimulatedTerminal, until, urlOf, ways } from '../helpers/command.ts';
import { createSandbox } from '../helpers/sandbox.ts';
import { bodyOf, LARGE, startReading } from '../helpers/slow-client.ts';

const sandbox = createSandbox();

describe.each(ways)('mo-postback serve-media, $way', ({ start }) => {
  it('prints the URLs of at most 20 files, and each request', async () => {
    const media = sandbox.newPath();
    mkdirSync(media);
    for (let n = 10; n < 32; n++) writeFileSync(join(media, `${String(n)}.jpg`), '');
    const host = sandbox.run(start, 'serve-media', '--port', '0', '--host', '::1', media);
    const base = await until(() => /^Serving .* on (http:\S+\/)\n[^]*--mms/.exec(host.stdout())?.[1]);
    expect(base).toMatch(/^http:\/\/\[::1\]:\d+\/$/);
    await (await fetch(`${base}10.jpg?a=/.b`)).text();
    await (await fetch(`${base}%00`)).text();
    await until(() => host.stdout().split('\n')[26]);
    const shown = Array.from({ length: 20 }, (_, n) => `  ${base}${String(n + 10)}.jpg`);
    expect(
      host
        .stdout()
        .replace(/\d\d:\d\d:\d\d/g, 'now')
        .split('\n'),
    ).toEqual([
      `Serving ${media} on ${base}`,
      ...shown,
      '  and 2 more',
      'Send one to your server:',
      `  npx mo-postback send http://localhost:8080/ --mms ${base}10.jpg`,
      'now 200 GET /10.jpg?a=/.b',
      'now 400 GET /%00',
      '',
    ]);
  });

  it('serves each file at the URL that it prints, and serves only regular files', async () => {
    const media = sandbox.newPath();
    mkdirSync(join(media, 'sub'), { recursive: true });
    const names = [
      "@ & + , = ; $ : # ? % ' ( ) ! * ~.jpg",
      'é\u{1F600}.png',
      'a%2Fb.gif',
      '1.3gp',
      '2.amr',
      '3.smil',
      '4.vcs',
      '5.unknown',
    ];
    for (const name of names) writeFileSync(join(media, name), name);
    execFileSync('mkfifo', [join(media, 'pipe')]);
    symlinkSync('/dev/zero', join(media, 'zero'));
    const host = sandbox.run(start, 'serve-media', '--json', '--port', '0', media);
    const base = await urlOf(host);
    const [{ files } = { files: [] }] = events(host.stdout(), 'listening') as { files: string[] }[];
    expect(files.join('')).not.toMatch(/[ '()!*;&$]/);
    const answers = await Promise.all(files.map(async (file) => fetch(file)));
    expect(new Set(await Promise.all(answers.map((answer) => answer.text())))).toEqual(new Set(names));
    const types = new Map(answers.map(({ url, headers }) => [url.slice(-4), headers.get('content-type')]));
    expect(['.3gp', '.amr', 'smil', '.vcs', 'nown'].map((end) => types.get(end))).toEqual([
      'video/3gpp',
      'audio/amr',
      'application/smil+xml',
      'text/x-vcalendar; charset=utf-8',
      'application/octet-stream',
    ]);
    const statusOf = async (path: string, headers = {}): Promise<number> =>
      (await fetch(base + path, { headers, signal: AbortSignal.timeout(5000) })).status;
    expect(await Promise.all(['pipe', 'zero', 'sub', 'sub/', '', '%'].map((path) => statusOf(path)))).toEqual([
      404, 404, 404, 404, 404, 400,
    ]);
    expect([await statusOf('1.3gp', { range: 'bytes=1-2' }), await statusOf('1.3gp', { range: 'bytes=9-' })]).toEqual([
      206, 416,
    ]);
  });

  it('answers 404 for links that lead out of its folder, and serves those that stay inside', async () => {
    const media = sandbox.newPath();
    mkdirSync(join(media, 'sub'), { recursive: true });
    // Its name starts like that of the folder.
    mkdirSync(`${media}-private`);
    writeFileSync(join(`${media}-private`, 'key.txt'), 'private');
    writeFileSync(join(media, 'sub', '1.txt'), 'public');
    symlinkSync(join(`${media}-private`, 'key.txt'), join(media, 'file.txt'));
    symlinkSync(`${media}-private`, join(media, 'folder'));
    symlinkSync('../../..', join(media, 'sub', 'up'));
    symlinkSync('sub/1.txt', join(media, 'inside.txt'));
    symlinkSync('sub', join(media, 'inside'));
    writeFileSync(join(media, '.hidden.txt'), 'hidden');
    symlinkSync('.hidden.txt', join(media, 'hidden.txt'));
    symlinkSync('itself.txt', join(media, 'itself.txt'));
    symlinkSync(media, `${media}-link`);
    for (const folder of [media, `${media}-link`]) {
      const base = await urlOf(sandbox.run(start, 'serve-media', '--json', '--port', '0', folder));
      const statuses = (paths: readonly string[]): Promise<number[]> =>
        Promise.all(paths.map(async (path) => (await fetch(base + path)).status));
      expect(
        await statuses(['file.txt', 'folder/key.txt', 'sub/up/etc/passwd', 'hidden.txt', 'itself.txt', 'itself.txt/a']),
      ).toEqual([404, 404, 404, 404, 404, 404]);
      expect(await statuses(['sub/1.txt', 'inside.txt', 'inside/1.txt'])).toEqual([200, 200, 200]);
    }
  });

  it('reports in one line that there is no such folder', async () => {
    const file = sandbox.newPath();
    expect(await start(['serve-media', '--port', '0', file]).finished).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `error: Cannot serve ${file}: no such file or folder. Choose a folder that can be read.\n`,
    });
    writeFileSync(file, '');
    expect(await start(['serve-media', '--port', '0', file]).finished).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `error: Cannot serve ${file}: it is not a folder.\n`,
    });
  });

  it('serves a folder that is empty at first', async () => {
    const media = sandbox.newPath();
    mkdirSync(media);
    const host = sandbox.run(start, 'serve-media', '--port', '0', media);
    const base = await until(() => /^Serving .* on (http:\S+\/)\n$/.exec(host.stdout())?.[1]);
    writeFileSync(join(media, '1.txt'), 'later');
    expect(await (await fetch(`${base}1.txt`)).text()).toBe('later');
  });
});

describe('mo-postback serve-media', () => {
  it('aborts the answer if the rest of a file cannot be read (simulated disk failure)', async () => {
    const media = sandbox.newPath();
    mkdirSync(media);
    writeFileSync(join(media, '1.jpg'), 'whole');
    const running = sandbox.run(onSimulatedTerminal.start, 'serve-media', '--port', '0', media);
    const url = await until(() => /--mms (http:\S+)/.exec(running.stdout())?.[1]);
    const failing = Readable.from(
      (function* () {
        yield Buffer.from('wh');
        throw new Error('EIO');
      })(),
    );
    vi.spyOn(fs, 'createReadStream').mockReturnValueOnce(failing as unknown as fs.ReadStream);
    await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow();
    vi.restoreAllMocks();
    expect(await (await fetch(url)).text()).toBe('whole');
  });

  it('closes the connection if a file becomes shorter while it is sent', async () => {
    const media = sandbox.newPath();
    mkdirSync(media);
    writeFileSync(join(media, '1.jpg'), Buffer.alloc(LARGE));
    const base = await urlOf(sandbox.run(asFunction.start, 'serve-media', '--json', '--port', '0', media));
    const socket = await startReading(`${base}1.jpg`);
    truncateSync(join(media, '1.jpg'), 1);
    expect((await bodyOf(socket)).length).toBeLessThan(LARGE);
  });

  it('answers 404 for a file that is deleted when it is sent (simulated)', async () => {
    const media = sandbox.newPath();
    mkdirSync(media);
    writeFileSync(join(media, '1.jpg'), 'whole');
    const running = sandbox.run(onSimulatedTerminal.start, 'serve-media', '--port', '0', media);
    const url = await until(() => /--mms (http:\S+)/.exec(running.stdout())?.[1]);
    const { stat } = fs;
    vi.spyOn(fs, 'stat').mockImplementationOnce(((path: string, done: (...outcome: unknown[]) => void) => {
      stat(path, (...outcome) => {
        rmSync(path);
        done(...outcome);
      });
    }) as never);
    expect((await fetch(url)).status).toBe(404);
    vi.restoreAllMocks();
  });
});
