// Waiting that ends.

/** What {@link within} resolves to when the time is up. */
export const LATE: unique symbol = Symbol('late');

/** Milliseconds on a clock that is never set back. */
export function now(): number {
  return performance.now();
}

// At the end of the event loop's turn, where the platform has a name for it.
const atEndOfTurn: (run: () => void) => unknown =
  (globalThis as { readonly setImmediate?: (run: () => void) => unknown }).setImmediate ?? ((run) => setTimeout(run, 0));

/**
 * Calls back after `ms` milliseconds; never, where they are `Infinity`, or where the returned function is called before.
 * What a receiver waits for is mostly there within a turn of the event loop, so that no timer is made before its end: the
 * timers of a short message took as long as to parse it.
 */
export function alarm(ms: number, ring: () => void): () => void {
  let isOff = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  atEndOfTurn(() => {
    // A timer takes no infinite time.
    if (!isOff && ms !== Infinity) timer = setTimeout(ring, Math.max(0, ms));
  });
  return () => {
    isOff = true;
    clearTimeout(timer);
  };
}

/**
 * Settles as the work does, or resolves to `LATE` when the clock shows `until`. What the work does later is ignored.
 */
export function within<T>(work: T | PromiseLike<T>, until: number): Promise<T | typeof LATE> {
  if (!isPromise(work)) return Promise.resolve(work);
  return new Promise((resolve, reject) => {
    const callOff = alarm(until - now(), () => {
      resolve(LATE);
    });
    // Not the work's own `then`, which may hand on another promise, or throw.
    Promise.resolve(work).then(
      (value) => {
        callOff();
        resolve(value);
      },
      (error: unknown) => {
        callOff();
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as it came
        reject(error);
      },
    );
  });
}

/** Whether something has to be waited for. */
export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then === 'function';
}
