// Making folders, and making sure that new files in them survive a crash.

import { existsSync } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../failure.ts';

/**
 * Makes a folder and its missing parents. Does not use Node's `recursive` option: that never returns if the system
 * reports ENOENT although the parent exists, as /proc does.
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

/** Writes the folder's entries to the disk, so that new files in it are still there after a crash. */
export async function syncFolder(path: string): Promise<void> {
  /* v8 ignore next -- Windows cannot open folders */
  if (process.platform === 'win32') return;
  const folder = await open(path);
  await folder.sync().finally(() => folder.close());
}
