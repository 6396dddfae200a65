// The folder for what `listen` could not read: bodies of postbacks, and incomplete lines of the file of messages.

import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Rejection } from '../../use/http.ts';
import { Failure, reasonOf } from '../failure.ts';
import { makeFolder, syncFolder } from './folders.ts';

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

/**
 * Stores a body with its errors and headers. If they are stored already, the time of the first arrival is kept.
 * Resolves to the file with the body, if there was a body.
 */
export async function storeRejection(
  folder: string,
  { errors, raw, headers, arrivedAt }: Rejection,
): Promise<string | undefined> {
  if (raw === undefined) return undefined;
  const name = join(folder, digestName(raw));
  await writeFile(`${name}.body`, raw, { flush: true });
  if (!(await isWholeJson(`${name}.json`))) {
    const details = { arrivedAt, errors, headers };
    await writeFile(`${name}.json`, `${JSON.stringify(details, undefined, 2)}\n`, { flush: true });
  }
  await syncFolder(folder);
  return `${name}.body`;
}

/** A crash may have left an incomplete file, which is then written again. */
async function isWholeJson(file: string): Promise<boolean> {
  try {
    JSON.parse(await readFile(file, 'utf8'));
    return true;
  } catch {
    return false;
  }
}

/** Stores the incomplete last line of the file of messages. Resolves to the file with the line. */
export async function storeIncompleteLine(folder: string, line: Uint8Array, out: string): Promise<string> {
  const name = join(folder, `${digestName(line)}.partial`);
  await makeRejectedFolder(folder);
  try {
    await writeFile(name, line, { flush: true });
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
function digestName(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}
