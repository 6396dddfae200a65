// A file of JSON lines. Only whole lines are appended. append() resolves when its line is on the disk.

import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { makeFolder, syncFolder } from './folders.ts';

const BLOCK_BYTES = 256 * 1024;
const LINE_FEED = 0xa;
const OPEN_BRACE = 0x7b;

interface PendingLine {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

type OnLine = (line: string) => boolean;
type OnIncompleteLine = (line: Uint8Array) => Promise<void>;

export class Journal {
  readonly #file: FileHandle;
  /** The size of the whole lines that are on the disk. */
  #size: number;
  #pending: PendingLine[] = [];
  #isWriting = false;
  /** Whether the file may contain bytes of a failed write after its whole lines. */
  #isTorn = false;

  private constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /**
   * Opens a file, or makes a new one. Calls `onLine` with the lines that are already there, the last one first, until
   * `onLine` returns `false`. If a crash has left the last line incomplete, the line is removed after
   * `onIncompleteLine` has stored it. If only its line feed is missing, that is added.
   * @throws Error if the file contains anything but JSON lines, or if `onLine` or `onIncompleteLine` throws. The file
   *   is then not changed
   */
  static async open(path: string, onLine: OnLine, onIncompleteLine: OnIncompleteLine): Promise<Journal> {
    await makeFolder(dirname(path));
    const file = await open(path, 'a+');
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw new Error('it is not a regular file');
      if (!(await startsAsJournal(file))) throw new Error('it contains something other than JSON lines');
      const journal = new Journal(file, stats.size);
      await journal.#readBackwards(onLine, onIncompleteLine);
      await syncFolder(dirname(path));
      return journal;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Resolves when the line is on the disk. If it rejects, no part of the line stays in the file. */
  append(line: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ line: `${line}\n`, resolve, reject });
      if (!this.#isWriting) void this.#writeAll();
    });
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #readBackwards(onLine: OnLine, onIncompleteLine: OnIncompleteLine): Promise<void> {
    let isLast = true;
    for await (const line of linesBackwards(this.#file, this.#size)) {
      const isComplete = isLast ? await this.#completeLastLine(line, onIncompleteLine) : true;
      isLast = false;
      if (isComplete && !onLine(decode(line))) break;
    }
  }

  /**
   * Makes sure that the file ends with a whole line. Resolves to whether the bytes after the last line feed are one.
   */
  async #completeLastLine(line: Uint8Array, onIncompleteLine: OnIncompleteLine): Promise<boolean> {
    if (isJsonLine(line)) {
      await this.append('');
      return true;
    }
    if (line.length > 0) {
      await onIncompleteLine(line);
      await this.#truncate(this.#size - line.length);
    }
    return false;
  }

  /**
   * Writes all pending lines. Lines that arrive during a write are written together: that takes as long as one line.
   */
  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#pending.length > 0) {
      const batch = this.#pending;
      this.#pending = [];
      try {
        await this.#writeBatch(Buffer.from(batch.map(({ line }) => line).join('')));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        // If this fails, too, it is tried again before the next write.
        await this.#truncate(this.#size).catch(() => undefined);
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isWriting = false;
  }

  async #writeBatch(bytes: Uint8Array): Promise<void> {
    if (this.#isTorn) await this.#truncate(this.#size);
    this.#isTorn = true;
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, at);
      at += bytesWritten;
    }
    await this.#file.sync();
    this.#size += bytes.length;
    this.#isTorn = false;
  }

  async #truncate(size: number): Promise<void> {
    await this.#file.truncate(size);
    await this.#file.sync();
    this.#size = size;
    this.#isTorn = false;
  }
}

/**
 * Whether the first line is JSON. A file with a single line may be what a crash has left: the start of an object, or
 * NULs.
 */
async function startsAsJournal(file: FileHandle): Promise<boolean> {
  const start = Buffer.alloc(BLOCK_BYTES);
  const { bytesRead } = await file.read(start, 0, BLOCK_BYTES, 0);
  const end = start.subarray(0, bytesRead).indexOf(LINE_FEED);
  if (bytesRead === 0 || end === 0) return true;
  return end === -1 ? start[0] === OPEN_BRACE || start[0] === 0 : isJsonLine(start.subarray(0, end));
}

/** The lines of a file, the last one first. The first item is what follows the last line feed, usually nothing. */
async function* linesBackwards(file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  // The end of the line that starts before the current block.
  let rest: Uint8Array[] = [];
  for (let end = size; end > 0;) {
    const from = Math.max(0, end - BLOCK_BYTES);
    const block = await buffer(file.createReadStream({ start: from, end: end - 1, autoClose: false }));
    let to = block.length;
    for (let at = block.lastIndexOf(LINE_FEED); at !== -1; at = at === 0 ? -1 : block.lastIndexOf(LINE_FEED, at - 1)) {
      yield Buffer.concat([block.subarray(at + 1, to), ...rest]);
      rest = [];
      to = at;
    }
    rest.unshift(block.subarray(0, to));
    end = from;
  }
  yield Buffer.concat(rest);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function isJsonLine(bytes: Uint8Array): boolean {
  try {
    JSON.parse(decode(bytes));
    return true;
  } catch {
    return false;
  }
}
