// Waiting that ends.

/** What {@link within} resolves to when the time is up. */
export const LATE: unique symbol = Symbol('late');

/** Milliseconds on a clock that is never set back. */
export function now(): number {
  return performance.now();
}

/**
 * Settles as the work does, or resolves to `LATE` when the clock shows `until`; never, where that is `Infinity`. What the
 * work does later is ignored.
 */
export async function within<T>(work: T | PromiseLike<T>, until: number): Promise<T | typeof LATE> {
  // A timer takes no such time.
  if (until === Infinity) return work;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, until - now()), LATE);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
