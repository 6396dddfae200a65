// mo-postback/media in other runtimes, with the packed library.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { hostingFiles, JPEG } from '../helpers/media.ts';
import { areInstalled, bundled, folder, modules, workerd } from './servers.ts';

const sandbox = mkdtempSync(join(tmpdir(), 'mo-postback-media-'));
afterAll(() => {
  rmSync(sandbox, { recursive: true });
});

const SMIL = '<smil><img src="1.jpg"/><text src="2.txt"/></smil>';

async function contentHost(): Promise<string> {
  const bomb = gzipSync(Buffer.alloc(1_000_000));
  return hostingFiles({
    text: ['caf\u00E9', 'text/plain'],
    gzip: (response) => response.setHeader('content-encoding', 'gzip').end(gzipSync('Hello')),
    redirect: (response) => response.writeHead(302, { location: '/text' }).end(),
    evil: (response) => response.writeHead(302, { location: 'http://10.0.0.1/' }).end(),
    bomb: (response) => response.setHeader('content-encoding', 'gzip').end(bomb),
    endless: (response) => {
      const next = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(10_000), next);
      };
      next();
    },
    short: (response) => {
      response.writeHead(200, { 'content-length': 10 }).write('abc');
      setTimeout(() => response.destroy(), 50);
    },
    silent: () => undefined,
    gone: (response) => response.writeHead(410).end(),
    '0.smil': [SMIL, 'application/smil'],
    '1.jpg': [JPEG, 'image/jpeg'],
    '2.txt': ['Look \u{1F600}', 'text/plain; charset=utf-8'],
  });
}

const READ = [
  'Look \u{1F600}',
  [
    ['image', 'image/jpeg'],
    ['text', 'text/plain'],
    ['smil', 'application/smil'],
  ],
  true,
];

/** What the scenario returns. `evil`: the code for a redirect to a private address. */
const expected = (evil: string, hasDisk: boolean): object => ({
  fetched: {
    text: 'caf\u00E9',
    gzip: 'Hello',
    redirect: 'caf\u00E9',
    evil,
    bomb: 'TOO_LARGE',
    endless: 'TOO_LARGE',
    short: 'NETWORK',
    missing: 'GONE',
    silent: 'TIMEOUT',
    gone: 'GONE',
  },
  read: hasDisk ? [READ, READ] : [READ],
  ...(hasDisk
    ? {
        saved: [
          ['01.txt', undefined, 9],
          ['02.smil', undefined, SMIL.length],
          ['03.jpg', 'image/jpeg', JPEG.length],
        ],
      }
    : {}),
  stopped: 'stopped',
});

describe.skipIf(!areInstalled)(
  `mo-postback/media in other runtimes${areInstalled ? '' : ' (skipped: npm run test:runtimes installs them)'}`,
  () => {
    const DENO = [
      'run',
      '--node-modules-dir=manual',
      '--allow-net',
      '--allow-read',
      '--allow-write',
      '--allow-env',
      '--allow-sys',
    ];

    it.each([
      ['Node.js 22', 'node22/bin/node', [], 'ADDRESS_NOT_ALLOWED'],
      ['Node.js 24', 'node24/bin/node', [], 'ADDRESS_NOT_ALLOWED'],
      ['Node.js 26', 'node26/bin/node', [], 'ADDRESS_NOT_ALLOWED'],
      ['Deno', '@deno/linux-x64-glibc/deno', DENO, 'HOST_NOT_ALLOWED'],
      ['Bun', '@oven/bun-linux-x64/bin/bun', ['run'], 'HOST_NOT_ALLOWED'],
    ])('fetches, saves and reads on %s', async (name, command, args, evil) => {
      const directory = join(sandbox, name);
      const script = await bundled('media');
      const run = promisify(execFile)(join(modules, command), [...args, script, await contentHost(), directory], {
        cwd: folder,
      });
      const { stdout } = await run;
      expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(expected(evil, true))));
    });

    it('fetches and reads on workerd', async () => {
      const worker = await workerd('media-worker');
      const response = await fetch(
        `http://127.0.0.1:${String(worker.port)}/?${encodeURIComponent(await contentHost())}`,
      );
      expect(await response.json()).toEqual(expected('HOST_NOT_ALLOWED', false));
      await worker.close();
    });
  },
);
