// Timeouts and deadlines.

import { atEndOfTurn } from './event-loop.ts';

/** What {@link withDeadline} resolves to after the deadline. */
export const LATE: unique symbol = Symbol('late');

/** Milliseconds on a monotonic clock. */
export function now(): number {
  return performance.now();
}

/**
 * Settles like `work`, or resolves to `LATE` at the time `until` of {@link now}. Whatever `work` does later is ignored.
 */
export function withDeadline<T>(work: T | PromiseLike<T>, until: number): Promise<T | typeof LATE> {
  if (!isPromise(work)) return Promise.resolve(work);
  return new Promise((resolve, reject) => {
    const timeout = new LazyTimeout(until - now(), () => {
      resolve(LATE);
    });
    // Promise.resolve, because the `then` of an application's object may throw, or pass on another promise.
    Promise.resolve(work).then(
      (value) => {
        timeout.cancel();
        resolve(value);
      },
      (error: unknown) => {
        timeout.cancel();
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passes on what was thrown
        reject(error);
      },
    );
  });
}

/** Whether a value has to be awaited. */
export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then === 'function';
}

/**
 * Calls back after `ms` milliseconds, unless it is cancelled. Above 2^31 - 1 ms (24 days) it never does.
 * The timer is created at the end of the turn, because most of what a receiver waits for is done by then: the timers of
 * a short message took as long as parsing it.
 */
export class LazyTimeout {
  readonly #ms: number;
  readonly #onTimeout: () => void;
  #isCancelled = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ms: number, onTimeout: () => void) {
    this.#ms = ms;
    this.#onTimeout = onTimeout;
    atEndOfTurn(this);
  }

  run(): void {
    // Above that, setTimeout fires immediately.
    if (!this.#isCancelled && this.#ms <= 2 ** 31 - 1) {
      this.#timer = setTimeout(this.#onTimeout, Math.max(0, this.#ms));
    }
  }

  cancel(): void {
    this.#isCancelled = true;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
  }
}
