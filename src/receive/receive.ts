// The receiver under every adapter: a request in plain terms -> its notifications, the callbacks, an answer.
// The answers: docs/receiving.md.

import { PostbackError } from '../errors.ts';
import type { PostbackResult } from '../message.ts';
import { parseBundle } from '../parse.ts';
import { Claims } from './claims.ts';
import { readContent } from './content.ts';
import type { Content } from './content.ts';
import { ReceiveError } from './errors.ts';
import { publish } from './events.ts';
import type { AnswerCode, ReceiverEvents } from './events.ts';
import { handle, jobsOf, verdictOf } from './handle.ts';
import type { Fate } from './handle.ts';
import { settleRead, settleReceiver } from './options.ts';
import type { ReadOptions, ReadSettings, ReceiverOptions, Unreadable } from './options.ts';
import type { PostbackRequest } from './request.ts';
import { LATE, now, within } from './time.ts';

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
   * Answers a request. `undefined`: nobody is there to be answered. `waitUntil` is given what goes on behind the answer,
   * on platforms that would stop it.
   */
  answer(postback: PostbackRequest<Request>, waitUntil?: (work: Promise<unknown>) => void): Promise<Answer | undefined>;
}

/**
 * Reads and parses one request's body.
 * @throws PostbackError with a document code, or ReceiveError
 */
export async function receive(postback: PostbackRequest, options?: ReadOptions): Promise<PostbackResult[]> {
  const settings = settleRead(options);
  const { maxBytes, bodyTimeoutMs } = settings;
  return parse(await readContent(postback, { maxBytes, until: now() + bodyTimeoutMs }), settings);
}

async function parse({ document }: Content, settings: ReadSettings): Promise<PostbackResult[]> {
  const { source, charset } = await document();
  return parseBundle(source, { ...settings, encoding: charset ?? settings.encoding });
}

// Numbers the requests of a process in what is published.
let requests = 0;

/**
 * A receiver that hands each notification to its callback and answers so that none is lost.
 * @throws TypeError or RangeError for wrong options
 */
