// The receiver under every adapter: a request in plain terms -> its notifications, the callbacks, an answer.
// The answers: docs/receiving.md.

import { PostbackError } from '../errors.ts';
import type { PostbackResult } from '../errors.ts';
import { readDocument } from '../read/document-parser.ts';
import { Claims } from './claims.ts';
import { readContent } from './content.ts';
import type { Content, Document } from './content.ts';
import { ReceiveError } from './errors.ts';
import { publish } from './events.ts';
import type { AnswerCode, ReceiverEvents } from './events.ts';
import { addDigests, handle, jobsOf, needsDigest, verdictOf } from './dispatch.ts';
import type { Fate } from './dispatch.ts';
import { resolveReadOptions, resolveReceiverOptions } from './options.ts';
import type { ReadOptions, ReadSettings, ReceiverOptions, Unreadable } from './options.ts';
import type { PostbackRequest } from './request.ts';
import { endOfTurn, isPromise, LATE, now, withDeadline } from './deadline.ts';

/** What goes back to the provider. The body names an error code and nothing else. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What `drain` could not wait for. */
export interface Left {
  /** Requests that are not answered yet, or whose callbacks go on in the background. */
  readonly requests: number;
  /** Callbacks that run. */
  readonly callbacks: number;
}

/** What every handler can do beside handling. */
export interface Drainable {
  /**
   * For a graceful shutdown: from now on each new request is answered 503 with `Connection: close`, and no further
   * callback begins. Waits for those that run, at most `ms` milliseconds, and resolves to what was left then.
   */
  drain(ms: number): Promise<Left>;
}

/** A receiver. */
export interface Receiver<Request> extends Drainable {
  /**
   * Answers a request. `undefined`: nobody is there to be answered. Rejects only with what the framework's own request
   * throws. `waitUntil` is given what goes on behind the answer, on platforms that would stop it.
   */
  answer(postback: PostbackRequest<Request>, waitUntil?: (work: Promise<unknown>) => void): Promise<Answer | undefined>;
}

/**
 * Reads and parses one request's body.
 * @throws PostbackError with a document code, or ReceiveError
 */
export async function receive(postback: PostbackRequest, options?: ReadOptions): Promise<PostbackResult[]> {
  const settings = resolveReadOptions(options);
  const { maxBytes, bodyTimeoutMs } = settings;
  const content = await readContent(postback, { maxBytes, until: now() + bodyTimeoutMs });
  return parse(await content.document(), settings);
}

function parse({ source, charset }: Document, settings: ReadSettings): PostbackResult[] {
  return readDocument(source, charset === undefined ? settings : { ...settings, encoding: charset });
}

// Numbers the requests of a process in what is published.
let requests = 0;

/**
 * A receiver that hands each notification to its callback and answers so that none is lost.
 * @throws TypeError or RangeError for wrong options
 */
export function createReceiver<Request>(options: ReceiverOptions<Request>): Receiver<Request> {
  const settings = resolveReceiverOptions(options);
  const { ackTimeoutMs, bodyTimeoutMs, maxBytes, maxInFlight, maxInFlightBytes, store } = settings;
  const { authorize } = options;
  const claims = store && new Claims(store, settings);
  let isDraining = false;
  // Requests that are not answered yet, or whose callbacks go on; and who waits until there are none.
  let inFlight = 0;
  const waiting: (() => void)[] = [];
  let bytesInFlight = 0;
  let callbacks = 0;
  const drains = (): boolean => isDraining;

  return {
    async answer(postback, waitUntil) {
      const startedAt = now();
      const requestId = ++requests;
      const refuse = (status: number, code: AnswerCode, headers?: Answer['headers']): Answer => {
        publish('rejected', startedAt, { requestId, status, codes: [code] });
        return answerWith(status, code, headers);
      };
      if (drains()) return refuse(503, 'DRAINING', CLOSE);
      if (postback.method !== 'POST') return refuse(405, 'METHOD_NOT_ALLOWED', { allow: 'POST' });
      if (inFlight >= maxInFlight || bytesInFlight >= maxInFlightBytes) return refuse(503, 'OVERLOADED');

      const ackAt = startedAt + ackTimeoutMs;
      const bodyAt = Math.min(startedAt + bodyTimeoutMs, ackAt);
      let bytes = 0;
      const onBytes = (length: number): void => {
        bytes += length;
        bytesInFlight += length;
        if (bytesInFlight > maxInFlightBytes) throw new Overload();
      };
      const answered = (answer: Answer): Answer =>
        isDraining ? { ...answer, headers: { ...answer.headers, ...CLOSE } } : answer;
      // What goes on behind the answer.
      let rest: Promise<unknown> | undefined;
      const done = (): void => {
        bytesInFlight -= bytes;
        inFlight--;
        if (inFlight === 0) for (const resolve of waiting.splice(0)) resolve();
      };
      inFlight++;
      try {
        const refusal = authorize && (await refusedBy(authorize, postback, bodyAt));
        if (refusal !== undefined) {
          return answered(
            refusal === 'UNAUTHORIZED' ? refuse(401, refusal, { ...CHALLENGE, ...CLOSE }) : refuse(503, refusal, CLOSE),
          );
        }
        let content: Content | undefined;
        let results: PostbackResult[];
        try {
          content = await readContent(postback, { maxBytes, until: bodyAt, onBytes });
          await endOfTurn();
          const document = content.document();
          results = parse(isPromise(document) ? await document : document, settings);
        } catch (error) {
          if (error instanceof Overload) return answered(refuse(503, 'OVERLOADED'));
          if (!(error instanceof PostbackError) && !(error instanceof ReceiveError)) throw error;
          const { status, codes, answer } = await reject(options, postback, [error], content?.raw, ackAt);
          publish('rejected', startedAt, { requestId, status, codes });
          return error.code === 'ABORTED' ? undefined : answered(answer);
        }
        const { raw } = content;
        publish('received', startedAt, { requestId, bytes: raw.length, notifications: results.length });
        const errors = results.flatMap(({ error }) => error ?? []);
        const rejecting = isFilled(errors) ? reject(options, postback, errors, raw, ackAt) : undefined;
        const jobs = jobsOf(results);
        if (jobs.some((job) => needsDigest(job, settings))) await addDigests(jobs, settings);
        const handling = handle(
          {
            options,
            settings,
            claims,
            requestId,
            raw,
            startedAt,
            request: postback.request,
            isDraining: drains,
            onRunning: (change) => (callbacks += change),
          },
          jobs,
        );
        rest = handling;
        let rejection: Answer | undefined;
        if (rejecting !== undefined) {
          const { status, codes, answer } = await rejecting;
          rejection = answer;
          publish('rejected', startedAt, { requestId, status, codes });
        }
        if ((await withDeadline(handling, ackAt)) === LATE) {
          const notifications = jobs.filter(({ fate }) => fate === 'pending').length;
          if (notifications > 0) publish('late', startedAt, { requestId, notifications });
          try {
            waitUntil?.(handling);
          } catch {
            // The platform is not to keep the answer from going out.
          }
        } else {
          rest = undefined;
        }
        const [status, code] = ANSWERS.find(([, , fate]) => jobs.some((job) => job.fate === fate)) ?? [];
        if (status === undefined || code === undefined) return answered(rejection ?? OK);
        // Of callbacks other events tell.
        if (!code.startsWith('CALLBACK_')) publish('rejected', startedAt, { requestId, status, codes: [code] });
        return answered(answerWith(status, code));
      } finally {
        if (rest === undefined) done();
        else void rest.then(done, done);
      }
    },

    async drain(ms) {
      if (typeof (ms as unknown) !== 'number' || !(ms >= 0))
        throw new RangeError(`ms: expected milliseconds from 0 on, got ${String(ms)}`);
      isDraining = true;
      const until = now() + ms;
      if (inFlight > 0) await withDeadline(new Promise<void>((resolve) => waiting.push(resolve)), until);
      if (claims !== undefined) await withDeadline(claims.flush(), until);
      return { requests: inFlight, callbacks };
    },
  };
}

