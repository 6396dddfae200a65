/**
 * Fetches, saves and reads the files of an MMS. On Node.js it needs the package undici.
 *
 * The URLs of these files arrive over an open port. So every address is checked before it is connected to, everything
 * is bounded, and nothing that a stranger chooses becomes a file name. All attacks that it resists: docs/media.md.
 *
 * @example
 * import { contentKey } from 'mo-postback';
 * import { readMms, saveFiles } from 'mo-postback/media';
 *
 * const saved = await saveFiles(mms, { directory: `media/${await contentKey(mms)}` });
 * const { text, parts, isComplete } = await readMms(saved);
 *
 * @module
 */

import { readSaved } from './disk/read-saved.ts';
import { saveAll } from './disk/save-files.ts';
import { createMedia } from './media.ts';
import type { Media } from './media.ts';
import { undiciTransport } from './node/undici-transport.ts';
import type {
  FailedFile,
  FetchedFile,
  MediaOptions,
  MessageWithFiles,
  MmsContent,
  SavedFiles,
  SaveOptions,
} from './options.ts';

export * from './exports.ts';

const media: Media = /* @__PURE__ */ createMedia({
  createTransport: undiciTransport,
  seesAddresses: true,
  disk: { saveAll, readSaved },
});

/**
 * Fetches the files of a message, one after the other: for uploads to another storage. Nothing is fetched before the
 * iteration starts. Asking for the next file, or leaving the loop, closes a body that was not read to its end.
 *
 * A file that fails before its first byte is tried again, and is then a result with an error. A file that fails later
 * errors its body with a MediaError.
 *
 * @throws TypeError or RangeError for a wrong option; the message names the option
 */
export function fetchFiles(
  mms: MessageWithFiles,
  options?: MediaOptions,
): AsyncGenerator<FetchedFile | FailedFile, void> {
  return media.fetchFiles(mms, options);
}

/**
 * Saves the files of a message in a folder, as `01.jpg`, `02.txt` and so on, and the results as `manifest.json`. A file
 * appears under its name only when it is complete. Calling it again with the same message and folder fetches only what
 * is missing.
 *
 * A file that fails does not stop the others: see its result. The promise rejects only for wrong arguments, and when
 * the signal aborts.
 *
 * @throws TypeError or RangeError for a wrong option; the message names the option
 */
export async function saveFiles(mms: MessageWithFiles, options: SaveOptions): Promise<SavedFiles> {
  return media.saveFiles(mms, options);
}

/**
 * Reads an MMS: what its sender wrote, and its parts in the order in which a phone shows them.
 *
 * @param source what `saveFiles` has returned, or a message, whose files are then fetched into memory
 * @throws TypeError or RangeError for a wrong option; the message names the option
 */
export async function readMms(source: MessageWithFiles | SavedFiles, options?: MediaOptions): Promise<MmsContent> {
  return media.readMms(source, options);
}
