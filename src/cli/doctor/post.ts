// Posts a probe once.

import { setTimeout as sleep } from 'node:timers/promises';
import { attemptOnce } from '../../testing/deliver.ts';
import type { DeliveryAttempt } from '../../testing/deliver.ts';
import { parseTarget } from '../../testing/target.ts';
import type { Probe } from './probes.ts';

const SLOW_PIECES = 5;
const PAUSE_MS = 500;
const SLOW_MS = (SLOW_PIECES - 1) * PAUSE_MS;

export interface PostOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How long the server may take. A slow body has more time, because sending it takes time. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Rejects with the signal's reason if the signal aborts. */
export function postProbe(
  { postback, isSlow = false }: Probe,
  { url, headers, timeoutMs, signal }: PostOptions,
): Promise<DeliveryAttempt> {
  const target = parseTarget(url);
  const request = {
    headers: { ...postback.headers, ...target.headers, ...headers },
    body: isSlow ? slowly(postback.body) : postback.body,
  };
  return attemptOnce(target.url, request, timeoutMs + (isSlow ? SLOW_MS : 0), signal);
}

/** A stream of pieces, with a pause before each except the first. It has no length, so it is sent chunked. */
function slowly(bytes: Uint8Array): ReadableStream<Uint8Array> {
  const size = Math.ceil(bytes.length / SLOW_PIECES);
  let from = 0;
  return new ReadableStream({
    async pull(controller) {
      if (from > 0) await sleep(PAUSE_MS);
      controller.enqueue(bytes.subarray(from, from + size));
      from += size;
      if (from >= bytes.length) controller.close();
    },
  });
}

// These mean that a connection was opened. All others (ECONNREFUSED, ENOTFOUND, invalid certificates, …) do not.
const CONNECTED = /^(?:TIMEOUT|ECONNRESET|EPIPE|HPE_.*|Z_.*|UND_ERR_(?!CONNECT_TIMEOUT).*)$/;

/** Whether the attempt failed before the server could get it. */
export function isUnreachable({ error }: DeliveryAttempt): boolean {
  return error !== undefined && !CONNECTED.test(error);
}
