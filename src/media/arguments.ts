// Checks the arguments of the three functions.

import { typeName } from '../options.ts';
import type { MessageWithFiles, SavedFiles, SaveOptions } from './options.ts';

/** @throws TypeError if the message has no list of URLs */
export function requireFiles(
  message: MessageWithFiles,
  expected = 'mms: expected an MmsMo, whose files are a list of strings',
): readonly string[] {
  const files: unknown = (message as Partial<MessageWithFiles> | null | undefined)?.files;
  if (Array.isArray(files) && files.every((file) => typeof file === 'string')) return files;
  throw new TypeError(expected);
}

/** @throws TypeError if it is not a path */
export function requireDirectory({ directory }: SaveOptions): string {
  if (typeof (directory as unknown) === 'string' && directory !== '') return directory;
  throw new TypeError(`options.directory: expected a path, got ${directory === '' ? "''" : typeName(directory)}`);
}

/** Whether the source of `readMms` is what `saveFiles` has returned. */
export function isSaved(source: MessageWithFiles | SavedFiles): source is SavedFiles {
  return typeof (source as Partial<SavedFiles> | null | undefined)?.directory === 'string';
}
