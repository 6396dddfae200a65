// A file of JSON lines. Only whole lines are appended. append() resolves when its line is on the disk, in the file that
// the path leads to.

import { fstatSync, ftruncateSync } from 'node:fs';
import {
  countOfLines,
  decodeLine,
  endsWithLineFeed,
  isJsonLine,
  linesBackwards,
  placeOfAppended,
} from './json-lines.ts';
import { openLocked } from './locked-file.ts';
import type { LockedFile } from './locked-file.ts';

// How often lines are written again: the file may be moved, or changed by other programs, at the same time.
const MAX_ATTEMPTS = 100;

interface PendingLine {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

type OnLine = (line: string) => boolean;
type OnIncompleteLine = (line: Uint8Array) => Promise<void>;

interface Added {
  readonly from: number;
  to: number;
}

export class Journal {
  readonly #path: string;
  readonly #onUnlocked: () => void;
  #file: LockedFile;
  /** The bytes at the end of the file that must be removed if a write fails. */
  #added: Added | undefined;
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
    if (!this.#takeBack() && last.length === size)
      throw new Error('it contains only an incomplete line, which cannot be removed');
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
      await this.#write(batch);
    }
    this.#isWriting = false;
  }

  /** Writes lines to the file at the path. If the file is moved during the write, they are written to a new one. */
  async #write(batch: readonly PendingLine[]): Promise<void> {
    let left = batch;
    try {
      for (let attempt = 0; left.length > 0; attempt++) {
        if (attempt === MAX_ATTEMPTS) throw new Error('it is moved or changed all the time');
        if (!(await this.#isInPlace())) await this.#reopen();
        const { stored, others } = await this.#add(left);
        // Whoever has moved the file may have read it before the write.
        if (await this.#isInPlace()) {
          this.#added = undefined;
          for (const { resolve } of stored) resolve();
          left = others;
        } else {
          this.#takeBack();
        }
      }
    } catch (error) {
      this.#takeBack();
      for (const { reject } of left) reject(error);
    }
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

  /** Adds lines. Resolves to those that are whole, and on lines of their own, and to the others. */
  async #add(
    lines: readonly PendingLine[],
  ): Promise<{ stored: readonly PendingLine[]; others: readonly PendingLine[] }> {
    const { handle } = this.#file;
    const { size } = await handle.stat();
    const text = lines.map(({ line }) => line).join('');
    // Somebody else may have written to the file, or what we have written could not be removed.
    const start = (await endsWithLineFeed(handle, size)) ? '' : '\n';
    // In one piece: what other programs append must not come between.
    const bytes = Buffer.from(start + text);
    const { bytesWritten } = await handle.write(bytes);
    const added: Added = { from: size, to: size + bytesWritten };
    this.#added = added;
    if (bytesWritten < bytes.length) {
      const reason = await this.#reasonOfPart(added);
      if (this.#takeBack()) {
        if (reason !== undefined) throw reason;
        return { stored: [], others: lines };
      }
    }
    const written = bytes.subarray(0, bytesWritten);
    await handle.sync();
    const place = await placeOfAppended(handle, size, written);
    if (place === 'nowhere') return { stored: [], others: lines };
    const first = place === 'start of line' ? 0 : 1;
    const end = Math.max(first, countOfLines(written) - start.length);
    return { stored: lines.slice(first, end), others: [...lines.slice(0, first), ...lines.slice(end)] };
  }

  /** Why only a part was written, if the system says so for one byte more. Most likely, the disk is full. */
  async #reasonOfPart(added: Added): Promise<Error | undefined> {
    try {
      const { bytesWritten } = await this.#file.handle.write(Buffer.from('\n'));
      added.to += bytesWritten;
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  /**
   * Removes what the last write has added, unless the size of the file shows that something else was written, too. If
   * that fails, it stays, and the next line starts after a line feed. Returns whether it is removed.
   */
  #takeBack(): boolean {
    if (this.#added === undefined) return false;
    const { from, to } = this.#added;
    const { fd } = this.#file.handle;
    this.#added = undefined;
    try {
      // At once, so that others can hardly write between the two.
      if (fstatSync(fd).size !== to) return false;
      ftruncateSync(fd, from);
      return true;
    } catch {
      // Only appending is allowed, for example.
      return false;
    }
  }
}
