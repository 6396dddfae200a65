// The lock on the path of the file of messages.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lockFile } from '../../../src/cli/listen/lock.ts';
import type { FileLock } from '../../../src/cli/listen/lock.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mo-postback-lock-'));
  path = join(folder, 'messages.ndjson');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});
const neverCalled = (): void => {
  throw new Error('must not be called');
};
const lock = (at = path): Promise<FileLock> => lockFile(at, neverCalled);
const IN_USE = 'another process uses it';

describe('lockFile', () => {
  it('locks a path until the lock is released, and leaves nothing behind', async () => {
    const held = await lock();
    expect(held.isInPlace()).toBe(true);
    await expect(lock()).rejects.toThrow(IN_USE);
    // Other files in the same folder are not locked.
    await (await lock(`${path}2`)).release();
    await held.release();
    expect(held.isInPlace()).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
    await (await lock()).release();
  });

  it('gives the lock to exactly one of those that try at the same time', async () => {
    for (let round = 0; round < 10; round++) {
      const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lock()));
      const held = tries.filter((outcome) => outcome.status === 'fulfilled');
      expect(held).toHaveLength(1);
      expect(readdirSync(folder)).toHaveLength(1);
      await held[0]?.value.release();
    }
  });

  it('is refused if no files can be made in the folder, whatever the system reports for sockets (simulated)', async () => {
    vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server) {
      process.nextTick(() => this.emit('error', Object.assign(new Error(), { code: 'EPERM' })));
      return this;
    });
    // Nobody can make files there.
    await expect(lock('/proc/messages.ndjson')).rejects.toThrow('no lock can be made in its folder: permission denied');
  });

  it('is refused by a lock of any name', async () => {
    await (await lock()).release();
    for (const id of ['00000000', 'ffffffff']) {
      const held = await lock();
      const [name = ''] = readdirSync(folder);
      await held.release();
      const other = createServer().listen(join(folder, name.replace(/[0-9a-f]{8}(?=\.lock$)/, id)));
      await once(other, 'listening');
      await expect(lock()).rejects.toThrow(IN_USE);
      await new Promise((done) => other.close(done));
    }
  });

  it('waits for others that start at the same time and give up', async () => {
    const held = await lock();
    const [name = ''] = readdirSync(folder);
    await held.release();
    const other = createServer().listen(join(folder, name.replace(/[0-9a-f]{8}(?=\.lock$)/, 'ffffffff')));
    await once(other, 'listening');
    other.once('connection', () => other.close());
    await (await lock()).release();
  });

  it('can be taken over as soon as a process is killed', async () => {
    const held = await lock();
    const [name = ''] = readdirSync(folder);
    await held.release();
    const child = spawn(process.execPath, [
      '-e',
      `require('node:net').createServer().listen(${JSON.stringify(join(folder, name))}, () => console.log('locked'))`,
    ]);
    await once(child.stdout, 'data');
    await expect(lock()).rejects.toThrow(IN_USE);
    child.kill('SIGSTOP');
    await expect(lock()).rejects.toThrow(IN_USE);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(readdirSync(folder)).toEqual([name]);
    const taken = await lock();
    expect(readdirSync(folder)).not.toContain(name);
    await taken.release();
  });

  it('works in a folder whose path is longer than the address of a socket may be', async () => {
    const deep = join(folder, 'a'.repeat(200));
    execFileSync('mkdir', [deep]);
    const held = await lock(join(deep, 'b'.repeat(250)));
    await expect(lock(join(deep, 'b'.repeat(250)))).rejects.toThrow(IN_USE);
    await held.release();
  });

  it('ignores and keeps files that are not its own', async () => {
    const held = await lock();
    const [name = ''] = readdirSync(folder);
    await held.release();
    writeFileSync(join(folder, name), 'not a socket');
    await (await lock()).release();
    expect(readdirSync(folder)).toEqual([name]);
  });

  it('says so if the file system has no sockets, and rejects with other errors (simulated)', async () => {
    const fail = (code: string): void => {
      vi.spyOn(Server.prototype, 'listen').mockImplementationOnce(function (this: Server) {
        process.nextTick(() => this.emit('error', Object.assign(new Error(code), { code })));
        return this;
      });
    };
    fail('ENOTSUP');
    const onUnsupported = vi.fn();
    const unlocked = await lockFile(path, onUnsupported);
    expect([onUnsupported.mock.calls.length, unlocked.isInPlace()]).toEqual([1, true]);
    await unlocked.release();
    fail('ENOSPC');
    await expect(lock()).rejects.toThrow('no lock can be made in its folder: no space left on the disk');
  });
});
