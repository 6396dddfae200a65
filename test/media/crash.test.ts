// What saveFiles guarantees if its process is killed.

import { spawn } from 'node:child_process';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { timesAsLong } from '../helpers/count.ts';
import { hosting } from '../helpers/media.ts';
import { createSandbox } from '../helpers/sandbox.ts';

const sandbox = createSandbox();
const script = resolve(import.meta.dirname, 'save.js');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const KILLS = 50 * timesAsLong;
const PIECES = 40;

it(
  `has only complete files under their names although it is killed ${String(KILLS)} times, and nothing else after the next run`,
  async () => {
    const contents = Array.from({ length: 10 }, () => randomBytes(PIECES * 5000));
    const digests = contents.map(sha256);
    let sent = 0;
    let killAt = Infinity;
    let kill: () => void = () => undefined;
    const base = await hosting(({ url }, response) => {
      const content = contents[Number(url?.slice(1))] ?? Buffer.alloc(0);
      response.setHeader('content-type', 'application/octet-stream');
      const next = (piece: number): void => {
        if (++sent === killAt) kill();
        if (piece === PIECES) response.end();
        else response.write(content.subarray(5000 * piece, 5000 * (piece + 1)), () => setTimeout(next, 2, piece + 1));
      };
      next(0);
    });
    const urls = contents.map((_, n) => base + String(n));
    let interrupted = 0;
    let kept = 0;
    for (let round = 0; round < KILLS; round++) {
      const directory = sandbox.newPath();
      const killed = spawn(process.execPath, [script, directory, ...urls]);
      [sent, killAt, kill] = [0, randomInt(1, 10 * PIECES), () => killed.kill('SIGKILL')];
      const [, signal] = (await once(killed, 'close')) as [number | null, string | null];
      expect(signal).toBe('SIGKILL');
      const names = existsSync(directory) ? readdirSync(directory) : [];
      for (const name of names.filter((each) => /^\d\d\./.test(each))) {
        expect(sha256(readFileSync(join(directory, name)))).toBe(digests[Number(name.slice(0, 2)) - 1]);
        kept++;
      }
      if (names.some((name) => name.endsWith('.part'))) interrupted++;
      killAt = Infinity;
      const next = spawn(process.execPath, [script, directory, ...urls], { stdio: 'inherit' });
      expect(await once(next, 'close')).toEqual([0, null]);
      const files = digests.map((_, n) => `${String(n + 1).padStart(2, '0')}.bin`);
      expect(readdirSync(directory)).toEqual([...files, 'manifest.json']);
      expect(files.map((file) => sha256(readFileSync(join(directory, file))))).toEqual(digests);
    }
    // Otherwise the test would prove nothing.
    expect(interrupted).toBeGreaterThan(KILLS / 2);
    expect(kept).toBeGreaterThan(KILLS);
  },
  120_000 * timesAsLong,
);
