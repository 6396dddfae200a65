// The provider's side of a delivery: docs/protocol.md, "Delivery".

import { requireOptions } from '../options.ts';
import type { Generation, MoMessageInput } from '../write/serialize.ts';
import { serializeBundle, serializePostback } from '../write/serialize.ts';
import { toBinaryString } from '../read/binary-string.ts';
import { arriving } from './arrival.ts';
import type { Postback } from './arrival.ts';

/** What {@link deliver} takes: a message, messages (a bundle, of the first generation), or a body with its headers. */
export type Deliverable =
  MoMessageInput | readonly MoMessageInput[] | (Omit<Postback, 'body'> & { readonly body: Uint8Array | string });

/** Options of {@link deliver}. */
export interface DeliverOptions {
  /** How a single message is written. Default `'G3'`. */
  readonly generation?: Generation | undefined;
  /** Send the XML as the field `xml` of a form. Default: as the body itself. */
  readonly form?: 'urlencoded' | 'multipart' | undefined;
  /** Headers beside those of the body, and in place of them. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds that one attempt may take, the whole answer included. Default 10 000. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds between an attempt that failed and the next: as many attempts follow the first. Default five of 300 000. */
  readonly intervalsMs?: readonly number[] | undefined;
  /** Ends the delivery: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** One POST of a {@link Delivery}. */
export interface DeliveryAttempt {
  readonly startedAt: Date;
  /** Until the answer was there as a whole, or the attempt was given up, in milliseconds. */
  readonly durationMs: number;
  /** Of the answer. Absent where none came in time. */
  readonly status?: number | undefined;
  /** The answer's body, as far as 64 KiB. */
  readonly answer?: string | undefined;
  /** Why there is no answer: `'TIMEOUT'`, or what the platform says (`'ECONNREFUSED'`). */
  readonly error?: string | undefined;
}

/** The story of a delivery. */
export interface Delivery {
  /** Whether the last attempt was answered 200. */
  readonly isDelivered: boolean;
  /** In the order in which they were made: at least one. */
  readonly attempts: readonly DeliveryAttempt[];
}

const FORMS: readonly unknown[] = ['urlencoded', 'multipart'];
const NEVER = new AbortController().signal;
const MOST_OF_ANSWER = 64 * 1024;

/**
 * POSTs a message as the provider does: anything but a 200 within 10 s, and it is sent again after 5 minutes, up to 5 times. A user
 * and a password in the URL become HTTP Basic credentials. Redirections are not followed.
 *
 * @example
 * const { isDelivered, attempts } = await deliver('http://localhost:8080/postback', sampleMessages.sms, { intervalsMs: [100] });
 *
 * @returns the story of all attempts; a server that cannot be reached or refuses is no exception
 * @throws PostbackError `UNREPRESENTABLE` for a message that the generation cannot carry; TypeError or RangeError for another
 *   wrong argument. Nothing has been sent then
 */
export async function deliver(
  url: string | URL,
  message: Deliverable,
  options: DeliverOptions = {},
): Promise<Delivery> {
  const {
    headers: others = {},
    timeoutMs = 10_000,
    intervalsMs = [300_000, 300_000, 300_000, 300_000, 300_000],
    signal = NEVER,
  } = requireOptions(options);
  const target = targetOf(url);
  requireMs(timeoutMs, 'options.timeoutMs');
  if (timeoutMs === 0) throw new RangeError('options.timeoutMs: expected milliseconds above 0, got 0');
  if (options.form !== undefined && !FORMS.includes(options.form)) {
    throw new RangeError(`options.form: expected one of ${FORMS.join(', ')}, got ${JSON.stringify(options.form)}`);
  }
  const given: unknown = intervalsMs;
  if (!Array.isArray(given)) throw new TypeError(`options.intervalsMs: expected a list, got ${typeof given}`);
  for (const [n, ms] of intervalsMs.entries()) requireMs(ms, `options.intervalsMs[${String(n)}]`);
  if (!((signal as unknown) instanceof AbortSignal)) throw new TypeError('options.signal: expected an AbortSignal');
  const { body, headers } = postbackOf(message, options);
  const request = {
    method: 'POST',
    redirect: 'manual',
    headers: { ...headersOf(headers, 'message.headers'), ...target.headers, ...headersOf(others, 'options.headers') },
    body: body as BodyInit,
  } as const;

  const attempts: DeliveryAttempt[] = [];
  for (const ms of [0, ...intervalsMs]) {
    if (attempts.length > 0) await wait(ms, signal);
    const made = await attempt(target.url, request, timeoutMs, signal);
    attempts.push(made);
    if (made.status === 200) return { isDelivered: true, attempts };
  }
  return { isDelivered: false, attempts };
}

/**
 * Where to POST, and with which credentials: `fetch` takes none in a URL.
 * @throws TypeError for what is no URL of HTTP
 */
export function targetOf(url: string | URL): { url: URL; headers: Readonly<Record<string, string>> } {
  if (!URL.canParse(String(url))) throw new TypeError('url: expected a URL, as in http://localhost:8080/postback');
  const target = new URL(url);
  if (!/^https?:$/.test(target.protocol))
    throw new TypeError(`url: expected one of http: or https:, got ${target.protocol}`);
  const { username, password } = target;
  if (username === '' && password === '') return { url: target, headers: {} };
  target.username = '';
  target.password = '';
  let credentials: string;
  try {
    credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    throw new TypeError('url: expected its user and password percent-encoded');
  }
  return {
    url: target,
    headers: { authorization: `Basic ${btoa(toBinaryString(new TextEncoder().encode(credentials)))}` },
  };
}

/** By lower-case name, so that one takes another's place. */
function headersOf(headers: unknown, name: string): Readonly<Record<string, string>> {
  try {
    return Object.fromEntries(new Headers(headers as HeadersInit));
  } catch {
    throw new TypeError(`${name}: expected names of header fields, each with a text that HTTP can carry`);
  }
}

function requireMs(ms: unknown, name: string): void {
  if (typeof ms !== 'number') throw new TypeError(`${name}: expected a number of milliseconds, got ${typeof ms}`);
  // Longer timers fire at once.
  if (!(ms >= 0 && ms < 2 ** 31))
    throw new RangeError(`${name}: expected milliseconds from 0 to 2147483647, got ${String(ms)}`);
}

function postbackOf(
  message: Deliverable,
  { generation, form }: DeliverOptions,
): { body: Uint8Array | string; headers: Readonly<Record<string, string>> } {
  const given: unknown = message;
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(
      `message: expected a message, a list of messages, or a body with headers, got ${given === null ? 'null' : typeof given}`,
    );
  }
  if ('body' in message) {
    const { body } = message;
    if (typeof body !== 'string' && !((body as unknown) instanceof Uint8Array))
      throw new TypeError(`message.body: expected a Uint8Array or a string, got ${typeof body}`);
    return message;
  }
  if (isList(message))
    return arriving(
      serializeBundle(message),
      form === undefined ? { contentType: 'text/xml' } : { form, field: 'xml' },
    );
  const text = serializePostback(message, { generation });
  if (generation !== 'G5')
    return arriving(text, form === undefined ? { contentType: 'text/xml' } : { form, field: 'xml' });
  if (form !== undefined) throw new TypeError('options.form: a form holds XML, and G5 is JSON');
  return arriving(text, { contentType: 'application/json' });
}

