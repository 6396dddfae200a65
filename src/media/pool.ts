// Several files at the same time.

/**
 * Calls `work` with each item, at most `concurrency` at the same time. Resolves to the results in the order of the
 * items. If one rejects, no further item is started, and the promise rejects after those that were started have
 * settled.
 */
export async function inPool<T, R>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  // The workers share one iterator. It ends when a worker fails.
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [n, item] of queue) results[n] = await work(item);
  };
  const workers = Array.from({ length: Math.min(concurrency, items.length) }, worker);
  const outcomes = await Promise.allSettled(workers);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return results;
}
