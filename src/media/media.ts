// fetchFiles, saveFiles and readMms, for a platform.

import { isSaved, requireDirectory, requireFiles } from './arguments.ts';
import { fetchAll } from './fetch-files.ts';
import type {
  FailedFile,
  FetchedFile,
  MediaOptions,
  MessageWithFiles,
  MmsContent,
  SavedFiles,
  SaveOptions,
} from './options.ts';
import { readFetched } from './read-fetched.ts';
import { resolveMediaOptions } from './settings.ts';
import type { MediaSettings } from './settings.ts';
import type { CreateTransport } from './transport.ts';

/** What differs between platforms. */
interface Platform {
  readonly createTransport: CreateTransport;
  /** Whether the transport checks the addresses that it connects to. */
  readonly seesAddresses: boolean;
  /** `undefined`: there is no file system. */
  readonly disk: Disk | undefined;
}

interface Disk {
  readonly saveAll: (
    urls: readonly string[],
    directory: string,
    settings: MediaSettings,
    createTransport: CreateTransport,
  ) => Promise<SavedFiles>;
  readonly readSaved: (saved: SavedFiles, settings: MediaSettings) => Promise<MmsContent>;
}

/** The functions: node.ts describes them. */
export interface Media {
  readonly fetchFiles: (
    mms: MessageWithFiles,
    options?: MediaOptions,
  ) => AsyncGenerator<FetchedFile | FailedFile, void>;
  readonly saveFiles: (mms: MessageWithFiles, options: SaveOptions) => Promise<SavedFiles>;
  readonly readMms: (source: MessageWithFiles | SavedFiles, options?: MediaOptions) => Promise<MmsContent>;
}

export function createMedia({ createTransport, seesAddresses, disk }: Platform): Media {
  return {
    fetchFiles(mms, options = {}) {
      return fetchAll(requireFiles(mms), resolveMediaOptions(options, seesAddresses), createTransport);
    },
    async saveFiles(mms, options) {
      const settings = resolveMediaOptions(options, seesAddresses, ['directory']);
      return requireDisk(disk).saveAll(requireFiles(mms), requireDirectory(options), settings, createTransport);
    },
    async readMms(source, options = {}) {
      // Nothing is fetched for saved files.
      if (isSaved(source)) return requireDisk(disk).readSaved(source, resolveMediaOptions(options, true));
      const urls = requireFiles(source, 'source: expected an MmsMo, or what saveFiles has returned');
      return readFetched(urls, resolveMediaOptions(options, seesAddresses), createTransport);
    },
  };
}

function requireDisk(disk: Disk | undefined): Disk {
  if (disk !== undefined) return disk;
  throw new Error('This platform has no file system for saveFiles. Use fetchFiles, or readMms with a message');
}
