// The options of mo-postback/media, and what its functions return.

import type { MediaError } from './errors.ts';

/** A dispatcher of undici, for example a `ProxyAgent`. Only its method `request` is used. */
export interface MediaDispatcher {
  request(options: never): PromiseLike<unknown>;
}

/** Options of every function. `Infinity` turns a limit or a timeout off. */
export interface MediaOptions {
  /**
   * The names of the hosts that files are fetched from; `*.example.com` means all subdomains of example.com, but not
   * example.com itself. The addresses must be public all the same. Error: `HOST_NOT_ALLOWED`. Default: every host. On
   * other platforms than Node.js it is required, because addresses cannot be seen there.
   */
  readonly allowHosts?: readonly string[] | undefined;
  /**
   * Addresses and CIDR ranges that are allowed besides public ones, for tests and private networks, for example
   * `['10.0.0.0/8']`. Only on Node.js. Default none.
   */
  readonly allowAddresses?: readonly string[] | undefined;
  /** Refuse http, also after redirects. Error: `BAD_URL`. Default `false`. */
  readonly httpsOnly?: boolean | undefined;
  /**
   * Additional headers, for example for a token. They are sent only to the origin of the file's own URL. Default none.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Your own dispatcher of undici, for example a proxy. It is then responsible for checking addresses. It is not
   * closed. Only on Node.js. Default: one that connects directly, whatever the environment says about proxies.
   */
  readonly dispatcher?: MediaDispatcher | undefined;
  /** Maximum number of bytes of one file, received and decoded. Error: `TOO_LARGE`. Default 10 MiB. */
  readonly maxFileBytes?: number | undefined;
  /** Maximum number of bytes of all files of one message. Error: `TOO_LARGE`. Default 50 MiB. */
  readonly maxTotalBytes?: number | undefined;
  /** Milliseconds for one attempt to fetch one file. Error: `TIMEOUT`. Default 60 000. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds without a byte, while somebody waits for one. Error: `TIMEOUT`. Default 10 000. */
  readonly stallTimeoutMs?: number | undefined;
  /**
   * Milliseconds for all files of one message. Error: `TIMEOUT`, for each file that is not complete. Default 300 000.
   */
  readonly totalTimeoutMs?: number | undefined;
  /**
   * How often a file is tried again after a status of 5xx, 404 or 429, a lost connection or a timeout. Default 3.
   */
  readonly retries?: number | undefined;
  /**
   * Milliseconds before the first retry. The delay doubles each time, up to 30 s, varied by a random quarter. It is at
   * least what the server's Retry-After asks for; if that is more than 30 s, the file is not tried again. Default 500.
   */
  readonly retryDelayMs?: number | undefined;
  /** How many redirects are followed. Error: `TOO_MANY_REDIRECTS`. Default 3. */
  readonly maxRedirects?: number | undefined;
  /** How many files `saveFiles` and `readMms` fetch at the same time. Default 4. */
  readonly concurrency?: number | undefined;
  /** Stops everything: the promise, or the body, then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `saveFiles`. */
export interface SaveOptions extends MediaOptions {
  /**
   * The folder for the files of this message. It is made if it does not exist. Use one folder for each message, and
   * make its name from `contentKey`. A stranger can choose the parts of `context.key`, for example `mms/../../..`.
   */
  readonly directory: string;
}

/** What `saveFiles` and `fetchFiles` need of a message. */
export interface MessageWithFiles {
  readonly files: readonly string[];
}

interface FileResult {
  /** The index of the file in `files` of the message. */
  readonly index: number;
  /** The URL in the message. */
  readonly url: string;
}

/** A file that failed. */
export interface FailedFile extends FileResult {
  readonly success: false;
  readonly error: MediaError;
  readonly body?: never;
  readonly path?: never;
}

/** A file whose server has answered. */
export interface FetchedFile extends FileResult {
  readonly success: true;
  readonly error?: never;
  /** The Content-Type that the server claims. Absent if it claims none. */
  readonly contentType?: string | undefined;
  /** The number of bytes that the server claims. Absent if it claims none, or if the body is compressed. */
  readonly size?: number | undefined;
  /**
   * The bytes, decompressed. Reading fails with a MediaError if the rest of the file is lost, or with an AbortError
   * after the next file was asked for.
   */
  readonly body: ReadableStream<Uint8Array>;
}

/** A file on the disk. */
export interface SavedFile extends FileResult {
  readonly success: true;
  readonly error?: never;
  /** `01.jpg` in the directory: the number of the file in the message, and the extension of its type. */
  readonly path: string;
  /** The Content-Type that the server claimed. Absent if it claimed none. */
  readonly contentType?: string | undefined;
  /** The media type that the bytes show, for example `image/jpeg`. Absent if they show none, as those of plain text. */
  readonly detectedType?: string | undefined;
  /** In bytes. */
  readonly size: number;
  /** The SHA-256 of the bytes, in lower-case hex. */
  readonly sha256: string;
}

/** What `saveFiles` resolves to. */
export interface SavedFiles {
  /** The option `directory`. */
  readonly directory: string;
  /** One result for each file, in wire order. */
  readonly files: readonly (SavedFile | FailedFile)[];
}

interface MmsPartBase extends FileResult {
  /** The media type: what the bytes show, otherwise what the server claims, without parameters. */
  readonly type: string;
  /** In bytes. */
  readonly size: number;
  /** The file, if it was saved. */
  readonly path?: string | undefined;
  /** The bytes, if the file was fetched into memory. */
  readonly bytes?: Uint8Array | undefined;
}

/** A part with text: the sender's own words, a vCard, or the SMIL, which says how a phone shows the parts. */
export interface TextualPart extends MmsPartBase {
  readonly kind: 'text' | 'contact' | 'smil';
  readonly text: string;
  readonly error?: never;
}

/** A part without text. */
export interface BinaryPart extends MmsPartBase {
  readonly kind: 'image' | 'video' | 'audio' | 'other';
  readonly text?: never;
  readonly error?: never;
}

/** A part that could not be fetched or read. */
export interface MissingPart extends FileResult {
  readonly kind: 'missing';
  readonly error: MediaError;
  readonly type?: never;
  readonly size?: never;
  readonly path?: never;
  readonly bytes?: never;
  readonly text?: never;
}

/** A part of an MMS. */
export type MmsPart = TextualPart | BinaryPart | MissingPart;

/** What `readMms` resolves to. */
export interface MmsContent {
  /** What the sender wrote: the texts of all text parts, joined by line feeds. Empty if there is no text part. */
  readonly text: string;
  /** In the order in which a phone shows them (that of the SMIL), then those that the SMIL does not mention. */
  readonly parts: readonly MmsPart[];
  /** Whether no part is missing. */
  readonly isComplete: boolean;
}
