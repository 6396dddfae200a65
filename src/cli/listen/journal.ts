// A file of JSON lines. Only whole lines are appended. append() resolves when its line is on the disk, in the file that
// the path leads to.

import { decodeLine, endsWithLineFeed, isJsonLine, linesBackwards } from './json-lines.ts';
import { openLocked } from './locked-file.ts';
import type { LockedFile } from './locked-file.ts';

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
  #added: { readonly from: number; to: number } | undefined;
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
   * @throws Error if another process uses the file, if the file contains anything but JSON lines, or if `onLine` or
   *   `onIncompleteLine` throws. The file is then not changed
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
    let isLast = true;
    for await (const line of linesBackwards(handle, size)) {
      // The last line may lack its line feed, if it is whole otherwise.
      const isWhole = !isLast || isJsonLine(line);
      if (!isWhole && line.length > 0) {
        await onIncompleteLine(line);
        this.#added = { from: size - line.length, to: size };
        await this.#takeBack();
      }
      isLast = false;
      if (isWhole && !onLine(decodeLine(line))) break;
    }
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
        // If this fails, too, it is tried again before the next write.
        await this.#takeBack().catch(() => undefined);
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isWriting = false;
  }

  /** Writes lines to the file at the path. If the file is moved during the write, they are written to a new one. */
  async #write(lines: string): Promise<void> {
    do {
      await this.#takeBack();
      if (!(await this.#file.isInPlace())) await this.#reopen();
      await this.#add(lines);
      // Whoever has moved the file may have read it before the write.
    } while (!(await this.#file.isInPlace()));
    this.#added = undefined;
  }

  async #reopen(): Promise<void> {
    const { handle, lock } = this.#file;
    this.#file = await openLocked(this.#path, this.#onUnlocked, lock);
    await handle.close();
    if (this.#file.lock !== lock) await lock.release();
  }

  async #add(lines: string): Promise<void> {
    const { handle } = this.#file;
    const { size } = await handle.stat();
    // Somebody else may have written to the file.
    const bytes = Buffer.from((await endsWithLineFeed(handle, size)) ? lines : `\n${lines}`);
    const added = { from: size, to: size };
    this.#added = added;
    for (let at = 0; at < bytes.length; at = added.to - size) {
      const { bytesWritten } = await handle.write(bytes, at);
      added.to += bytesWritten;
    }
    await handle.sync();
  }

  /** Removes what the last write has added, unless the size of the file shows that something else was written, too. */
  async #takeBack(): Promise<void> {
    const { handle } = this.#file;
    if (this.#added === undefined) return;
    const { from, to } = this.#added;
    if (to > from && (await handle.stat()).size === to) {
      await handle.truncate(from);
      await handle.sync();
    }
    this.#added = undefined;
  }
}
