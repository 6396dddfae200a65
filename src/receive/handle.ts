// The notifications of one request -> their callbacks, each once.

import { contentKey, messageKey } from '../key.ts';
import type { PostbackNotification, PostbackResult } from '../message.ts';
import type { Claims } from './claims.ts';
import { publish } from './events.ts';
import type { NotificationContext, ReceiverOptions, ReceiverSettings } from './options.ts';
import { LATE, now, within } from './time.ts';

/** What came of a notification so far. */
export type Fate =
  /** Its callback, or its turn, is still to come, or runs. */
  | 'pending'
  | 'handled'
  /** Its callback threw, and onError has not accepted, or not yet. */
  | 'failed'
  /** The store could not be reached for a claim. */
  | 'unreachable'
  /** Another request has it. */
  | 'in-progress'
  /** Its turn did not come: the receiver drains, or the time was up. */
  | 'dropped';

/** A request whose notifications are handled. */
export interface Handling<Request> {
  readonly options: ReceiverOptions<Request>;
  readonly settings: ReceiverSettings;
  readonly claims: Claims | undefined;
  readonly request: Request;
  readonly requestId: number;
  readonly raw: Uint8Array;
  /** When the headers came. */
  readonly startedAt: number;
  readonly isDraining: () => boolean;
  /** Told of each callback that begins, and that is no longer waited for. */
  readonly onRunning: (change: 1 | -1) => void;
}

/** One of them. */
export interface Job {
  readonly notification: PostbackNotification;
  readonly warnings: PostbackResult['warnings'];
  readonly key: string | undefined;
  fate: Fate;
  /** Not to be tried before this, and how long it was waited last. */
  notBefore: number;
  waitMs: number;
}

// How soon one that another request has in progress is asked for again.
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 500;

/** What is to be done for the good notifications of a document. */
export async function jobsOf(results: readonly PostbackResult[], { contentKeys }: ReceiverSettings): Promise<Job[]> {
  const jobs: Job[] = [];
  const seen = new Map<string, number>();
  for (const { success, data: notification, warnings } of results) {
    if (!success) continue;
    const key = messageKey(notification) ?? (contentKeys ? await numbered(notification, seen) : undefined);
    jobs.push({ notification, warnings, key, fate: 'pending', notBefore: 0, waitMs: FIRST_WAIT_MS / 2 });
  }
  return jobs;
}

/** The key of what a notification holds, numbered among its equals in one document: who texts YES twice has said it twice. */
async function numbered(notification: PostbackNotification, seen: Map<string, number>): Promise<string> {
  const key = await contentKey(notification);
  const ordinal = (seen.get(key) ?? 0) + 1;
  seen.set(key, ordinal);
  return ordinal === 1 ? key : `${key}#${String(ordinal)}`;
}

/** Hands each to its callback. Resolves when nothing is left to do, also in the background. */
export async function handle<Request>(handling: Handling<Request>, jobs: readonly Job[]): Promise<void> {
  const { settings, startedAt, isDraining } = handling;
  const { callbackTimeoutMs, ackTimeoutMs, concurrency } = settings;
  const queue = [...jobs];
  const work = async (): Promise<void> => {
    for (;;) {
      const job = takeNext(queue);
      if (job === undefined) return;
      if (job.notBefore > now()) await sleep(job.notBefore - now());
      // Who waits for another's work does so no longer than the answer.
      const until = startedAt + (job.fate === 'in-progress' ? ackTimeoutMs : callbackTimeoutMs);
      if (isDraining() || now() >= until) {
        if (job.fate === 'pending') job.fate = 'dropped';
        continue;
      }
      job.fate = await handleOne(handling, job);
      if (job.fate === 'in-progress') {
        job.waitMs = Math.min(2 * job.waitMs, LONGEST_WAIT_MS);
        job.notBefore = now() + job.waitMs;
        queue.push(job);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, jobs.length) }, work));
}

