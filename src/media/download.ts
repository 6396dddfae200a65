// Fetches one file: redirects, statuses, limits and retries.

import { AttemptFailure, MediaError } from './errors.ts';
import type { MediaErrorCode } from './errors.ts';
import { locationOf } from './location.ts';
import type { MessageFile } from './location.ts';
import { Attempt, Timeout } from './session.ts';
import type { ByteKind, Session } from './session.ts';
import { AddressRefused, UnsupportedCoding } from './transport.ts';
import type { TransportAnswer } from './transport.ts';

// Whoever has to wait longer should try again later.
const MAX_DELAY_MS = 30_000;

/** A file whose server has answered 200. */
export interface OpenFile {
  readonly contentType: string | undefined;
  /** The number of bytes that the server claims. `undefined` if it claims none, or if the body is compressed. */
  readonly size: number | undefined;
  /**
   * The next bytes, or `undefined` at the end.
   * @throws AttemptFailure
   */
  readonly read: () => Promise<Uint8Array | undefined>;
  /** Closes the connection if the file was not read to its end. `isKept`: whether its bytes are kept. */
  readonly end: (isKept: boolean) => void;
}

/**
 * Opens a file and passes it to `work`. If the server or `work` fails, tries again as often as the settings say. Ends
 * the file if `work` fails; otherwise that is up to `work`.
 *
 * @throws MediaError
 * @throws the reason of the caller's signal
 */
export async function download<T>(
  file: MessageFile,
  session: Session,
  work: (open: OpenFile) => Promise<T>,
): Promise<T> {
  const { retries, retryDelayMs } = session.settings;
  let notFound = 0;
  for (let retry = 0; ; retry++) {
    const failure = await tryOnce(file, session, work);
    if (!(failure instanceof AttemptFailure)) return failure.done;
    const { error, canRetry, retryAfterMs } = failure;
    if (failure.isNotFound && ++notFound === 2) {
      throw new MediaError('GONE', 'The server answered 404 twice: the file was deleted', error);
    }
    if (!canRetry || retry === retries) throw error;
    const delayMs = Math.min(retryDelayMs * 2 ** retry, Math.max(retryDelayMs, MAX_DELAY_MS));
    // It varies, so that many files do not come back at the same time.
    await session.sleep(Math.max(delayMs * (0.75 + Math.random() / 2), retryAfterMs));
  }
}

async function tryOnce<T>(
  file: MessageFile,
  session: Session,
  work: (open: OpenFile) => Promise<T>,
): Promise<{ readonly done: T } | AttemptFailure> {
  const attempt = new Attempt(session);
  let open: OpenFile | undefined;
  try {
    open = await new Download(file, session, attempt).open();
    return { done: await work(open) };
  } catch (error) {
    open?.end(false);
    attempt.end(false);
    if (session.isAbortedByCaller) throw session.signal.reason;
    if (error instanceof AttemptFailure) return error;
    throw error;
  }
}

const REDIRECTS = [301, 302, 303, 307, 308];

/** One attempt. */
class Download {
  readonly #file: MessageFile;
  readonly #session: Session;
  readonly #attempt: Attempt;
  #url: URL | undefined;

  constructor(file: MessageFile, session: Session, attempt: Attempt) {
    this.#file = file;
    this.#session = session;
    this.#attempt = attempt;
  }

  /** @throws AttemptFailure */
  async open(): Promise<OpenFile> {
    const answer = await this.#follow();
    try {
      this.#requireSuccess(answer);
      return this.#toOpenFile(answer);
    } catch (error) {
      answer.cancel();
      throw error;
    }
  }

  /** Follows redirects, and checks each URL. */
  async #follow(): Promise<TransportAnswer> {
    const { settings } = this.#session;
    const first = locationOf(this.#file.url, this.#file, settings);
    let url = first;
    for (let redirects = 0; ; redirects++) {
      this.#url = url;
      const answer = await this.#request(url, headersFor(url, first, settings.headers));
      const location = REDIRECTS.includes(answer.status) ? answer.header('location') : undefined;
      if (location === undefined) return answer;
      answer.cancel();
      if (redirects === settings.maxRedirects) {
        throw this.#failure('TOO_MANY_REDIRECTS', `More than ${redirects} redirects`);
      }
      url = locationOf(location, this.#file, settings, url);
    }
  }

  async #request(url: URL, headers: Readonly<Record<string, string>>): Promise<TransportAnswer> {
    const { signal } = this.#attempt;
    const answering = this.#session.transport.get(url, headers, signal);
    try {
      return await this.#guarded(() => this.#attempt.unlessStalled(answering));
    } catch (error) {
      // It may come later.
      if (signal.aborted)
        void answering.then(
          ({ cancel }) => {
            cancel();
          },
          () => undefined,
        );
      throw error;
    }
  }