export function createReceiver<Request>(options: ReceiverOptions<Request>): Receiver<Request> {
  const settings = settleReceiver(options);
  const { ackTimeoutMs, bodyTimeoutMs, maxBytes, maxInFlight, maxInFlightBytes, store } = settings;
  const claims = store && new Claims(store, settings);
  const active = new Set<Promise<unknown>>();
  let isDraining = false;
  let bytesInFlight = 0;
  let callbacks = 0;
  const drains = (): boolean => isDraining;

  return {
    async answer(postback, waitUntil) {
      const startedAt = now();
      const requestId = ++requests;
      const refuse = (status: number, code: AnswerCode, headers?: Answer['headers']): Answer => {
        publish('rejected', { requestId, status, codes: [code], durationMs: now() - startedAt });
        return answerWith(status, code, headers);
      };
      if (drains()) return refuse(503, 'DRAINING', CLOSE);
      if (postback.method !== 'POST') return refuse(405, 'METHOD_NOT_ALLOWED', { allow: 'POST' });
      if (active.size >= maxInFlight || bytesInFlight >= maxInFlightBytes) return refuse(503, 'OVERLOADED');

      let bytes = 0;
      const onBytes = (length: number): void => {
        bytes += length;
        bytesInFlight += length;
        if (bytesInFlight > maxInFlightBytes) throw new Overload();
      };
      let work: Promise<unknown> = Promise.resolve();
      const answered = (async (): Promise<Answer | undefined> => {
        const refusal = await refusedBy(options, postback, startedAt + bodyTimeoutMs);
        if (refusal !== undefined) return refuse(refusal === 'UNAUTHORIZED' ? 401 : 503, refusal, refusal === 'UNAUTHORIZED' ? CHALLENGE : {});
        const ackAt = startedAt + ackTimeoutMs;
        let content: Content | undefined;
        let results: PostbackResult[];
        try {
          content = await readContent(postback, { maxBytes, until: startedAt + bodyTimeoutMs, onBytes });
          results = await parse(content, settings);
        } catch (error) {
          if (error instanceof Overload) return refuse(503, 'OVERLOADED');
          /* v8 ignore next -- for the type checker: nothing else is thrown */
          if (!(error instanceof PostbackError) && !(error instanceof ReceiveError)) throw error;
          const { status, codes, answer } = await reject(options, postback, [error], content?.raw, ackAt);
          publish('rejected', { requestId, status, codes, durationMs: now() - startedAt });
          return error.code === 'ABORTED' ? undefined : answer;
        }
        const { raw } = content;
        publish('received', { requestId, bytes: raw.length, notifications: results.length, durationMs: now() - startedAt });
        const [first, ...others] = results.flatMap(({ error }) => error ?? []);
        const rejecting = first && reject(options, postback, [first, ...others], raw, ackAt);
        const jobs = await jobsOf(results, settings);
        const fates = (): Fate[] => jobs.map(({ fate }) => fate);
        const handling = handle(
          {
            options, settings, claims, requestId, raw, startedAt,
            request: postback.request,
            isDraining: drains,
            onRunning: (change) => (callbacks += change),
          },
          jobs,
        );
        work = handling;
        const rejection = await rejecting;
        if (rejection !== undefined) {
          publish('rejected', { requestId, status: rejection.status, codes: rejection.codes, durationMs: now() - startedAt });
        }
        if ((await within(handling, ackAt)) === LATE) {
          const notifications = fates().filter((fate) => fate === 'pending').length;
          publish('late', { requestId, notifications, durationMs: now() - startedAt });
          waitUntil?.(handling);
        }
        return answerTo(fates(), rejection?.answer);
      })();
      const done = (): void => {
        active.delete(whole);
        bytesInFlight -= bytes;
      };
      const whole = answered.then(() => work).then(done, done);
      active.add(whole);
      const answer = await answered;
      return drains() && answer !== undefined ? { ...answer, headers: { ...answer.headers, ...CLOSE } } : answer;
    },

    async drain(ms) {
      if (typeof (ms as unknown) !== 'number' || !(ms >= 0)) throw new RangeError(`ms: expected milliseconds from 0 on, got ${String(ms)}`);
      isDraining = true;
      const until = now() + ms;
      await within(Promise.allSettled(active), until);
      if (claims !== undefined) await within(claims.flush(), until);
      return { requests: active.size, callbacks };
    },
  };
}

/** The bodies of all requests together are larger than they may be. */
class Overload extends Error {}

/** Why a request is not admitted; `undefined` where it is. */
async function refusedBy<Request>(
  { authorize }: ReceiverOptions<Request>,
  head: PostbackRequest<Request>,
  until: number,
): Promise<'UNAUTHORIZED' | 'AUTHORIZE_FAILED' | undefined> {
  if (authorize === undefined) return undefined;
  try {
    const verdict = await within(authorize(head), until);
    if (verdict === true) return undefined;
    return verdict === LATE ? 'AUTHORIZE_FAILED' : 'UNAUTHORIZED';
  } catch {
    return 'AUTHORIZE_FAILED';
  }
}

/** The answer by what came of each notification; `refusal` where one could not be read. */
function answerTo(fates: readonly Fate[], refusal: Answer | undefined): Answer {
  for (const [fate, status, code] of ANSWERS) if (fates.includes(fate)) return answerWith(status, code);
  return refusal ?? answerWith(200);
}

// The first that fits.
const ANSWERS: readonly (readonly [Fate, number, AnswerCode])[] = [
  ['unreachable', 503, 'STORE_UNAVAILABLE'],
  ['dropped', 503, 'DRAINING'],
  ['pending', 503, 'CALLBACK_TIMEOUT'],
  ['in-progress', 503, 'IN_PROGRESS'],
  ['failed', 500, 'CALLBACK_FAILED'],
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
  const verdict = await within(verdictOf(() => onReject?.({ errors, raw, headers: withoutSecrets(headers) })), until);
  const answer =
    verdict === 'failed' || verdict === LATE
      ? answerWith(500, 'ON_REJECT_FAILED')
      : verdict === 'accepted' && raw !== undefined
        ? answerWith(200)
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

function answerWith(status: number, code: Unreadable['code'] | AnswerCode | '' = '', headers: Answer['headers'] = {}): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: code };
}
