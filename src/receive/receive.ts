// The receiver behind every adapter. The steps of an answer are in respond.ts. All answers: docs/receiving.md.

import type { Answer } from './answer.ts';
import { Claims } from './claims.ts';
import { now, withDeadline } from './deadline.ts';
import { Exchange } from './exchange.ts';
import type { ReceiverState } from './exchange.ts';
import { InFlight } from './in-flight.ts';
import type { ReceiverOptions } from './options.ts';
import type { PostbackRequest } from './request.ts';
import { answer } from './respond.ts';
import type { WaitUntil } from './respond.ts';
import { resolveReceiverOptions } from './settings.ts';

/** What was still running when {@link Drainable.drain} stopped waiting. */
export interface DrainResult {
  /** Requests that are not answered yet, or whose callbacks continue in the background. */
  readonly pendingRequests: number;
  /** Callbacks that are running. */
  readonly runningCallbacks: number;
}

/** The methods of every handler. */
export interface Drainable {
  /**
   * For a graceful shutdown. From now on, new requests are answered 503 with `Connection: close`, and no further
   * callback starts. Waits at most `ms` milliseconds for running callbacks, and resolves to what is still running then.
   * @throws RangeError (as a rejection) if `ms` is not a number of at least 0
   */
  drain(ms: number): Promise<DrainResult>;
}

/** A receiver. `Req` is the framework's own request. */
export interface Receiver<Req> extends Drainable {
  /**
   * Answers a request. Resolves to `undefined` if the client is gone. Rejects only with what the framework's own
   * request throws. `waitUntil` gets the work that continues after the answer, on platforms that would stop it.
   */
  answer(postback: PostbackRequest<Req>, waitUntil?: WaitUntil): Promise<Answer | undefined>;
}

/**
 * Creates a receiver. It answers 200 only if a callback or a hook has handled everything that was sent.
 * @throws TypeError or RangeError for a wrong option
 */
export function createReceiver<Req>(options: ReceiverOptions<Req>): Receiver<Req> {
  const settings = resolveReceiverOptions(options);
  const { store } = settings;
  const state: ReceiverState<Req> = {
    options,
    settings,
    claims: store && new Claims(store, settings),
    inFlight: new InFlight(settings),
  };
  return {
    answer: (postback, waitUntil) => answer(new Exchange(state, postback), waitUntil),
    drain: (ms) => drain(state, ms),
  };
}

async function drain<Req>({ inFlight, claims }: ReceiverState<Req>, ms: number): Promise<DrainResult> {
  if (typeof (ms as unknown) !== 'number' || !(ms >= 0)) {
    throw new RangeError(`ms: expected milliseconds, 0 or more, got ${ms}`);
  }
  inFlight.isDraining = true;
  const until = now() + ms;
  await withDeadline(inFlight.idle(), until);
  await withDeadline(claims?.flush(), until);
  return { pendingRequests: inFlight.requests, runningCallbacks: inFlight.callbacks };
}
