// The folder of one message. Whatever appears in it under its final name is complete, also after a crash.

import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join, normalize, resolve } from 'node:path';
import { syncFolder } from './sync-folder.ts';

// What a process that was killed leaves behind.
const TEMPORARY = /^\.[0-9a-f]{16}\.part$/;

const CHUNK_BYTES = 1024 * 1024;

/** The size and the digest of a file. */
export interface FileDigest {
  readonly size: number;
  readonly sha256: string;
}

/**
 * The code of an error of the file system, for example `ENOSPC`.
 * @throws every other error, because it shows a mistake in the code
 */
export function diskErrorCode(error: unknown): string {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) throw error;
  return code;
}

export class Folder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes the folder if it does not exist, also the folders above it. For their owner only. */
  static async open(path: string): Promise<Folder> {
    const whole = resolve(path);
    const first = await mkdir(whole, { recursive: true, mode: 0o700 });
    // The entries of the new folders must survive a crash, too.
    if (first !== undefined) {
      for (let made = whole; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
    }
    return new Folder(normalize(path));
  }

  /** Removes what killed processes have left. */
  async removeTemporary(): Promise<void> {
    for (const name of await this.names()) if (TEMPORARY.test(name)) await this.removeFile(name);
  }

  async names(): Promise<string[]> {
    return readdir(this.path);
  }

  /** Whether there is a regular file of this name. */
  async hasFile(name: string): Promise<boolean> {
    return isRegularFile(this.pathOf(name));
  }

  pathOf(name: string): string {
    return join(this.path, name);
  }

  /** Removes a regular file, and nothing else. */
  async removeFile(name: string): Promise<void> {
    if (await this.hasFile(name)) await rm(this.pathOf(name), { force: true });
  }

  /**
   * Writes a file. `write` gets a temporary file, and returns the final name, whose file is replaced. Nothing is left
   * if it fails. A symbolic link of that name is replaced, not followed.
   */
  async writeFile<T extends { readonly name: string }>(write: (handle: FileHandle) => Promise<T>): Promise<T> {
    const temporary = `.${randomBytes(8).toString('hex')}.part`;
    // Exclusive: nobody can make us write through a link.
    const handle = await open(this.pathOf(temporary), 'wx', 0o600);
    try {
      const result = await synced(handle, write);
      await rename(this.pathOf(temporary), this.pathOf(result.name));
      await syncFolder(this.path);
      return result;
    } catch (error) {
      await this.removeFile(temporary);
      throw error;
    }
  }

  /** Returns the text of a regular file: `''` if it is larger than `maxBytes`, `undefined` if the file is missing. */
  async readText(name: string, maxBytes: number): Promise<string | undefined> {
    const handle = await openRegularFile(this.pathOf(name));
    try {
      if (handle === undefined) return undefined;
      return (await handle.stat()).size > maxBytes ? '' : await handle.readFile('utf8');
    } finally {
      await handle?.close();
    }
  }

  /** Returns the size and digest of a regular file, or `undefined` if the file is missing. */
  async digestOf(name: string): Promise<FileDigest | undefined> {
    const handle = await openRegularFile(this.pathOf(name));
    if (handle === undefined) return undefined;
    try {
      const hash = createHash('sha256');
      let size = 0;
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      for (let read = await handle.read(buffer); read.bytesRead > 0; read = await handle.read(buffer)) {
        hash.update(buffer.subarray(0, read.bytesRead));
        size += read.bytesRead;
      }
      return { size, sha256: hash.digest('hex') };
    } finally {
      await handle.close();
    }
  }
}

/** Opens a regular file for reading. Returns `undefined` for anything else: a link, a pipe, a folder, nothing. */
export async function openRegularFile(path: string): Promise<FileHandle | undefined> {
  // Opening a pipe would wait for its writer.
  if (!(await isRegularFile(path))) return undefined;
  // Windows has no O_NOFOLLOW: the flag is then undefined, which counts as 0.
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
}

async function synced<T>(handle: FileHandle, write: (handle: FileHandle) => Promise<T>): Promise<T> {
  try {
    const result = await write(handle);
    await handle.sync();
    return result;
  } finally {
    await handle.close();
  }
}

async function isRegularFile(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile();
  } catch (error) {
    diskErrorCode(error);
    return false;
  }
}
