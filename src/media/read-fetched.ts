// readMms of a message: fetches its files into memory.

import { contentOf, partOf } from './content.ts';
import { download } from './download.ts';
import type { OpenFile } from './download.ts';
import { failedFile, filesOf } from './fetch-files.ts';
import { detectType, START_BYTES } from './kinds.ts';
import type { MessageFile } from './location.ts';
import type { FailedFile, MissingPart, MmsContent, MmsPart } from './options.ts';
import { inPool } from './pool.ts';
import { Session } from './session.ts';
import type { MediaSettings } from './settings.ts';
import type { CreateTransport } from './transport.ts';

export async function readFetched(
  urls: readonly string[],
  settings: MediaSettings,
  createTransport: CreateTransport,
): Promise<MmsContent> {
  const session = new Session(settings, createTransport);
  try {
    const parts = await inPool(filesOf(urls), settings.concurrency, (file) => fetchPart(file, session));
    return contentOf(parts);
  } finally {
    session.close();
  }
}

async function fetchPart(file: MessageFile, session: Session): Promise<MmsPart> {
  try {
    return await download(file, session, (open) => readPart(file, open));
  } catch (error) {
    return missingPart(failedFile(file, error));
  }
}

export function missingPart({ index, url, error }: FailedFile): MissingPart {
  return { kind: 'missing', index, url, error };
}

async function readPart(file: MessageFile, { contentType, read, end }: OpenFile): Promise<MmsPart> {
  const bytes = await readAll(read);
  end(true);
  const start = bytes.subarray(0, START_BYTES);
  const facts = { contentType, detectedType: (await detectType(start))?.mime, start };
  return partOf({ ...file, ...facts, size: bytes.length, location: { bytes } }, () => Promise.resolve(bytes));
}

async function readAll(read: OpenFile['read']): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let chunk = await read(); chunk !== undefined; chunk = await read()) {
    chunks.push(chunk);
    length += chunk.length;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
