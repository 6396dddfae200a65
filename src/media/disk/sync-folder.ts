// Makes sure that new files in a folder survive a crash.

import { open } from 'node:fs/promises';

/** Writes the folder's entries to the disk, so that new files in it are still there after a crash. */
export async function syncFolder(path: string): Promise<void> {
  /* v8 ignore next -- Windows cannot open folders */
  if (process.platform === 'win32') return;
  const folder = await open(path);
  await folder.sync().finally(() => folder.close());
}