/** Takes the first whose time has come, else the first: those that wait stand in the order in which they were asked for. */
function takeNext(queue: Job[]): Job | undefined {
  const at = now();
  const next = queue.findIndex(({ notBefore }) => notBefore <= at);
  return queue.splice(Math.max(0, next), 1)[0];
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function handleOne<Request>(handling: Handling<Request>, job: Job): Promise<Fate> {
  const { claims, requestId, isDraining } = handling;
  const { key, notification } = job;
  if (claims === undefined || key === undefined) return (await callBack(handling, job, 1)) === 'handled' ? 'handled' : 'failed';
  const asked = now();
  const claim = await claims.claim(key);
  if (claim === undefined) return 'unreachable';
  if (claim.state === 'in-progress') return 'in-progress';
  if (claim.state === 'done') {
    publish('duplicate', { requestId, kind: notification.kind, durationMs: now() - asked });
    return 'handled';
  }
  const { token, attempt } = claim;
  if (isDraining()) {
    await claims.release(key, token);
    return 'dropped';
  }
  const abortion = new Abortion();
  const letGo = claims.hold(key, token, () => {
    abortion.abort('AbortError', 'The claim of this message was lost: another server may have it');
  });
  const end = await callBack(handling, job, attempt, abortion);
  letGo();
  // One that may still be running is not given back: its lease runs out.
  if (end === 'handled') await claims.complete(key, token);
  else if (end === 'failed') await claims.release(key, token);
  return end === 'handled' ? 'handled' : 'failed';
}

/** Calls back, and onError where that throws. `'outlived'`: the time was up, and nobody waits for them any more. */
async function callBack<Request>(
  handling: Handling<Request>,
  job: Job,
  attempt: number,
  abortion = new Abortion(),
): Promise<'handled' | 'failed' | 'outlived'> {
  const { options, settings, request, requestId, raw, startedAt, onRunning } = handling;
  const { notification, key, warnings } = job;
  const { kind } = notification;
  const until = startedAt + settings.callbackTimeoutMs;
  const beganAt = now();
  const deadline = new Date(Date.now() + startedAt + settings.ackTimeoutMs - beganAt);
  const context: NotificationContext<Request> = {
    key, attempt, deadline, warnings, raw, request,
    get signal() {
      return abortion.signal;
    },
  };
  onRunning(1);
  try {
    let isHandled = await within(called(options, notification, context), until);
    if (isHandled !== LATE && isHandled !== true) {
      // What it is to the answer until onError has spoken.
      job.fate = 'failed';
      const { error } = isHandled;
      const verdict = await within(verdictOf(() => options.onError?.(error, notification, context)), until);
      isHandled = verdict === LATE ? LATE : verdict === 'accepted' ? true : isHandled;
    }
    const durationMs = now() - beganAt;
    if (isHandled === true) {
      publish('handled', { requestId, kind, attempt, durationMs });
      return 'handled';
    }
    publish('failed', { requestId, kind, attempt, durationMs });
    if (isHandled !== LATE) return 'failed';
    abortion.abort('TimeoutError', 'The callback was not done by callbackTimeoutMs');
    return 'outlived';
  } finally {
    onRunning(-1);
  }
}

/** An AbortController that is made when its signal is asked for: few callbacks do, and it takes as long as to parse a message. */
class Abortion {
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

/** Resolves to `true`, or to what the callback threw. */
async function called<Request>(
  { onSms, onMms, onOther }: ReceiverOptions<Request>,
  notification: PostbackNotification,
  context: NotificationContext<Request>,
): Promise<true | { readonly error: unknown }> {
  try {
    switch (notification.kind) {
      case 'sms':
        await onSms(notification, context);
        break;
      case 'mms':
        await onMms(notification, context);
        break;
      case 'other':
        await onOther?.(notification, context);
        break;
    }
    return true;
  } catch (error) {
    return { error };
  }
}

/** What a hook resolves to; `'failed'` where it throws. */
export async function verdictOf(hook: () => unknown): Promise<unknown> {
  try {
    return await hook();
  } catch {
    return 'failed';
  }
}
