// readMms of what saveFiles has saved.

import type { FileHandle } from 'node:fs/promises';
import { contentOf, partOf } from '../content.ts';
import { MediaError } from '../errors.ts';
import { START_BYTES } from '../kinds.ts';
import type { FailedFile, MmsContent, MmsPart, SavedFile, SavedFiles } from '../options.ts';
import { missingPart } from '../read-fetched.ts';
import type { MediaSettings } from '../settings.ts';
import { diskErrorCode, openRegularFile } from './folder.ts';

/** Reads the files with text into memory. */
export async function readSaved({ files }: SavedFiles, settings: MediaSettings): Promise<MmsContent> {
  const parts: MmsPart[] = [];
  for (const file of files) {
    settings.signal?.throwIfAborted();
    parts.push(await savedPart(file, settings));
  }
  return contentOf(parts);
}

async function savedPart(file: SavedFile | FailedFile, { maxFileBytes }: MediaSettings): Promise<MmsPart> {
  if (!file.success) return missingPart(file);
  const { index, url, path, contentType, detectedType } = file;
  let handle: FileHandle | undefined;
  try {
    handle = await openRegularFile(path);
    if (handle === undefined) throw new MediaError('DISK', 'The file is missing, or is not a regular file', { index });
    const { size } = await handle.stat();
    const start = await readStart(handle);
    const facts = { url, contentType, detectedType, start };
    return await partOf({ index, ...facts, size, location: { path } }, readAll(handle, size, maxFileBytes, index));
  } catch (error) {
    return missingPart({ success: false, index, url, error: mediaError(error, index) });
  } finally {
    await handle?.close();
  }
}

async function readStart(handle: FileHandle): Promise<Uint8Array> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(START_BYTES), 0, START_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}

function readAll(handle: FileHandle, size: number, maxBytes: number, index: number): () => Promise<Uint8Array> {
  return async () => {
    if (size <= maxBytes) return handle.readFile();
    throw new MediaError('TOO_LARGE', `The text has more than ${maxBytes} bytes (maxFileBytes)`, { index });
  };
}

function mediaError(error: unknown, index: number): MediaError {
  if (error instanceof MediaError) return error;
  return new MediaError('DISK', `The file cannot be read (${diskErrorCode(error)})`, { index });
}
