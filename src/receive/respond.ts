// From a request to its answer: authorize, read, dispatch, choose the answer.

import { CLOSE, errorAnswer } from './answer.ts';
import type { Answer, AnswerCode } from './answer.ts';
import { LATE, withDeadline } from './deadline.ts';
import { deliveriesOf } from './delivery.ts';
import type { Delivery, Outcome } from './delivery.ts';
import { dispatch } from './dispatch.ts';
import { publish } from './events.ts';
import type { Exchange } from './exchange.ts';
import { Overload } from './in-flight.ts';
import { completeKeys, isComplete } from './keys.ts';
import type { ReceiverOptions } from './options.ts';
import { read } from './read-request.ts';
import { publishRejection, reject } from './rejection.ts';
import { warn, warnOfError } from './warnings.ts';

/** Keeps a platform running until some work is done. */
export type WaitUntil = (work: Promise<unknown>) => void;

/** Admits the request, answers it, and keeps count of it. */
export async function answer<Req>(exchange: Exchange<Req>, waitUntil?: WaitUntil): Promise<Answer | undefined> {
  const { inFlight } = exchange.receiver;
  const refusal = refuseAtOnce(exchange);
  if (refusal !== undefined) return refusal;
  inFlight.requests++;
  try {
    const chosen = await respond(exchange, waitUntil);
    if (chosen === undefined || !inFlight.isDraining) return chosen;
    return { ...chosen, headers: { ...chosen.headers, ...CLOSE } };
  } finally {
    exchange.finish();
  }
}

/** Refuses what can be refused by the method and the load alone. */
function refuseAtOnce<Req>(exchange: Exchange<Req>): Answer | undefined {
  const { inFlight } = exchange.receiver;
  if (inFlight.isDraining) return exchange.refuse(503, 'DRAINING', CLOSE);
  if (exchange.postback.method !== 'POST') return exchange.refuse(405, 'METHOD_NOT_ALLOWED', { allow: 'POST' });
  return inFlight.isFull ? exchange.refuse(503, 'OVERLOADED') : undefined;
}

/** The steps of an answer: authorize, read, dispatch, choose the answer. */
async function respond<Req>(exchange: Exchange<Req>, waitUntil?: WaitUntil): Promise<Answer | undefined> {
  const { options, settings } = exchange.receiver;
  const { requestId, startedAt } = exchange;
  const denial = options.authorize && (await deny(options.authorize, exchange));
  if (denial !== undefined) return denial;

  const { body, results, error } = await read(exchange);
  if (error instanceof Overload) return exchange.refuse(503, 'OVERLOADED');
  if (error !== undefined) {
    const rejection = await reject(exchange, [error], body);
    publishRejection(exchange, [error], rejection);
    return error.code === 'ABORTED' ? undefined : rejection;
  }
  publish('mo-postback:received', startedAt, { requestId, bytes: body.raw.length, notifications: results.length });

  const errors = results.flatMap(({ error: invalid }) => invalid ?? []);
  const [first, ...others] = errors;
  const deliveries = deliveriesOf(results, body.raw, settings, options.onOther !== undefined);
  const rejecting = first && reject(exchange, [first, ...others], body);
  const dispatching = deliveries.every(isComplete)
    ? dispatch(exchange, deliveries)
    : completeKeys(deliveries, settings).then(() => dispatch(exchange, deliveries));
  // It is awaited only below, and may reject before, for example if the platform makes no digests.
  dispatching.catch(() => undefined);
  exchange.background = dispatching;
  const rejection = await rejecting;
  if (rejection !== undefined) publishRejection(exchange, errors, rejection);
  if ((await withDeadline(dispatching, exchange.answerUntil)) === LATE) {
    leaveRunning(exchange, dispatching, deliveries, waitUntil);
  } else {
    exchange.background = undefined;
  }
  return chooseAnswer(exchange, deliveries, rejection);
}

// RFC 9110, 15.5.2: a 401 must name a scheme.
const CHALLENGE = { 'www-authenticate': 'Basic realm="postback", charset="UTF-8"' };

/** Calls `authorize`. Resolves to `undefined` if it admits the request. */
async function deny<Req>(
  authorize: NonNullable<ReceiverOptions<Req>['authorize']>,
  exchange: Exchange<Req>,
): Promise<Answer | undefined> {
  try {
    const result = await withDeadline(authorize(exchange.postback), exchange.bodyUntil);
    if (result === true) return undefined;
    if (result !== LATE) return exchange.refuse(401, 'UNAUTHORIZED', { ...CHALLENGE, ...CLOSE });
    warn('authorize', 'took longer than bodyTimeoutMs.');
  } catch (error) {
    warnOfError('authorize', error);
  }
  return exchange.refuse(503, 'AUTHORIZE_FAILED', CLOSE);
}

/** Lets callbacks continue after the answer. */
function leaveRunning<Req>(
  { requestId, startedAt }: Exchange<Req>,
  background: Promise<unknown>,
  deliveries: readonly Delivery[],
  waitUntil?: WaitUntil,
): void {
  const notifications = deliveries.filter(({ outcome }) => outcome === 'pending').length;
  if (notifications > 0) publish('mo-postback:late', startedAt, { requestId, notifications });
  try {
    waitUntil?.(background);
  } catch {
    // An error of the platform must not prevent the answer.
  }
}

// The first row that applies to one of the notifications decides the answer.
const ANSWERS: readonly (readonly [outcome: Outcome, status: number, code: AnswerCode])[] = [
  ['store-unavailable', 503, 'STORE_UNAVAILABLE'],
  ['dropped', 503, 'DRAINING'],
  ['pending', 503, 'CALLBACK_TIMEOUT'],
  ['in-progress', 503, 'IN_PROGRESS'],
  ['failed', 500, 'CALLBACK_FAILED'],
  ['timed-out', 500, 'CALLBACK_FAILED'],
];

function chooseAnswer<Req>(
  exchange: Exchange<Req>,
  deliveries: readonly Delivery[],
  rejection: Answer | undefined,
): Answer {
  for (const [outcome, status, code] of ANSWERS) {
    if (!deliveries.some((delivery) => delivery.outcome === outcome)) continue;
    // The other events already say what happened to callbacks.
    return code.startsWith('CALLBACK_') ? errorAnswer(status, code) : exchange.refuse(status, code);
  }
  return rejection ?? exchange.receiver.settings.success;
}
