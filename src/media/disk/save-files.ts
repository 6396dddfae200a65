// saveFiles: the files of a message in a folder.

import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import { download } from '../download.ts';
import type { OpenFile } from '../download.ts';
import { MediaError } from '../errors.ts';
import { failedFile, filesOf } from '../fetch-files.ts';
import { detectType, kindOf, START_BYTES } from '../kinds.ts';
import type { DetectedType, PartKind } from '../kinds.ts';
import type { MessageFile } from '../location.ts';
import type { FailedFile, SavedFile, SavedFiles } from '../options.ts';
import { inPool } from '../pool.ts';
import { Session } from '../session.ts';
import type { MediaSettings } from '../settings.ts';
import type { CreateTransport } from '../transport.ts';
import { diskErrorCode, Folder } from './folder.ts';
import type { FileDigest } from './folder.ts';
import { ForeignFolder, Manifest } from './manifest.ts';

/** The calls that are running, by the path of their folder. */
const running = new Map<string, Promise<unknown>>();

export async function saveAll(
  urls: readonly string[],
  directory: string,
  settings: MediaSettings,
  createTransport: CreateTransport,
): Promise<SavedFiles> {
  settings.signal?.throwIfAborted();
  try {
    const folder = await Folder.open(directory);
    const files = filesOf(urls);
    return await inTurn(await realpath(resolve(directory)), settings.signal, async () => {
      const manifest = await Manifest.open(folder, urls);
      await folder.removeTemporary();
      const session = new Session(settings, createTransport);
      try {
        const saving = new Saving(folder, manifest, session, await folder.names(), files.length);
        return { directory, files: await saving.run(files) };
      } finally {
        session.close();
      }
    });
  } catch (error) {
    settings.signal?.throwIfAborted();
    // The folder cannot be used.
    return { directory, files: filesOf(urls).map((file) => failedFile(file, diskError(file, directory, error))) };
  }
}

/** Two calls with the same folder run one after the other. The second one then finds the files complete. */
async function inTurn<T>(path: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const before = running.get(path);
  const result = (async () => {
    await unlessAborted(Promise.allSettled([before]), signal);
    return work();
  })();
  // It may be aborted while the one before is still running.
  const all = Promise.allSettled([before, result]);
  running.set(path, all);
  void all.then(() => {
    if (running.get(path) === all) running.delete(path);
  });
  return result;
}

/** Rejects with the signal's reason as soon as it aborts. */
async function unlessAborted(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => {
    signal?.addEventListener('abort', resolve);
    void work.then(() => {
      signal?.removeEventListener('abort', resolve);
      resolve(undefined);
    });
  });
  signal?.throwIfAborted();
}

function diskError({ index }: MessageFile, directory: string, error: unknown): MediaError {
  if (error instanceof ForeignFolder) return new MediaError('DISK', error.message, { index });
  return new MediaError('DISK', `Cannot write to ${directory} (${diskErrorCode(error)})`, { index });
}

/** One call. */
class Saving {
  readonly #folder: Folder;
  readonly #manifest: Manifest;
  readonly #session: Session;
  /** What was in the folder when the call started. */
  readonly #names: readonly string[];
  /** How many digits the number of a file has. */
  readonly #digits: number;

  constructor(folder: Folder, manifest: Manifest, session: Session, names: readonly string[], count: number) {
    this.#folder = folder;
    this.#manifest = manifest;
    this.#session = session;
    this.#names = names;
    this.#digits = Math.max(2, String(count).length);
  }

