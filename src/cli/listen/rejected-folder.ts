// The folder for what `listen` could not read: bodies of postbacks, and incomplete lines of the file of messages.

import { createHash, randomUUID } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '../../media/disk/sync-folder.ts';
import type { Rejection } from '../../use/http.ts';
import { Failure, reasonOf } from '../failure.ts';
import { makeFolder } from './folders.ts';

// Where a file is written before it gets its name.
const TEMPORARY = /\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.tmp$/;
// Longer than writing one takes: other processes may use the same folder.
const ABANDONED_MS = 60_000;

/** The default is a folder next to the file of messages. */
export function defaultRejectedFolder(out: string): string {
  return join(dirname(out), 'rejected');
}

/** @throws Failure */
export async function makeRejectedFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
  } catch (error) {
    throw new Failure(`Cannot make the folder ${folder}: ${reasonOf(error)}. Choose another folder with --rejected.`);
  }
}

/** Removes files that a process could not finish because it was killed. What cannot be removed may stay. */
export async function removeAbandoned(folder: string): Promise<void> {
  try {
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      if (TEMPORARY.test(name) && Date.now() - lstatSync(path).mtimeMs > ABANDONED_MS) await rm(path);
    }
  } catch {
    // It belongs to another user, for example.
  }
}

/**
 * Stores a body with its errors and headers. If they are stored already, the time of the first arrival is kept.
 * Resolves to the file with the body, if there was a body.
 */
export async function storeRejection(
  folder: string,
  { errors, raw, headers, arrivedAt }: Rejection,
): Promise<string | undefined> {
  if (raw === undefined) return undefined;
  // The same bytes may be different text, if their headers are different.
  const { 'content-type': type = '', 'content-encoding': coding = '' } = headers;
  const name = join(folder, digestName(`${type}\n${coding}\n`, raw));
  // It may have been moved or deleted.
  await makeRejectedFolder(folder);
  // First, so that there is never a body without it.
  if (lstatSync(`${name}.json`, { throwIfNoEntry: false })?.isFile() !== true) {
    const details = { arrivedAt, errors, headers };
    await writeWhole(`${name}.json`, `${JSON.stringify(details, undefined, 2)}\n`);
  }
  await writeWhole(`${name}.body`, raw);
  await syncFolder(folder);
  return `${name}.body`;
}

/** Stores the incomplete last line of the file of messages. Resolves to the file with the line. */
export async function storeIncompleteLine(folder: string, line: Uint8Array, out: string): Promise<string> {
  const name = join(folder, `${digestName(line)}.partial`);
  await makeRejectedFolder(folder);
  try {
    await writeWhole(name, line);
    await syncFolder(folder);
    return name;
  } catch (error) {
    throw new Failure(
      `Cannot write to ${name}: ${reasonOf(error)}. The last line of ${out} is incomplete and must be moved ` +
        'there. Choose another folder with --rejected.',
    );
  }
}

/** The same content has the same name, so a retry does not add a file. */
function digestName(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 16);
}

/**
 * Writes a file that is either whole or not there, also after a crash, and if the same body arrives in parallel. It can
 * be read by its owner only. A symbolic link with its name is replaced, not followed.
 */
async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, content, { flag: 'wx', mode: 0o600, flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
