// Makes folders.

import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../../media/disk/sync-folder.ts';
import { codeOf } from '../failure.ts';

/**
 * Makes a folder if it does not exist, for its owner only. Not its parents: if they are missing, the path is probably
 * misspelt.
 * @throws Error that names the parent if that is missing
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
    await syncFolder(dirname(path));
  } catch (error) {
    // The system also reports ENOENT for folders that nobody can make, for example in /proc.
    if (codeOf(error) === 'ENOENT' && !existsSync(dirname(path))) {
      throw new Error(`the folder ${dirname(path)} does not exist`, { cause: error });
    }
    if (codeOf(error) !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  }
}
