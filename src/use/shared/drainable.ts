// The method that every handler has.

import type { Drainable } from '../../receive/receive.ts';

/** Adds the receiver's `drain` to a handler. */
export function withDrain<Handler extends object>(handler: Handler, receiver: Drainable): Handler & Drainable {
  return Object.assign(handler, { drain: (ms: number) => receiver.drain(ms) });
}
