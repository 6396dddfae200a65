// How long `mo-postback listen` takes to start with a large file of messages, and how much memory.

import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { deliver, sampleMessages } from '../../../src/testing/index.ts';
import { asProcess } from '../../helpers/command.ts';
import { createSandbox } from '../../helpers/sandbox.ts';

const sandbox = createSandbox();
const GIB = 2 ** 30;

/** A new file of two GiB, almost all of it a hole, and then these lines. */
function largeFile(start: string, lines: string): string {
  const folder = sandbox.newPath();
  mkdirSync(folder);
  const out = join(folder, 'messages.ndjson');
  const file = openSync(out, 'w');
  writeSync(file, start);
  ftruncateSync(file, 2 * GIB);
  writeSync(file, lines, 2 * GIB);
  closeSync(file);
  return out;
}

const lineOf = (key: unknown, arrivedAt: string): string => `${JSON.stringify({ key, arrivedAt })}\n`;
const now = new Date().toISOString();

/** The highest amount of memory that a process has used, in MiB. */
const peakMiB = (pid: number | undefined): number =>
  Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]) / 1024;

const isLinux = process.platform === 'linux';

it.skipIf(!isLinux)('mo-postback listen starts within seconds with 2 GiB of messages (needs /proc)', async () => {
  const empty = await sandbox.listen(asProcess.start, join(sandbox.newPath(), 'messages.ndjson'));
  const key = 'mms/00000/15550104477/MMS_MO_sample1';
  const recent = Array.from({ length: 50_000 }, (_, n) =>
    lineOf(n === 0 ? key : `${String(n)} ${'k'.repeat(60)}`, now),
  );
  const old = lineOf('old', '2011-01-01T00:00:00.000Z').repeat(1000);
  const out = largeFile('{}\n', `\n${old}${recent.join('')}`);
  const since = performance.now();
  const running = await sandbox.listen(asProcess.start, out);
  expect(performance.now() - since).toBeLessThan(10_000);
  expect(peakMiB(running.pid) - peakMiB(empty.pid)).toBeLessThan(60);
  // The oldest message that is still remembered.
  expect(await deliver(running.url, sampleMessages.mms, { intervalsMs: [] })).toMatchObject({ isDelivered: true });
  const { stdout, stderr } = await running.stop();
  expect(stdout).toContain('"event":"duplicate"');
  // No warning about listeners.
  expect(stderr).toBe('');
});

it.skipIf(!isLinux)('mo-postback listen reads no more messages than it can remember (needs /proc)', async () => {
  const recent = Array.from({ length: 200_000 }, (_, n) => lineOf(n, now));
  const since = performance.now();
  const running = await sandbox.listen(asProcess.start, largeFile('{}\n', `\n${recent.join('')}`));
  expect(performance.now() - since).toBeLessThan(20_000);
  expect(peakMiB(running.pid)).toBeLessThan(400);
});

it('mo-postback listen refuses a large file without line feeds at once', async () => {
  const start = async (out: string): Promise<number> => {
    const since = performance.now();
    expect(await asProcess.start(['listen', '--port', '0', '--out', out]).finished).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `error: Cannot write to ${out}: it contains a line of more than 32 MiB. Choose another file with --out.\n`,
    });
    return performance.now() - since;
  };
  const small = `${sandbox.newPath()}.ndjson`;
  writeFileSync(small, `{${'a'.repeat(33 * 1024 * 1024)}`);
  await start(small);
  // Its last line is incomplete. It must not be moved.
  writeFileSync(small, `{}\n${'a'.repeat(33 * 1024 * 1024)}\n{"te`);
  await start(small);
  expect(readFileSync(small, 'utf8')).toMatch(/a\n\{"te$/);
  expect(await start(largeFile('{', 'a'))).toBeLessThan(10_000);
  expect(await start(largeFile('{}\n', 'a'))).toBeLessThan(10_000);
});
