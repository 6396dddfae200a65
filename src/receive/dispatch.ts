// The notifications of one request -> their callbacks, each once.

import { contentKey, messageKey, sha256 } from '../key.ts';
import type { PostbackResult } from '../errors.ts';
import type { PostbackNotification } from '../message.ts';
import { UNREACHABLE } from './claims.ts';
import type { Claims } from './claims.ts';
import { publish } from './events.ts';
import type { NotificationContext, ReceiverOptions, ReceiverSettings } from './options.ts';
import { isPromise, LATE, now, withDeadline } from './deadline.ts';

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
  key: string | undefined;
  fate: Fate;
  /** Not to be tried before this, and how long it was waited last. */
  notBefore: number;
  waitMs: number;
}

// How soon one that another request has in progress is asked for again.
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 500;

/** What is to be done for the good notifications of a document. */
export function jobsOf(results: readonly PostbackResult[]): Job[] {
  const jobs: Job[] = [];
  for (const { success, data: notification, warnings } of results) {
    if (success)
      jobs.push({
        notification,
        warnings,
        key: messageKey(notification),
        fate: 'pending',
        notBefore: 0,
        waitMs: FIRST_WAIT_MS / 2,
      });
  }
  return jobs;
}

// Stores index their keys, and the memory has to hold them.
const LONGEST_KEY = 200;

/** Whether the key of a notification is to be a digest: of what it holds, or of a key that is too long. */
export function needsDigest({ key }: Job, { contentKeys }: ReceiverSettings): boolean {
  return key === undefined ? contentKeys : key.length > LONGEST_KEY;
}

/** Makes these keys. Equal contents of one document are numbered: who texts YES twice has said it twice. */
export async function addDigests(jobs: readonly Job[], settings: ReceiverSettings): Promise<void> {
  const seen = new Map<string, number>();
  for (const job of jobs) {
    if (!needsDigest(job, settings)) continue;
    if (job.key !== undefined) {
      job.key = await sha256(job.key);
      continue;
    }
    const key = await contentKey(job.notification);
    const ordinal = (seen.get(key) ?? 0) + 1;
    seen.set(key, ordinal);
    job.key = ordinal === 1 ? key : `${key}#${String(ordinal)}`;
  }
}

/** Hands each to its callback. Resolves when nothing is left to do, also in the background. */
export function handle<Request>(handling: Handling<Request>, jobs: readonly Job[]): Promise<unknown> {
  const { settings, startedAt, isDraining } = handling;
  const { callbackTimeoutMs, ackTimeoutMs, concurrency } = settings;
  const queue = [...jobs];
  const work = async (): Promise<void> => {
    for (;;) {
      const job = takeNext(queue);
      if (job === undefined) return;
      if (job.notBefore > 0 && job.notBefore > now()) await sleep(job.notBefore - now());
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
  const workers = Math.min(concurrency, jobs.length);
  return workers === 1 ? work() : Promise.all(Array.from({ length: workers }, work));
}

/** Takes the first whose time has come, else the first: those that wait stand in the order in which they were asked for. */
function takeNext(queue: Job[]): Job | undefined {
  if (queue[0]?.notBefore === 0) return queue.shift();
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
  if (claims === undefined || key === undefined)
    return (await callBack(handling, job, 1)) === 'handled' ? 'handled' : 'failed';
  const asked = now();
  const claim = await claims.claim(key);
  if (claim === UNREACHABLE) return 'unreachable';
  if (claim.state === 'in-progress') return 'in-progress';
  if (claim.state === 'done') {
    publish('duplicate', asked, { requestId, kind: notification.kind });
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
  const { options, settings, requestId, startedAt, onRunning } = handling;
  const { notification } = job;
  const { kind } = notification;
  const until = startedAt + settings.callbackTimeoutMs;
  const beganAt = now();
  const context = new Context(handling, job, attempt, abortion);
  const ended = <End extends 'handled' | 'failed' | 'outlived'>(end: End): End => {
    onRunning(-1);
    publish(end === 'handled' ? 'handled' : 'failed', beganAt, { requestId, kind, attempt });
    return end;
  };
  onRunning(1);
  try {
    const called = call(options, notification, context);
    if (!isPromise(called) || (await withDeadline(called, until)) !== LATE) return ended('handled');
  } catch (error) {
    // What it is to the answer until onError has spoken.
    job.fate = 'failed';
    const verdict = await withDeadline(
      verdictOf(() => options.onError?.(error, notification, context)),
      until,
    );
    if (verdict !== LATE) return ended(verdict === 'accepted' ? 'handled' : 'failed');
  }
  abortion.abort('TimeoutError', 'The callback was not done by callbackTimeoutMs');
  return ended('outlived');
}

function call<Request>(
  { onSms, onMms, onOther }: ReceiverOptions<Request>,
  notification: PostbackNotification,
  context: NotificationContext<Request>,
): unknown {
  const { kind } = notification;
  return kind === 'sms'
    ? onSms(notification, context)
    : kind === 'mms'
      ? onMms(notification, context)
      : onOther?.(notification, context);
}

/** What a callback is told. A class: V8 makes objects with getters of their own slowly. */
class Context<Request> implements NotificationContext<Request> {
  readonly key: string | undefined;
  readonly attempt: number;
  readonly warnings: NotificationContext['warnings'];
  readonly raw: Uint8Array;
  readonly request: Request;
  readonly #abortion: Abortion;
  readonly #answerAt: number;
  #deadline: Date | undefined;

  constructor(
    { settings, startedAt, raw, request }: Handling<Request>,
    { key, warnings }: Job,
    attempt: number,
    abortion: Abortion,
  ) {
    this.key = key;
    this.attempt = attempt;
    this.warnings = warnings;
    this.raw = raw;
    this.request = request;
    this.#abortion = abortion;
    this.#answerAt = startedAt + settings.ackTimeoutMs;
  }

  get deadline(): Date {
    this.#deadline ??= new Date(Date.now() + this.#answerAt - now());
    return this.#deadline;
  }

  get signal(): AbortSignal {
    return this.#abortion.signal;
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

/** What a hook resolves to; `'failed'` where it throws. */
export async function verdictOf(hook: () => unknown): Promise<unknown> {
  try {
    return await hook();
  } catch {
    return 'failed';
  }
}
