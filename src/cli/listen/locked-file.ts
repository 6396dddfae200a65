// A file that is open for appending, and whose path is locked.

import { open, readlink, realpath, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { syncFolder } from '../../media/disk/sync-folder.ts';
import { codeOf } from '../failure.ts';
import { makeFolder } from './folders.ts';
import { startsWithJsonLine } from './json-lines.ts';
import { lockFile } from './lock.ts';
import type { FileLock } from './lock.ts';

export interface LockedFile {
  readonly handle: FileHandle;
  readonly lock: FileLock;
  /** Whether the path still leads to this file: it may have been moved, deleted or replaced. */
  readonly isInPlace: () => Promise<boolean>;
}

/**
 * Opens a file of JSON lines, or makes a new one, for its owner only. Its path is locked first. `lock` is used again if
 * it locks the file's path.
 * @throws Error if another process has locked the path, or if the file contains anything but JSON lines
 */
export async function openLocked(path: string, onUnsupported: () => void, lock?: FileLock): Promise<LockedFile> {
  await makeFolder(dirname(path));
  const target = await targetOf(path);
  if (lock?.path === target && lock.isInPlace()) return openFile(path, lock);
  const newLock = await lockFile(target, onUnsupported);
  try {
    return await openFile(path, newLock);
  } catch (error) {
    await newLock.release();
    throw error;
  }
}

async function openFile(path: string, lock: FileLock): Promise<LockedFile> {
  const handle = await open(lock.path, 'a+', 0o600);
  try {
    const ours = await handle.stat({ bigint: true });
    if (!ours.isFile()) throw new Error('it is not a regular file');
    if (!(await startsWithJsonLine(handle))) throw new Error('it contains something other than JSON lines');
    await syncFolder(dirname(lock.path));
    const isInPlace = async (): Promise<boolean> => {
      // If the path cannot be read, opening it again says why.
      const theirs = await stat(path, { bigint: true }).catch(() => undefined);
      return theirs?.ino === ours.ino && theirs.dev === ours.dev;
    };
    return { handle, isInPlace, lock };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Where a path leads to, without symbolic links, also if there is no file yet. */
async function targetOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  const folder = await realpath(dirname(path));
  const link = await readlink(path).catch(() => undefined);
  if (link === undefined) return join(folder, basename(path));
  // Not `join`: the system follows links before it goes up to `..`.
  return targetOf(isAbsolute(link) ? link : `${folder}/${link}`);
}
