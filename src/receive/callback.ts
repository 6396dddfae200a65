// Runs the callback of one notification.

import type { PostbackNotification } from '../message.ts';
import { isPromise, LATE, now, withDeadline } from './deadline.ts';
import type { Delivery, Outcome } from './delivery.ts';
import { publish } from './events.ts';
import type { Exchange } from './exchange.ts';
import { callHook } from './hooks.ts';
import type { NotificationContext, ReceiverOptions } from './options.ts';

/** What a callback can lead to. `'timed-out'`: it, or `onError`, was not done by `callbackTimeoutMs`. */
type CallbackOutcome = Extract<Outcome, 'handled' | 'failed' | 'timed-out'>;

/** Calls the callback, and `onError` if it throws. */
export async function runCallback<Req>(
  exchange: Exchange<Req>,
  delivery: Delivery,
  attempt: number,
  abort: LazyAbort = new LazyAbort(),
): Promise<CallbackOutcome> {
  const { requestId, receiver } = exchange;
  const { options, settings, inFlight } = receiver;
  const { notification } = delivery;
  const until = exchange.startedAt + settings.callbackTimeoutMs;
  const startedAt = now();
  const context = new CallbackContext(exchange, delivery, attempt, abort);
  let outcome: CallbackOutcome = 'timed-out';
  inFlight.callbacks++;
  try {
    const returned = callFor(options, notification, context);
    if (!isPromise(returned) || (await withDeadline(returned, until)) !== LATE) outcome = 'handled';
  } catch (error) {
    // If the answer is sent while onError is running, it is 500.
    delivery.outcome = 'failed';
    const result = await withDeadline(
      callHook('onError', () => options.onError?.(error, notification, context)),
      until,
    );
    if (result !== LATE) outcome = result === 'accepted' ? 'handled' : 'failed';
  }
  if (outcome === 'timed-out') abort.abort('TimeoutError', 'The callback exceeded callbackTimeoutMs');
  inFlight.callbacks--;
  publish(outcome === 'handled' ? 'mo-postback:handled' : 'mo-postback:failed', startedAt, {
    requestId,
    kind: notification.kind,
    attempt,
  });
  return outcome;
}

function callFor<Req>(
  { onSms, onMms, onOther }: ReceiverOptions<Req>,
  notification: PostbackNotification,
  context: NotificationContext<Req>,
): unknown {
  switch (notification.kind) {
    case 'sms':
      return onSms(notification, context);
    case 'mms':
      return onMms(notification, context);
    case 'other':
      return onOther?.(notification, context);
  }
}

/** The second argument of a callback. A class, because V8 creates object literals with getters slowly. */
class CallbackContext<Req> implements NotificationContext<Req> {
  readonly key: string;
  readonly attempt: number;
  readonly warnings: NotificationContext['warnings'];
  readonly raw: Uint8Array;
  readonly request: Req;
  readonly #abort: LazyAbort;
  readonly #answerUntil: number;
  #deadline: Date | undefined;

  constructor(
    { answerUntil, postback }: Exchange<Req>,
    { key, warnings, raw }: Delivery,
    attempt: number,
    abort: LazyAbort,
  ) {
    this.key = key;
    this.attempt = attempt;
    this.warnings = warnings;
    this.raw = raw;
    this.request = postback.request;
    this.#abort = abort;
    this.#answerUntil = answerUntil;
  }

  get deadline(): Date {
    this.#deadline ??= new Date(Date.now() + this.#answerUntil - now());
    return this.#deadline;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }
}

/**
 * An AbortController that is created when its signal is first used. Few callbacks use it, and creating one takes as
 * long as parsing a message.
 */
export class LazyAbort {
  #controller: AbortController | undefined;
  #reason: DOMException | undefined;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  abort(name: 'AbortError' | 'TimeoutError', message: string): void {
    this.#reason = new DOMException(message, name);
    this.#controller?.abort(this.#reason);
  }
}
