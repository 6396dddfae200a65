// One call of fetchFiles, saveFiles or readMms: its timeouts and its limits.

import type { MediaSettings } from './settings.ts';
import type { CreateTransport, Transport } from './transport.ts';

/** setTimeout fires immediately above this. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

type Timer = ReturnType<typeof setTimeout> | undefined;

/** Calls back after `ms` milliseconds, unless that is too long for a timer. */
function startTimer(ms: number, onTimeout: () => void): Timer {
  return ms > MAX_TIMER_MS ? undefined : setTimeout(onTimeout, ms);
}

/** The same, but the timer does not keep the process running: the consumer of an iterable may have forgotten it. */
function startIdleTimer(ms: number, onTimeout: () => void): Timer {
  const timer = startTimer(ms, onTimeout);
  // Only in Node.js, Deno and Bun, whose timers are objects.
  (timer as { unref?: () => void } | undefined)?.unref?.();
  return timer;
}

/** Bytes that arrived, and what they became when they were decompressed. */
export type ByteKind = 'received' | 'decoded';

/** The reason of a signal that we abort. */
export class Timeout {
  readonly problem: string;

  constructor(what: string, option: 'timeoutMs' | 'stallTimeoutMs' | 'totalTimeoutMs', ms: number) {
    this.problem = `${what} within ${ms} ms (${option})`;
  }
}

/** One call. It ends with {@link close}, which stops everything that is still running. */
export class Session {
  readonly settings: MediaSettings;
  readonly transport: Transport;
  readonly #stopping = new AbortController();
  readonly #timer: Timer;
  readonly #bytes: Record<ByteKind, number> = { received: 0, decoded: 0 };
  // Not listeners of the signal: more than ten would be a warning.
  readonly #onStop = new Set<() => void>();

  constructor(settings: MediaSettings, createTransport: CreateTransport) {
    this.settings = settings;
    this.transport = createTransport(settings);
    const { signal, totalTimeoutMs } = settings;
    this.#timer = startIdleTimer(totalTimeoutMs, () => {
      this.#stop(new Timeout('Not all files were complete', 'totalTimeoutMs', totalTimeoutMs));
    });
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (signal?.aborted === true) this.#onAbort();
  }

  readonly #onAbort = (): void => {
    this.#stop(this.settings.signal?.reason);
  };

  #stop(reason: unknown): void {
    this.#stopping.abort(reason);
    for (const stop of this.#onStop) stop();
  }

  /** Calls back when the session is stopped, until the returned function is called. */
  onStop(stop: () => void): () => void {
    this.#onStop.add(stop);
    return () => {
      this.#onStop.delete(stop);
    };
  }

  /** Aborts when the caller's signal does, and after `totalTimeoutMs`. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Whether the caller's signal has aborted. Everything then fails with its reason. */
  get isAbortedByCaller(): boolean {
    return this.signal.aborted && !(this.signal.reason instanceof Timeout);
  }

  /** Counts bytes of a file. `false`: all files together have more than `maxTotalBytes`. */
  takeBytes(kind: ByteKind, bytes: number): boolean {
    this.#bytes[kind] += bytes;
    return this.#bytes[kind] <= this.settings.maxTotalBytes;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.settings.signal?.removeEventListener('abort', this.#onAbort);
    this.transport.close();
  }

  /** Resolves after `ms` milliseconds, or earlier if the session is stopped. */
  async sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        forget();
        resolve();
      };
      const timer = startTimer(ms, wake);
      const forget = this.onStop(wake);
    });
  }
}

/** One attempt to fetch a file: its timeouts, and its bytes. It ends with {@link end}. */
export class Attempt {
  readonly bytes: Record<ByteKind, number> = { received: 0, decoded: 0 };
  readonly #session: Session;
  readonly #controller = new AbortController();
  readonly #timer: Timer;
  readonly #forget: () => void;
  #isEnded = false;

  constructor(session: Session) {
    this.#session = session;
    const { timeoutMs } = session.settings;
    this.#timer = startIdleTimer(timeoutMs, () => {
      this.#controller.abort(new Timeout('The file was not complete', 'timeoutMs', timeoutMs));
    });
    const stop = (): void => {
      this.#controller.abort(session.signal.reason);
    };
    this.#forget = session.onStop(stop);
    if (session.signal.aborted) stop();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Waits for bytes, at most `stallTimeoutMs`. Rejects at once if the attempt is stopped: not every transport does. */
  unlessStalled<T>(work: Promise<T>): Promise<T> {
    const { stallTimeoutMs } = this.#session.settings;
    return new Promise((resolve, reject) => {
      const timer = startTimer(stallTimeoutMs, () => {
        this.#controller.abort(new Timeout('No byte arrived', 'stallTimeoutMs', stallTimeoutMs));
      });
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        this.signal.removeEventListener('abort', onAbort);
        settle();
      };
      const onAbort = (): void => {
        end(() => {
          reject(new Error('stopped'));
        });
      };
      this.signal.addEventListener('abort', onAbort);
      if (this.signal.aborted) onAbort();
      work.then(
        (value) => {
          end(() => {
            resolve(value);
          });
        },
        (error: unknown) => {
          end(() => {
            // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passes on what was thrown
            reject(error);
          });
        },
      );
    });
  }

  /** Counts bytes. Returns the name of the limit that they exceed. */
  exceededBy(kind: ByteKind, bytes: number): 'maxFileBytes' | 'maxTotalBytes' | undefined {
    this.bytes[kind] += bytes;
    const isTotalExceeded = !this.#session.takeBytes(kind, bytes);
    if (this.bytes[kind] > this.#session.settings.maxFileBytes) return 'maxFileBytes';
    return isTotalExceeded ? 'maxTotalBytes' : undefined;
  }

  /** `isKept`: whether the bytes of the file are kept. Otherwise they do not count for `maxTotalBytes`. */
  end(isKept: boolean): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#forget();
    if (isKept) return;
    for (const kind of ['received', 'decoded'] as const) this.#session.takeBytes(kind, -this.bytes[kind]);
  }
}