function isFilled<T>(list: readonly T[]): list is readonly [T, ...T[]] {
  return list.length > 0;
}

/** The bodies of all requests together are larger than they may be. */
class Overload extends Error {}

/** Why a request is not admitted; `undefined` where it is. */
async function refusedBy<Request>(
  authorize: NonNullable<ReceiverOptions<Request>['authorize']>,
  head: PostbackRequest<Request>,
  until: number,
): Promise<'UNAUTHORIZED' | 'AUTHORIZE_FAILED' | undefined> {
  try {
    const verdict = await withDeadline(authorize(head), until);
    if (verdict === true) return undefined;
    return verdict === LATE ? 'AUTHORIZE_FAILED' : 'UNAUTHORIZED';
  } catch {
    return 'AUTHORIZE_FAILED';
  }
}

const OK: Answer = { status: 200, headers: {}, body: '' };

// By what came of each notification: the first that fits.
const ANSWERS: readonly (readonly [status: number, code: AnswerCode, fate: Fate])[] = [
  [503, 'STORE_UNAVAILABLE', 'unreachable'],
  [503, 'DRAINING', 'dropped'],
  [503, 'CALLBACK_TIMEOUT', 'pending'],
  [503, 'IN_PROGRESS', 'in-progress'],
  [500, 'CALLBACK_FAILED', 'failed'],
];

interface Rejected extends Pick<ReceiverEvents['rejected'], 'status' | 'codes'> {
  readonly answer: Answer;
}

/** Tells the integrator what could not be read of a request. */
async function reject<Request>(
  { onReject }: ReceiverOptions<Request>,
  { headers }: PostbackRequest<Request>,
  errors: readonly [Unreadable, ...Unreadable[]],
  raw: Uint8Array | undefined,
  until: number,
): Promise<Rejected> {
  const [first] = errors;
  const verdict = await withDeadline(
    verdictOf(() => onReject?.({ errors, raw, headers: withoutSecrets(headers) })),
    until,
  );
  const answer =
    verdict === 'failed' || verdict === LATE
      ? answerWith(500, 'ON_REJECT_FAILED')
      : verdict === 'accepted' && raw !== undefined
        ? OK
        : answerWith(first instanceof ReceiveError ? first.status : first.code === 'TOO_LARGE' ? 413 : 400, first.code);
  return { answer, status: answer.status, codes: errors.map(({ code }) => code) };
}

function withoutSecrets(headers: PostbackRequest['headers']): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    // HTTP/2 has the URL among its headers, and that may hold a secret.
    if (value !== undefined && !SECRET_HEADERS.has(name) && !name.startsWith(':')) kept[name] = value;
  }
  return kept;
}

const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie']);

const CLOSE = { connection: 'close' };
// RFC 9110, 15.5.2: a 401 has to say how.
const CHALLENGE = { 'www-authenticate': 'Basic realm="postback", charset="UTF-8"' };

function answerWith(status: number, code: Unreadable['code'] | AnswerCode, headers: Answer['headers'] = {}): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: code };
}