function isList(message: object): message is readonly MoMessageInput[] {
  return Array.isArray(message);
}

async function attempt(
  url: URL,
  request: RequestInit,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<DeliveryAttempt> {
  const startedAt = new Date();
  const since = performance.now();
  const timeout = AbortSignal.timeout(Math.ceil(timeoutMs));
  const told = (rest: Pick<DeliveryAttempt, 'status' | 'answer' | 'error'>): DeliveryAttempt => ({
    startedAt,
    durationMs: performance.now() - since,
    ...rest,
  });
  try {
    signal.throwIfAborted();
    const response = await fetch(url, { ...request, signal: AbortSignal.any([timeout, signal]) });
    return told({ status: response.status, answer: await startOf(response) });
  } catch (error) {
    signal.throwIfAborted();
    return told({ error: timeout.aborted ? 'TIMEOUT' : reasonOf(error) });
  }
}

async function startOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  // A loop that is left cancels the rest.
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= MOST_OF_ANSWER) break;
  }
  return text.slice(0, MOST_OF_ANSWER);
}

function reasonOf(error: unknown): string {
  const { cause = error } = error as { readonly cause?: unknown };
  const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown };
  return String(code ?? message);
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = (): void => {
      clearTimeout(timer);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is the caller's own reason
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort);
  });
}
