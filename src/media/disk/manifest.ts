// manifest.json: which files of a message are complete. Written before the first file, and after each one.

import type { FailedFile, SavedFile } from '../options.ts';
import type { Folder } from './folder.ts';

const NAME = 'manifest.json';
// That of a message with as many files and as long URLs as a parser allows has about 4 MiB.
const MAX_BYTES = 16 * 1024 * 1024;

/** What the manifest says about a complete file. */
type StoredFile = Pick<SavedFile, 'contentType' | 'detectedType' | 'size' | 'sha256'>;

/** The folder belongs to another message, or to somebody else. The message says why. */
export class ForeignFolder extends Error {}

function foreign(): ForeignFolder {
  return new ForeignFolder(
    'The folder contains files of another message, or a damaged manifest.json. Use one folder for each message',
  );
}

export class Manifest {
  readonly #folder: Folder;
  /** By index. `undefined`: not complete. */
  readonly stored: readonly (StoredFile | undefined)[];
  /** Whether there was none. Files that are already there are then not ours. */
  readonly isNew: boolean;
  readonly #results: (
    SavedFile | FailedFile | { readonly success: false; readonly index: number; readonly url: string }
  )[];
  #isChanged = false;
  #writing: Promise<void> | undefined;

  private constructor(
    folder: Folder,
    urls: readonly string[],
    stored: readonly (StoredFile | undefined)[] | undefined,
  ) {
    this.#folder = folder;
    this.isNew = stored === undefined;
    this.stored = stored ?? [];
    this.#results = urls.map((url, index) => ({ success: false, index, url }));
  }

  /**
   * Reads the manifest if there is one.
   * @throws ForeignFolder if it is not that of a message with these files
   */
  static async open(folder: Folder, urls: readonly string[]): Promise<Manifest> {
    const text = await folder.readText(NAME, MAX_BYTES);
    return new Manifest(folder, urls, text === undefined ? undefined : storedFiles(text, urls));
  }

  /** Sets the result of a file. */
  set(result: SavedFile | FailedFile): void {
    this.#results[result.index] = result;
  }

  /** Writes the manifest. Calls during a write share the next one. */
  async write(): Promise<void> {
    this.#isChanged = true;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#isChanged) {
      this.#isChanged = false;
      await this.#folder.writeFile(async (handle) => {
        await handle.writeFile(`${JSON.stringify({ files: this.#results.map(withoutFolder) }, undefined, 2)}\n`);
        return { name: NAME };
      });
    }
  }
}

/** The folder may be moved. */
function withoutFolder(result: object): object {
  return 'path' in result ? { ...result, path: String(result.path).replace(/^.*[/\\]/s, '') } : result;
}

/** @throws ForeignFolder */
function storedFiles(text: string, urls: readonly string[]): (StoredFile | undefined)[] {
  const files = filesIn(text);
  if (files?.length !== urls.length) throw foreign();
  return files.map((file, index) => {
    const { url, size, sha256, contentType, detectedType } = Object(file) as Readonly<Record<string, unknown>>;
    if (url !== urls[index]) throw foreign();
    if (typeof size !== 'number' || typeof sha256 !== 'string') return undefined;
    return {
      size,
      sha256,
      ...(typeof contentType === 'string' ? { contentType } : {}),
      ...(typeof detectedType === 'string' ? { detectedType } : {}),
    };
  });
}

function filesIn(text: string): readonly unknown[] | undefined {
  try {
    const { files } = Object(JSON.parse(text)) as { readonly files?: unknown };
    return Array.isArray(files) ? files : undefined;
  } catch {
    return undefined;
  }
}
