// A file of JSON lines that only ever grows by whole lines, each of them on the disk before anybody is told so.

import { existsSync } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { codeOf } from './terminal.ts';

const BLOCK_BYTES = 256 * 1024;
const OPEN_OBJECT = 0x7b;

interface Waiting {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

export class Journal {
  readonly #file: FileHandle;
  /** How much of the file is whole lines on the disk. */
  #size: number;
  #waiting: Waiting[] = [];
  #isWriting = false;
  /** Whether something may stand behind these. */
  #isTorn = false;

  private constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /**
   * Opens a file, which is made where there is none. A last line that is not whole, for a crash cut its write short, is cut off
   * when `onPiece` has kept it, but for one that lacks nothing but its end. `onLine` is called with its lines, the last first,
   * until it returns `false`.
   * @throws Error for a file of something else, or what `onPiece` throws: nothing of the file is touched
   */
  static async open(
    path: string,
    onLine: (line: string) => boolean,
    onPiece: (piece: Uint8Array) => Promise<void>,
  ): Promise<Journal> {
    await makeFolder(dirname(path));
    const file = await open(path, 'a+');
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw new Error('it is no regular file');
      const { size } = stats;
      if (!(await beginsAsJournal(file))) throw new Error('it holds something else than lines of JSON');
      const journal = new Journal(file, size);
      let isTail = true;
      for await (const piece of piecesBackwards(file, size)) {
        const isWhole = !isTail || isJson(piece);
        if (isTail && isWhole) await journal.append('');
        isTail = false;
        if (isWhole && !onLine(text(piece))) break;
        if (!isWhole && piece.length > 0) {
          await onPiece(piece);
          await journal.#cut(size - piece.length);
        }
      }
      await syncFolder(dirname(path));
      return journal;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Resolves when the line is on the disk. Where it rejects, nothing of it is in the file, or will be at the next opening. */
  append(line: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line: `${line}\n`, resolve, reject });
      if (!this.#isWriting) void this.#writeAll();
    });
  }

  /** Resolves when all is on the disk. */
  async close(): Promise<void> {
    await this.#file.close();
  }

  /** The lines that have come while others were written go to the disk together: it takes as long for many as for one. */
  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#writeBatch(Buffer.from(batch.map(({ line }) => line).join('')));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        // Where this fails too, it is tried again before the next line.
        await this.#cut(this.#size).catch(() => undefined);
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isWriting = false;
  }

  async #writeBatch(bytes: Uint8Array): Promise<void> {
    if (this.#isTorn) await this.#cut(this.#size);
    this.#isTorn = true;
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, at);
      at += bytesWritten;
    }
    await this.#file.sync();
    this.#size += bytes.length;
    this.#isTorn = false;
  }

  async #cut(size: number): Promise<void> {
    await this.#file.truncate(size);
    await this.#file.sync();
    this.#size = size;
    this.#isTorn = false;
  }
}

/** Whether the first line is JSON, or what a crash may have made of the only one: a piece, or NULs. */
async function beginsAsJournal(file: FileHandle): Promise<boolean> {
  const start = Buffer.alloc(BLOCK_BYTES);
  const { bytesRead } = await file.read(start, 0, BLOCK_BYTES, 0);
  const end = start.subarray(0, bytesRead).indexOf(0xa);
  return (
    bytesRead === 0 ||
    end === 0 ||
    (end === -1 ? start[0] === OPEN_OBJECT || start[0] === 0 : isJson(start.subarray(0, end)))
  );
}

/**
 * Makes a folder, and those that it is in. Not by the `recursive` of Node's own, which never returns where the system says
 * of a folder that is there that it is not, as it does in /proc.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && dirname(path) !== path && !existsSync(dirname(path))) {
      await makeFolder(dirname(path));
      await mkdir(path);
    } else if (codeOf(error) !== 'EEXIST' || !(await stat(path)).isDirectory()) {
      throw error;
    }
  }
}

/** So that a file that is new in it is there after a crash. */
export async function syncFolder(path: string): Promise<void> {
  /* v8 ignore next -- where a folder cannot be opened */
  if (process.platform === 'win32') return;
  const folder = await open(path);
  await folder.sync().finally(() => folder.close());
}

/** What stands between the line ends of a file, from its end on: first what stands behind the last one. */
async function* piecesBackwards(file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  // What the line at the front of the last block has so far.
  let rest: Uint8Array[] = [];
  for (let end = size; end > 0;) {
    const from = Math.max(0, end - BLOCK_BYTES);
    const block = await buffer(file.createReadStream({ start: from, end: end - 1, autoClose: false }));
    let to = block.length;
    for (let at = block.lastIndexOf(0xa); at !== -1; at = at === 0 ? -1 : block.lastIndexOf(0xa, at - 1)) {
      yield Buffer.concat([block.subarray(at + 1, to), ...rest]);
      rest = [];
      to = at;
    }
    rest.unshift(block.subarray(0, to));
    end = from;
  }
  yield Buffer.concat(rest);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(text(bytes));
    return true;
  } catch {
    return false;
  }
}
