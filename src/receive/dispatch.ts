// Hands the notifications of one request to their callbacks, each one once.

import { LazyAbort, runCallback } from './callback.ts';
import { UNREACHABLE } from './claims.ts';
import { now } from './deadline.ts';
import { postpone } from './delivery.ts';
import type { Delivery, Outcome } from './delivery.ts';
import { publish } from './events.ts';
import type { Exchange } from './exchange.ts';

/** Resolves when nothing is left to do, including work in the background. Sets the outcome of each delivery. */
export function dispatch<Req>(exchange: Exchange<Req>, deliveries: readonly Delivery[]): Promise<unknown> {
  const { claims, settings } = exchange.receiver;
  const copies = copiesIn(claims === undefined ? [] : deliveries);
  const queue = deliveries.filter((delivery) => !copies.has(delivery));
  const workers = Math.min(settings.concurrency, queue.length);
  const working =
    workers === 1 ? work(exchange, queue) : Promise.all(Array.from({ length: workers }, () => work(exchange, queue)));
  if (copies.size === 0) return working;
  return working.then(() => {
    shareOutcomes(exchange, copies);
  });
}

/** Each copy of a message, with the first delivery of it. A bundle may contain hundreds, and each would be claimed. */
function copiesIn(deliveries: readonly Delivery[]): Map<Delivery, Delivery> {
  const firsts = new Map<string, Delivery>();
  const copies = new Map<Delivery, Delivery>();
  for (const delivery of deliveries) {
    const first = firsts.get(delivery.key);
    if (first === undefined) firsts.set(delivery.key, delivery);
    else copies.set(delivery, first);
  }
  return copies;
}

function shareOutcomes<Req>({ requestId, startedAt }: Exchange<Req>, copies: ReadonlyMap<Delivery, Delivery>): void {
  for (const [copy, { outcome }] of copies) {
    copy.outcome = outcome;
    if (outcome === 'handled') publish('mo-postback:duplicate', startedAt, { requestId, kind: copy.notification.kind });
  }
}

/** Takes deliveries from the queue until it is empty. */
async function work<Req>(exchange: Exchange<Req>, queue: Delivery[]): Promise<void> {
  const { startedAt, answerUntil } = exchange;
  const { settings, inFlight } = exchange.receiver;
  const callbackUntil = startedAt + settings.callbackTimeoutMs;
  for (;;) {
    // Those that wait for another request are behind all others.
    const delivery = queue.shift();
    if (delivery === undefined) return;
    const waitMs = delivery.notBefore === 0 ? 0 : delivery.notBefore - now();
    if (waitMs > 0) await sleep(waitMs);
    // After the answer, there is no use in waiting for another request.
    const until = delivery.outcome === 'in-progress' ? answerUntil : callbackUntil;
    if (inFlight.isDraining || now() >= until) {
      if (delivery.outcome === 'pending') delivery.outcome = 'dropped';
      continue;
    }
    delivery.outcome = await tryDelivery(exchange, delivery);
    if (delivery.outcome === 'in-progress') {
      postpone(delivery, now());
      queue.push(delivery);
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Claims the key, runs the callback, and completes or releases the claim. */
async function tryDelivery<Req>(exchange: Exchange<Req>, delivery: Delivery): Promise<Outcome> {
  const { requestId } = exchange;
  const { claims, inFlight } = exchange.receiver;
  const { key, isRecognisable, notification } = delivery;
  if (claims === undefined || !isRecognisable) return runCallback(exchange, delivery, 1);
  const startedAt = now();
  const claim = await claims.claim(key);
  if (claim === UNREACHABLE) return 'store-unavailable';
  if (claim.state === 'in-progress') return 'in-progress';
  if (claim.state === 'done') {
    publish('mo-postback:duplicate', startedAt, { requestId, kind: notification.kind });
    return 'handled';
  }
  const { token, attempt } = claim;
  if (inFlight.isDraining) {
    await claims.release(key, token);
    return 'dropped';
  }
  const abort = new LazyAbort();
  const stopRenewing = claims.keepRenewed(key, token, () => {
    abort.abort('AbortError', 'Another server may have claimed this message');
  });
  const outcome = await runCallback(exchange, delivery, attempt, abort);
  stopRenewing();
  if (outcome === 'handled') await claims.complete(key, token);
  // A callback that timed out may still be running, so its claim is not released: the lease expires.
  else if (outcome === 'failed') await claims.release(key, token);
  return outcome;
}
