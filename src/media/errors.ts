// The errors of files that could not be fetched, saved or read.

/** Every {@link MediaError.code}. */
export type MediaErrorCode =
  /**
   * The URL cannot be read, is not http or https (with `httpsOnly`: not https), contains credentials, or names a port
   * that Fetch forbids.
   */
  | 'BAD_URL'
  /** `allowHosts` does not contain the host. */
  | 'HOST_NOT_ALLOWED'
  /** The host is, or its name leads to, an address that is not public, and `allowAddresses` does not contain it. */
  | 'ADDRESS_NOT_ALLOWED'
  /** More than `maxRedirects` redirects. */
  | 'TOO_MANY_REDIRECTS'
  /** More than `maxFileBytes` for the file, or `maxTotalBytes` for all files of the message. */
  | 'TOO_LARGE'
  /** `timeoutMs`, `stallTimeoutMs` or `totalTimeoutMs` has passed. */
  | 'TIMEOUT'
  /** The provider has deleted the file: status 410, or 404 twice. */
  | 'GONE'
  /** The server answered with another status than 200. */
  | 'HTTP_STATUS'
  /** No connection, or it ended before the file was complete, or the answer was not valid HTTP. */
  | 'NETWORK'
  /** The file cannot be written or read, or the folder belongs to another message. */
  | 'DISK';

/** Where it happened. */
export interface MediaErrorPlace {
  /** The index of the file in `files` of the message. */
  readonly index: number;
  /** The host of the URL that failed, after redirects; with its port, if it is not the default one. */
  readonly host?: string | undefined;
}

/**
 * Says why a file of an MMS could not be fetched, saved or read. The message contains no path and no query of a URL,
 * because these may be secret.
 */
export class MediaError extends Error {
  declare readonly name: 'MediaError';
  /** What went wrong, for programs. */
  readonly code: MediaErrorCode;
  /** The index of the file in `files` of the message. */
  readonly index: number;
  /** The host of the URL that failed. `undefined` if the URL has none, or if it was not about a URL. */
  readonly host: string | undefined;

  static {
    Object.defineProperty(this.prototype, 'name', { value: 'MediaError', writable: true, configurable: true });
  }

  /** Created by this library. Public for tests of code that catches it. */
  constructor(code: MediaErrorCode, problem: string, { index, host }: MediaErrorPlace) {
    const isHost = host !== undefined && host !== '';
    super(`files[${index}]${isHost ? ` (${host})` : ''}: ${problem}`);
    this.code = code;
    this.index = index;
    this.host = isHost ? host : undefined;
  }

  /** Used by `JSON.stringify`. */
  toJSON(): { name: 'MediaError'; code: MediaErrorCode; index: number; host?: string | undefined; message: string } {
    const { name, code, index, host, message } = this;
    return { name, code, index, host, message };
  }
}

/** What may follow after a failed attempt. */
interface Retry {
  readonly canRetry: boolean;
  /** Whether the status was 404. */
  readonly isNotFound?: boolean;
  /** How long the server asked to wait, in ms. */
  readonly retryAfterMs?: number;
}

/** One attempt has failed. Never leaves this folder: only its error does. */
export class AttemptFailure extends Error {
  readonly error: MediaError;
  readonly canRetry: boolean;
  readonly isNotFound: boolean;
  readonly retryAfterMs: number;

  constructor(error: MediaError, { canRetry, isNotFound = false, retryAfterMs = 0 }: Retry) {
    super(error.message);
    this.error = error;
    this.canRetry = canRetry;
    this.isNotFound = isNotFound;
    this.retryAfterMs = retryAfterMs;
  }
}