  #requireSuccess({ status, header }: TransportAnswer): void {
    if (status === 200) return;
    if (status === 410) throw this.#failure('GONE', 'The server answered 410: the file was deleted');
    const isNotFound = status === 404;
    const retryAfterMs = retryAfterOf(header('retry-after'));
    const canRetry = (isNotFound || status === 429 || status >= 500) && retryAfterMs <= MAX_DELAY_MS;
    const error = this.#error('HTTP_STATUS', `The server answered ${status}. Expected 200`);
    throw new AttemptFailure(error, { canRetry, isNotFound, retryAfterMs });
  }

  #toOpenFile(answer: TransportAnswer): OpenFile {
    const { header } = answer;
    const isEncoded = !/^(?:identity)?$/i.test(header('content-encoding') ?? '');
    const claimed = lengthOf(header('content-length'));
    if (claimed !== undefined && claimed > this.#session.settings.maxFileBytes) throw this.#tooLarge('maxFileBytes');
    const chunks = answer.chunks((bytes) => {
      this.#count('received', bytes);
    });
    const size = isEncoded ? undefined : claimed;
    let isAtEnd = false;
    return {
      contentType: header('content-type'),
      size,
      read: async () => {
        const { done, value } = await this.#guarded(() => this.#attempt.unlessStalled(chunks.next()));
        if (done !== true) {
          this.#count('decoded', value.length);
          return value;
        }
        isAtEnd = true;
        // Not every platform notices.
        if (size !== undefined && this.#attempt.bytes.decoded !== size) {
          throw this.#network('The connection was closed before the file was complete');
        }
        return undefined;
      },
      end: (isKept) => {
        this.#attempt.end(isKept);
        if (!isAtEnd) answer.cancel();
      },
    };
  }

  #count(kind: ByteKind, bytes: number): void {
    const limit = this.#attempt.exceededBy(kind, bytes);
    if (limit !== undefined) throw this.#tooLarge(limit);
  }

  /** Makes an AttemptFailure of every error. */
  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { signal } = this.#attempt;
      const reason: unknown = signal.reason;
      if (reason instanceof Timeout) throw this.#failure('TIMEOUT', reason.problem, !this.#session.signal.aborted);
      if (error instanceof AttemptFailure) throw error;
      if (error instanceof AddressRefused) {
        throw this.#failure(
          'ADDRESS_NOT_ALLOWED',
          'The host leads to an address that is not public. Expected a public one, or one of allowAddresses',
        );
      }
      if (error instanceof UnsupportedCoding) {
        throw this.#failure('NETWORK', 'The server sent a Content-Encoding that is not supported. Expected none');
      }
      throw this.#network(`The connection failed${codeOf(error)}`);
    }
  }

  #tooLarge(limit: 'maxFileBytes' | 'maxTotalBytes'): AttemptFailure {
    const { [limit]: max } = this.#session.settings;
    const what = limit === 'maxFileBytes' ? 'The file has' : 'The files of the message have';
    return this.#failure('TOO_LARGE', `${what} more than ${max} bytes (${limit})`);
  }

  #network(problem: string): AttemptFailure {
    return this.#failure('NETWORK', problem, true);
  }

  #failure(code: MediaErrorCode, problem: string, canRetry = false): AttemptFailure {
    return new AttemptFailure(this.#error(code, problem), { canRetry });
  }

  #error(code: MediaErrorCode, problem: string): MediaError {
    return new MediaError(code, problem, { index: this.#file.index, host: this.#url?.host });
  }
}

// Some hosts refuse requests without a User-Agent. Files of handsets are compressed already.
const HEADERS = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'mo-postback' };

function headersFor(url: URL, first: URL, headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return url.origin === first.origin ? { ...HEADERS, ...headers } : HEADERS;
}

function lengthOf(header: string | undefined): number | undefined {
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : undefined;
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function retryAfterOf(header = ''): number {
  if (/^\d+$/.test(header)) return 1000 * Number(header);
  const ms = Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? 0 : ms;
}

/** The code of a network error, for example ` (ECONNRESET)`. Its message may contain more than it should. */
function codeOf(error: unknown): string {
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
  if (typeof code === 'string') return ` (${code})`;
  return cause === undefined ? '' : codeOf(cause);
}
