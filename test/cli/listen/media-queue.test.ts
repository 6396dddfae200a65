// The queue of messages whose files are to be saved.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import fsPromises from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { Journal } from '../../../src/cli/listen/journal.ts';
import { MediaQueue } from '../../../src/cli/listen/media-queue.ts';
import type { QueuedMessage } from '../../../src/cli/listen/media-queue.ts';
import { createSandbox, linesOf } from '../../helpers/sandbox.ts';

const sandbox = createSandbox();
const never = (): void => {
  throw new Error('The file system has sockets.');
};

const message = (n: number): QueuedMessage => ({
  id: `sha256-${String(n).padStart(64, '0')}`,
  from: '1',
  to: '2',
  files: [`http://content.example.com/${String(n)}`],
  addedAt: '2026-01-01T00:00:00.000Z',
});
const added = (n: number): string => `${JSON.stringify({ event: 'added', ...message(n) })}\n`;
const done = (n: number): string => `${JSON.stringify({ event: 'done', id: message(n).id })}\n`;
const idsIn = (queue: MediaQueue): number[] => Array.from(queue.messages, ({ id }) => Number(id.slice(7)));

async function openWith(content: string): Promise<{ queue: MediaQueue; path: string }> {
  const folder = sandbox.newPath();
  mkdirSync(folder);
  const path = join(folder, 'queue.ndjson');
  writeFileSync(path, content);
  return { queue: await MediaQueue.open(path, never), path };
}

describe('the queue', () => {
  it('contains after a restart what was added and is not done, in the same order', async () => {
    const path = join(sandbox.newPath(), 'queue.ndjson');
    const queue = await MediaQueue.open(path, never);
    for (const n of [1, 2, 3]) await queue.add(message(n));
    await queue.remove(message(2).id);
    expect([queue.has(message(1).id), queue.has(message(2).id)]).toEqual([true, false]);
    await queue.close();
    const next = await MediaQueue.open(path, never);
    expect([...next.messages]).toEqual([message(1), message(3)]);
    await next.close();
  });

  it('ignores lines that it cannot use, and an incomplete one at the end', async () => {
    const wrong = [
      '7',
      'null',
      '{',
      '{"event":"added","id":"../../etc"}',
      '{"event":"done","id":7}',
      added(1).replace('[', '[7,'),
      added(1).replace('2026', 'x'),
      added(1).replace('added', 'other'),
    ].map((line) => `${line.trim()}\n`);
    const { queue } = await openWith(`${wrong.join('')}${added(2)}{"event":"added","id"`);
    expect(idsIn(queue)).toEqual([2]);
    await queue.close();
  });

  it('contains a message again that was added after it was done', async () => {
    const { queue } = await openWith(added(1) + done(1) + added(1) + added(2));
    expect(idsIn(queue)).toEqual([1, 2]);
    await queue.close();
  });

  it('removes lines that are of no use: when it is opened, and after 1 000', async () => {
    const { queue, path } = await openWith(added(1) + added(2) + done(1));
    expect(readFileSync(path, 'utf8')).toBe(added(2));
    for (let n = 10; n < 510; n++) {
      await queue.add(message(n));
      await queue.remove(message(n).id);
    }
    expect(linesOf(path)).toHaveLength(1001);
    // Added while the file is being replaced.
    await queue.add(message(3));
    await Promise.all([queue.remove(message(3).id), queue.add(message(4)), queue.add(message(5))]);
    await queue.add(message(6));
    expect(linesOf(path).length).toBeLessThan(10);
    await queue.close();
    const next = await MediaQueue.open(path, never);
    expect(idsIn(next).sort()).toEqual([2, 4, 5, 6]);
    await next.close();
  });

  it('writes the new file to the disk before it replaces the old one', async () => {
    const probe = await fsPromises.open(import.meta.filename);
    const prototype = Object.getPrototypeOf(probe) as { sync: (this: unknown) => Promise<void> };
    await probe.close();
    const sizes: number[] = [];
    const { sync } = prototype;
    const spy = vi.spyOn(prototype, 'sync').mockImplementation(async function (this: fsPromises.FileHandle) {
      sizes.push((await this.stat()).size);
      await sync.call(this);
    });
    const { queue } = await openWith(added(1) + added(2) + done(1));
    spy.mockRestore();
    expect(sizes).toContain(added(2).length);
    await queue.close();
  });

  it('keeps the old file if it cannot be replaced', async () => {
    // A mock: the disk is full only for the new file.
    const spy = vi.spyOn(fsPromises, 'rename').mockRejectedValue(new Error('full'));
    const folder = sandbox.newPath();
    mkdirSync(join(folder, 'queue.ndjson.tmp', 'a'), { recursive: true });
    const path = join(folder, 'queue.ndjson');
    writeFileSync(path, added(1) + added(2) + done(1));
    const queue = await MediaQueue.open(path, never);
    expect(idsIn(queue)).toEqual([2]);
    expect(readFileSync(path, 'utf8')).toBe(added(1) + added(2) + done(1));
    await queue.close();
    spy.mockRestore();
  });

  it('does not contain a message that could not be written', async () => {
    const { queue } = await openWith('');
    const spy = vi.spyOn(Journal.prototype, 'append').mockRejectedValueOnce(new Error('full'));
    await expect(queue.add(message(1))).rejects.toThrow('full');
    expect(idsIn(queue)).toEqual([]);
    await queue.add(message(1));
    expect(idsIn(queue)).toEqual([1]);
    spy.mockRestore();
    await queue.close();
  });

  it('is full with 10 000 messages, or with 16 Mi characters, until some are done', async () => {
    const { queue } = await openWith(Array.from({ length: 9999 }, (_, n) => added(n)).join(''));
    expect(queue.isFull).toBe(false);
    await queue.add(message(10_000));
    expect(queue.isFull).toBe(true);
    await queue.close();
    const long = (n: number): QueuedMessage => ({ ...message(n), files: ['x'.repeat(4 * 1024 * 1024)] });
    const other = await openWith(
      Array.from({ length: 3 }, (_, n) => `${JSON.stringify({ event: 'added', ...long(n) })}\n`).join(''),
    );
    expect(other.queue.isFull).toBe(false);
    await other.queue.add(long(3));
    expect(other.queue.isFull).toBe(true);
    await other.queue.remove(long(3).id);
    await other.queue.remove('unknown');
    expect(other.queue.isFull).toBe(false);
    await other.queue.close();
  });

  it('can be opened only once at a time, and only in a folder', async () => {
    const { queue, path } = await openWith('');
    await expect(MediaQueue.open(path, never)).rejects.toThrow(
      `Cannot write to ${path}: another process uses it. Choose another folder with --save-media.`,
    );
    await queue.close();
    await expect(MediaQueue.open(join(path, 'queue.ndjson'), never)).rejects.toThrow(`Cannot write to ${path}`);
  });
});