  async run(files: readonly MessageFile[]): Promise<(SavedFile | FailedFile)[]> {
    if (this.#manifest.isNew) await this.#requireEmpty(files);
    const kept = await inPool(files, 1, (file) => this.#kept(file));
    await this.#manifest.write();
    const { concurrency } = this.#session.settings;
    return inPool(files, concurrency, async (file) => kept[file.index] ?? (await this.#save(file)));
  }

  /** The file, if an earlier call has completed it, and it is still the same. */
  async #kept(file: MessageFile): Promise<SavedFile | undefined> {
    const stored = this.#manifest.stored[file.index];
    if (stored === undefined) return undefined;
    for (const name of this.#namesOf(file)) {
      const digest = await this.#digestOf(name);
      if (digest?.sha256 !== stored.sha256 || digest.size !== stored.size) continue;
      this.#session.takeBytes('decoded', stored.size);
      const result: SavedFile = { success: true, ...file, path: this.#folder.pathOf(name), ...stored };
      this.#manifest.set(result);
      return result;
    }
    return undefined;
  }

  /** `undefined` if it cannot be read: it is then fetched again. */
  async #digestOf(name: string): Promise<FileDigest | undefined> {
    try {
      return await this.#folder.digestOf(name);
    } catch (error) {
      diskErrorCode(error);
      return undefined;
    }
  }

  async #save(file: MessageFile): Promise<SavedFile | FailedFile> {
    try {
      const result = await this.#fetch(file);
      this.#manifest.set(result);
      await this.#manifest.write();
      return result;
    } catch (error) {
      if (this.#session.isAbortedByCaller) throw this.#session.signal.reason;
      return failedFile(file, diskError(file, this.#folder.path, error));
    }
  }

  async #fetch(file: MessageFile): Promise<SavedFile | FailedFile> {
    const earlier = this.#namesOf(file);
    try {
      const result = await download(file, this.#session, (open) => this.#write(file, open));
      // The same file with another type.
      for (const name of earlier) if (this.#folder.pathOf(name) !== result.path) await this.#folder.removeFile(name);
      return result;
    } catch (error) {
      if (error instanceof MediaError) return failedFile(file, error);
      throw error;
    }
  }

  /**
   * Without a manifest, nothing in the folder is ours.
   * @throws ForeignFolder
   */
  async #requireEmpty(files: readonly MessageFile[]): Promise<void> {
    for (const name of files.flatMap((file) => this.#namesOf(file))) {
      if (!(await this.#folder.hasFile(name))) continue;
      throw new ForeignFolder(`The folder contains ${name}, but no manifest. Use an empty folder`);
    }
  }

  async #write(file: MessageFile, open: OpenFile): Promise<SavedFile> {
    const { name, ...stored } = await this.#folder.writeFile(async (handle) => {
      const { start, ...digest } = await copy(open, handle);
      const { contentType } = open;
      const detected = await detectType(start);
      const detectedType = detected?.mime;
      const kind = kindOf({ url: file.url, contentType, detectedType, start });
      return {
        name: `${this.#numberOf(file)}.${extensionOf(kind, detected)}`,
        ...(contentType === undefined ? {} : { contentType }),
        ...(detectedType === undefined ? {} : { detectedType }),
        ...digest,
      };
    });
    open.end(true);
    return { success: true, ...file, path: this.#folder.pathOf(name), ...stored };
  }

  /** `01` for the first file. */
  #numberOf({ index }: MessageFile): string {
    return String(index + 1).padStart(this.#digits, '0');
  }

  /** The names that a file has, or had with another type. */
  #namesOf(file: MessageFile): string[] {
    const number = this.#numberOf(file);
    return this.#names.filter((name) => name.startsWith(`${number}.`) && /^\d+\.[a-z\d]+$/.test(name));
  }
}

interface Copied extends FileDigest {
  /** The first bytes. */
  readonly start: Uint8Array;
}

/** Writes a file to the disk as its bytes arrive. */
async function copy({ read }: OpenFile, handle: FileHandle): Promise<Copied> {
  const hash = createHash('sha256');
  let start: Uint8Array = new Uint8Array();
  let size = 0;
  for (let chunk = await read(); chunk !== undefined; chunk = await read()) {
    if (start.length < START_BYTES) start = Buffer.concat([start, chunk.subarray(0, START_BYTES - start.length)]);
    hash.update(chunk);
    await handle.writeFile(chunk);
    size += chunk.length;
  }
  return { start, size, sha256: hash.digest('hex') };
}

const EXTENSIONS: Readonly<Partial<Record<PartKind, string>>> = { text: 'txt', smil: 'smil', contact: 'vcf' };
// Of the other files, only these: a program gets no name with which a system would run it.
const HARMLESS = ['ics', 'pdf'];

/** Made from the bytes, never from what the server says. */
function extensionOf(kind: PartKind, detected: DetectedType | undefined): string {
  const extension = EXTENSIONS[kind] ?? detected?.ext ?? 'bin';
  return kind !== 'other' || HARMLESS.includes(extension) ? extension : 'bin';
}
