// Delivers a postback as the provider does: docs/protocol.md, "Delivery".

import { requireOptions, shown } from '../options.ts';
import type { Generation, MoMessageInput } from '../write/serialize.ts';
import { serializeBundle, serializePostback } from '../write/serialize.ts';
import { toPostbackBody } from './postback-body.ts';
import type { BodyFormat, Postback } from './postback-body.ts';
import { parseTarget } from './target.ts';

/** What {@link deliver} sends: a message, a list of messages (as a G1 bundle), or a body with its headers. */
export type Deliverable =
  MoMessageInput | readonly MoMessageInput[] | (Omit<Postback, 'body'> & { readonly body: Uint8Array | string });

/** Options of {@link deliver}. */
export interface DeliverOptions {
  /** The generation in which a single message is written. Default `'G3'`. */
  readonly generation?: Generation | undefined;
  /** Sends the XML as the field `xml` of a form. Default: the XML is the body. */
  readonly form?: 'urlencoded' | 'multipart' | undefined;
  /** Additional headers. They replace headers of the body with the same name. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How many milliseconds one attempt may take, including the whole answer. Default 10 000. */
  readonly timeoutMs?: number | undefined;
  /** The delay before each retry, in milliseconds. Its length is the number of retries. Default: five of 300 000. */
  readonly intervalsMs?: readonly number[] | undefined;
  /** Stops the delivery. The promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** One POST of a {@link DeliveryResult}. */
export interface DeliveryAttempt {
  readonly startedAt: Date;
  /** How long it took until the whole answer was received or the attempt failed, in milliseconds. */
  readonly durationMs: number;
  /** The status of the answer. Absent if there was no answer in time. */
  readonly status?: number | undefined;
  /** The body of the answer, at most its first 65 536 characters. */
  readonly answer?: string | undefined;
  /** Why there was no answer: `'TIMEOUT'`, or the platform's error code, for example `'ECONNREFUSED'`. */
  readonly error?: string | undefined;
}

/** What happened during a delivery. */
export interface DeliveryResult {
  /** Whether the last attempt was answered 200. */
  readonly isDelivered: boolean;
  /** All attempts in the order in which they were made. At least one. */
  readonly attempts: readonly DeliveryAttempt[];
}

const DELIVER_OPTIONS = ['generation', 'form', 'headers', 'timeoutMs', 'intervalsMs', 'signal'];
const FORMS: readonly unknown[] = ['urlencoded', 'multipart'];
const NEVER = new AbortController().signal;
const MAX_ANSWER_LENGTH = 65_536;

/**
 * Sends a message by POST, as the provider does: if the answer is not 200 within 10 seconds, it sends the same postback
 * again after 5 minutes, up to 5 times. A user name and password in the URL are sent as HTTP Basic credentials.
 * Redirects are not followed.
 *
 * @example
 * const url = 'http://localhost:8080/postback';
 * const { isDelivered, attempts } = await deliver(url, sampleMessages.sms, { intervalsMs: [100] });
 *
 * @returns all attempts, also if the server cannot be reached or refuses the postback
 * @throws PostbackError `UNREPRESENTABLE` if the generation cannot represent the message
 * @throws TypeError or RangeError for any other wrong argument. Nothing has been sent if it throws one of these
 */
export async function deliver(
  url: string | URL,
  message: Deliverable,
  options: DeliverOptions = {},
): Promise<DeliveryResult> {
  const { headers: moreHeaders, timeoutMs, intervalsMs, signal, form, generation } = resolveDeliverOptions(options);
  const target = parseTarget(url);
  const { body, headers } = postbackOf(message, generation, form);
  const request = {
    headers: {
      ...normalizedHeaders(headers, 'message.headers'),
      ...target.headers,
      ...normalizedHeaders(moreHeaders, 'options.headers'),
    },
    body: body as BodyInit,
  };

  const attempts: DeliveryAttempt[] = [];
  for (const delayMs of [0, ...intervalsMs]) {
    if (attempts.length > 0) await sleep(delayMs, signal);
    const attempt = await attemptOnce(target.url, request, timeoutMs, signal);
    attempts.push(attempt);
    if (attempt.status === 200) return { isDelivered: true, attempts };
  }
  return { isDelivered: false, attempts };
}

interface DeliverSettings extends Pick<DeliverOptions, 'generation' | 'form'> {
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly intervalsMs: readonly number[];
  readonly signal: AbortSignal;
}

/** Checks options and fills in the defaults. @throws TypeError or RangeError that names the option */
function resolveDeliverOptions(options: DeliverOptions): DeliverSettings {
  const {
    generation,
    form,
    headers = {},
    timeoutMs = 10_000,
    intervalsMs = [300_000, 300_000, 300_000, 300_000, 300_000],
    signal = NEVER,
  } = requireOptions(options, DELIVER_OPTIONS);
  requireMilliseconds(timeoutMs, 'options.timeoutMs');
  if (timeoutMs === 0) throw new RangeError('options.timeoutMs: expected milliseconds above 0, got 0');
  if (form !== undefined && !FORMS.includes(form))
    throw new RangeError(`options.form: expected one of ${FORMS.join(', ')}, got ${shown(form)}`);
  const given: unknown = intervalsMs;
  if (!Array.isArray(given)) throw new TypeError(`options.intervalsMs: expected a list, got ${typeof given}`);
  for (const [n, ms] of intervalsMs.entries()) requireMilliseconds(ms, `options.intervalsMs[${n}]`);
  if (!((signal as unknown) instanceof AbortSignal)) throw new TypeError('options.signal: expected an AbortSignal');
  return { generation, form, headers, timeoutMs, intervalsMs, signal };
}

function requireMilliseconds(ms: unknown, name: string): void {
  if (typeof ms !== 'number') throw new TypeError(`${name}: expected a number of milliseconds, got ${typeof ms}`);
  // setTimeout fires immediately above 2^31 - 1 ms.
  if (!(ms >= 0 && ms < 2 ** 31))
    throw new RangeError(`${name}: expected milliseconds from 0 to 2147483647, got ${ms}`);
}

/** Headers by lower-case name, so that names in another case replace each other. */
function normalizedHeaders(headers: unknown, name: string): Readonly<Record<string, string>> {
  try {
    return Object.fromEntries(new Headers(headers as HeadersInit));
  } catch {
    throw new TypeError(`${name}: expected valid names and values of HTTP header fields`);
  }
}

/** The body to send, and its headers. */
function postbackOf(
  message: Deliverable,
  generation: Generation | undefined,
  form: DeliverOptions['form'],
): { body: Uint8Array | string; headers: Readonly<Record<string, string>> } {
  requireDeliverable(message);
  if ('body' in message) return message;
  const xml: BodyFormat = form === undefined ? { contentType: 'text/xml' } : { form, field: 'xml' };
  if (isList(message)) return toPostbackBody(serializeBundle(message), xml);
  const text = serializePostback(message, { generation });
  if (generation !== 'G5') return toPostbackBody(text, xml);
  if (form !== undefined)
    throw new TypeError('options.form: expected no form, because G5 is JSON and a form contains XML');
  return toPostbackBody(text, { contentType: 'application/json' });
}

function requireDeliverable(message: unknown): void {
  if (typeof message !== 'object' || message === null)
    throw new TypeError(
      'message: expected a message, a list of messages, or a body with headers, got ' +
        (message === null ? 'null' : typeof message),
    );
  if (!('body' in message)) return;
  const { body } = message;
  if (typeof body !== 'string' && !(body instanceof Uint8Array))
    throw new TypeError(`message.body: expected a Uint8Array or a string, got ${typeof body}`);
}

function isList(message: object): message is readonly MoMessageInput[] {
  return Array.isArray(message);
}

/** Sends one POST. The body may be a stream. Rejects with the signal's reason if the signal aborts. */
export async function attemptOnce(
  url: URL,
  { headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body: BodyInit },
  timeoutMs: number,
  signal: AbortSignal,
): Promise<DeliveryAttempt> {
  // `duplex` is required if the body is a stream.
  const request = { method: 'POST', redirect: 'manual', headers, body, duplex: 'half' } as const;
  const startedAt = new Date();
  const since = performance.now();
  const timeout = new AbortController();
  // Unlike that of AbortSignal.timeout, this timer keeps the process running. In Node.js 20, an attempt whose
  // connection is closed at once does not.
  const timer = setTimeout(() => {
    timeout.abort();
  }, Math.ceil(timeoutMs));
  const finished = (outcome: Pick<DeliveryAttempt, 'status' | 'answer' | 'error'>): DeliveryAttempt => ({
    startedAt,
    durationMs: performance.now() - since,
    ...outcome,
  });
  try {
    signal.throwIfAborted();
    const response = await fetch(url, { ...request, signal: AbortSignal.any([timeout.signal, signal]) });
    return finished({ status: response.status, answer: await readAnswer(response) });
  } catch (error) {
    signal.throwIfAborted();
    return finished({ error: timeout.signal.aborted ? 'TIMEOUT' : networkErrorOf(error) });
  } finally {
    clearTimeout(timer);
  }
}

async function readAnswer({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    // Leaving the loop cancels the rest of the body.
    if (text.length >= MAX_ANSWER_LENGTH) break;
  }
  return text.slice(0, MAX_ANSWER_LENGTH);
}

function networkErrorOf(error: unknown): string {
  const { cause = error } = error as { readonly cause?: unknown };
  const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown };
  return String(code ?? message);
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = (): void => {
      clearTimeout(timer);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the reason is the caller's own
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort);
  });
}
