// A file of JSON lines. Only whole lines are appended. append() resolves when its line is on the disk, in the file that
// the path leads to.

import { fstatSync, ftruncateSync } from 'node:fs';
import { decodeLine, endsWithLineFeed, isJsonLine, linesBackwards } from './json-lines.ts';
import { openLocked } from './locked-file.ts';
import type { LockedFile } from './locked-file.ts';

// How often a line is written that the system has written only in part.
const WRITE_ATTEMPTS = 3;

interface PendingLine {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

type OnLine = (line: string) => boolean;
type OnIncompleteLine = (line: Uint8Array) => Promise<void>;

export class Journal {
  readonly #path: string;
  readonly #onUnlocked: () => void;
  #file: LockedFile;
  /** The bytes at the end of the file that must be removed if a write fails. */
  #added: { readonly from: number; readonly to: number } | undefined;
  #pending: PendingLine[] = [];
  #isWriting = false;

  private constructor(path: string, onUnlocked: () => void, file: LockedFile) {
    this.#path = path;
    this.#onUnlocked = onUnlocked;
    this.#file = file;
  }

  /**
   * Opens a file, or makes a new one, and locks its path. Calls `onLine` with the lines that are already there, the
   * last one first, until `onLine` returns `false`. If a crash has left the last line incomplete, the line is removed
   * after `onIncompleteLine` has stored it. Calls `onUnlocked` if the file system has no locks.
   * @throws Error if another process uses the file, if its first line is not JSON, if a line is longer than 32 MiB, or
   *   if `onIncompleteLine` throws. The file is then not changed
   */
  static async open(
    path: string,
    onLine: OnLine,
    onIncompleteLine: OnIncompleteLine,
    onUnlocked: () => void,
  ): Promise<Journal> {
    const journal = new Journal(path, onUnlocked, await openLocked(path, onUnlocked));
    try {
      await journal.#readBackwards(onLine, onIncompleteLine);
      return journal;
    } catch (error) {
      await journal.close();
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
    await this.#file.handle.close();
    await this.#file.lock.release();
  }

  async #readBackwards(onLine: OnLine, onIncompleteLine: OnIncompleteLine): Promise<void> {
    const { handle } = this.#file;
    // Retries of these lines are answered 200, so they must survive from now on.
    await handle.sync();
    const { size } = await handle.stat();
    let last: Uint8Array | undefined;
    let isIncomplete = false;
    for await (const line of linesBackwards(handle, size)) {
      const isLast = last === undefined;
      last ??= line;
      // The last line may lack its line feed, if it is whole otherwise.
      if (isLast && !isJsonLine(line)) isIncomplete = line.length > 0;
      else if (!onLine(decodeLine(line))) break;
    }
    if (last === undefined || !isIncomplete) return;
    await onIncompleteLine(last);
    this.#added = { from: size - last.length, to: size };
    this.#takeBack();
    await handle.sync();
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
        await this.#write(batch.map(({ line }) => line).join(''));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        this.#takeBack();
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isWriting = false;
  }

  /** Writes lines to the file at the path. If the file is moved during the write, they are written to a new one. */
  async #write(lines: string): Promise<void> {
    do {
      this.#takeBack();
      if (!(await this.#isInPlace())) await this.#reopen();
      await this.#add(lines);
      // Whoever has moved the file may have read it before the write.
    } while (!(await this.#isInPlace()));
    this.#added = undefined;
  }

  /** Whether the path leads to our file, and no other process can have locked it. */
  async #isInPlace(): Promise<boolean> {
    return this.#file.lock.isInPlace() && (await this.#file.isInPlace());
  }

  async #reopen(): Promise<void> {
    const { handle, lock } = this.#file;
    this.#file = await openLocked(this.#path, this.#onUnlocked, lock);
    await handle.close();
    if (this.#file.lock !== lock) await lock.release();
  }

  /**
   * Adds lines in one piece: what other programs append must not come between. If the system writes only a part, it is
   * taken back.
   */
  async #add(lines: string): Promise<void> {
    const { handle } = this.#file;
    for (let attempt = 0; attempt < WRITE_ATTEMPTS; attempt++) {
      const { size } = await handle.stat();
      // Somebody else may have written to the file, or what we have written could not be removed.
      const bytes = Buffer.from((await endsWithLineFeed(handle, size)) ? lines : `\n${lines}`);
      const { bytesWritten } = await handle.write(bytes);
      this.#added = { from: size, to: size + bytesWritten };
      if (bytesWritten === bytes.length) {
        await handle.sync();
        return;
      }
      // This throws what the reason is, most likely that the disk is full.
      const rest = await handle.write(bytes, bytesWritten);
      this.#added = { from: size, to: size + bytesWritten + rest.bytesWritten };
      this.#takeBack();
    }
    throw new Error('lines are written only in part');
  }

  /**
   * Removes what the last write has added, unless the size of the file shows that something else was written, too. If
   * that fails, it stays, and the next line starts after a line feed.
   */
  #takeBack(): void {
    if (this.#added === undefined) return;
    const { from, to } = this.#added;
    const { fd } = this.#file.handle;
    this.#added = undefined;
    try {
      // At once, so that others can hardly write between the two.
      if (to > from && fstatSync(fd).size === to) ftruncateSync(fd, from);
    } catch {
      // Only appending is allowed, for example.
    }
  }
}
