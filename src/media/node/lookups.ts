// Lookups of host names. Each one blocks a thread that files and fsync need, too, and Node.js has four of them. A
// stranger who owns a name server can make lookups take long, so only a few run at the same time.

import dns from 'node:dns';
import type { LookupAddress, LookupAllOptions } from 'node:dns';

type Callback = (error: Error | null, addresses: readonly LookupAddress[]) => void;

const MAX_RUNNING = 2;

let running = 0;
const waiting: (() => void)[] = [];

/** Like `dns.lookup`, but fails if other lookups keep it waiting for `maxWaitMs` milliseconds. */
export function lookupAll(hostname: string, options: LookupAllOptions, maxWaitMs: number, callback: Callback): void {
  if (running < MAX_RUNNING) {
    lookup(hostname, options, callback);
    return;
  }
  const start = (): void => {
    clearTimeout(timer);
    lookup(hostname, options, callback);
  };
  const timer = setTimeout(() => {
    waiting.splice(waiting.indexOf(start), 1);
    callback(new Error('Other lookups take too long'), []);
  }, maxWaitMs);
  waiting.push(start);
}

function lookup(hostname: string, options: LookupAllOptions, callback: Callback): void {
  running++;
  dns.lookup(hostname, options, (error, addresses) => {
    running--;
    // The one that came last: those who wait for earlier ones may have given up.
    waiting.pop()?.();
    callback(error, addresses);
  });
}
