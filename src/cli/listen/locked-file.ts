// A file that is open for appending, and whose path is locked.

import { open, realpath, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder, syncFolder } from './folders.ts';
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
 * Opens a file of JSON lines, or makes a new one, for its owner only. `lock` is used again if it locks the file's path.
 * @throws Error if another process has locked the path, or if the file contains anything but JSON lines
 */
export async function openLocked(path: string, onUnsupported: () => void, lock?: FileLock): Promise<LockedFile> {
  await makeFolder(dirname(path));
  const handle = await open(path, 'a+', 0o600);
  try {
    const ours = await handle.stat({ bigint: true });
    if (!ours.isFile()) throw new Error('it is not a regular file');
    if (!(await startsWithJsonLine(handle))) throw new Error('it contains something other than JSON lines');
    await syncFolder(dirname(path));
    const isInPlace = async (): Promise<boolean> => {
      // If the path cannot be read, opening it again says why.
      const theirs = await stat(path, { bigint: true }).catch(() => undefined);
      return theirs?.ino === ours.ino && theirs.dev === ours.dev;
    };
    const lockedPath = await realpath(path);
    const isLocked = lock?.path === lockedPath && lock.isInPlace();
    return { handle, isInPlace, lock: isLocked ? lock : await lockFile(lockedPath, onUnsupported) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
