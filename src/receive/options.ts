// What an integrator tells a receiver.

import { encodingNamed } from '../read/decode.ts';
import { memoryDedupe } from '../dedupe/memory.ts';
import type { DedupeStore } from '../dedupe/store.ts';
import type { PostbackError, PostbackWarning } from '../errors.ts';
import type { MmsMo, OtherNotification, PostbackNotification, SmsMo } from '../message.ts';
import { requireOptions, resolveOptions } from '../options.ts';
import type { PostbackOptions, Settings } from '../options.ts';
import type { ReceiveError } from './errors.ts';
import type { RequestHead } from '../authorize.ts';

/** How a body is read and parsed: the parser's options, with `recover` on by default, and the time it may take. */
export interface ReadOptions extends PostbackOptions {
  /** Milliseconds from the headers until all of the body has to be there; in a handler, at most `ackTimeoutMs`. Default 5 000. */
  readonly bodyTimeoutMs?: number | undefined;
}

/** What a callback is told beside the notification. `Request` is the framework's own. */
export interface NotificationContext<Request = unknown> {
  /**
   * The same at each retry of the notification: what to make the integrator's own write idempotent with. `undefined` only
   * for a notification without an id of the provider's where `contentKeys` is `false`.
   */
  readonly key: string | undefined;
  /** How often this notification was begun, this time included: 1 for the first. Always 1 without `dedupe`. */
  readonly attempt: number;
  /** Aborts at `callbackTimeoutMs`, and where the claim is lost to another server: nobody waits for the callback then. */
  readonly signal: AbortSignal;
  /** When the answer goes out. What is done by then needs no retry. */
  readonly deadline: Date;
  /** What `recover` mended in this notification. */
  readonly warnings: readonly PostbackWarning[];
  /** The body as it came: all of its bytes, still in their content-encoding. Of one that was read before, what was left. */
  readonly raw: Uint8Array;
  /** The request, in the framework's own terms. */
  readonly request: Request;
}

/** What was wrong with a request, or with a notification of it. */
export type Unreadable = PostbackError | ReceiveError;

/** What could not be read of a request. */
export interface Rejection {
  /** One for the body, or one for each notification that is not valid. */
  readonly errors: readonly [Unreadable, ...Unreadable[]];
  /** The body, where it came whole. */
  readonly raw?: Uint8Array | undefined;
  /** By lower-case name, without `authorization`, `proxy-authorization` and `cookie`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Options of every `createHandler`. */
export interface ReceiverOptions<Request = unknown> extends ReadOptions {
  /** Called with each SMS. 200 goes out only after this has resolved; when it throws, the answer is 500 and the provider sends again. */
  readonly onSms: (sms: SmsMo, context: NotificationContext<Request>) => unknown;
  /** Called with each MMS, as `onSms` is with each SMS. */
  readonly onMms: (mms: MmsMo, context: NotificationContext<Request>) => unknown;
  /** Called with each notification of another kind. Without it they are answered 200 and dropped. */
  readonly onOther?: ((notification: OtherNotification, context: NotificationContext<Request>) => unknown) | undefined;
  /**
   * Called once a request, before the answer, with what could not be read of it: the place to keep it. Without it, that
   * is lost. Where it resolves to `'accepted'`, it has stored the body: the answer to one that came whole is then 200.
   */
  readonly onReject?: ((rejection: Rejection) => unknown) | undefined;
  /**
   * Called with what a callback threw: the place to log it. Without it, that is told to nobody. Where it resolves to
   * `'accepted'`, the message is stored elsewhere and counts as handled.
   */
  readonly onError?:
    | ((error: unknown, notification: PostbackNotification, context: NotificationContext<Request>) => unknown)
    | undefined;
  /**
   * Whether the sender may post here: only an awaited `true` admits. It runs before the body is read. Anything else is
   * 401; one that throws, or takes longer than `bodyTimeoutMs`, is 503. See `mo-postback/authorize`.
   */
  readonly authorize?: ((head: RequestHead<Request>) => unknown) | undefined;
  /** Remembers which messages are handled, so that each is handled once; `false` for no memory. Default `memoryDedupe()`. */
  readonly dedupe?: DedupeStore | false | undefined;
  /** Whether a message without an id of the provider's is known by its content. Default `true`. */
  readonly contentKeys?: boolean | undefined;
  /** Milliseconds from the headers until the answer goes out: 503 where callbacks are not done. Default 9 000. */
  readonly ackTimeoutMs?: number | undefined;
  /**
   * Milliseconds from the headers until callbacks, also in the background, are given up: `signal` aborts. Default
   * 240 000: before the provider sends again.
   */
  readonly callbackTimeoutMs?: number | undefined;
  /** Milliseconds that a call of the store may take. Default 1 500. */
  readonly storeTimeoutMs?: number | undefined;
  /** Milliseconds for which a message is claimed; renewed while its callback runs. Default 30 000. */
  readonly leaseMs?: number | undefined;
  /** Callbacks of one bundle at a time; 1 keeps the wire order. Default 1. */
  readonly concurrency?: number | undefined;
  /** Requests in progress, callbacks in the background included. Beyond, the answer is 503 before the body is read. Default 1 000. */
  readonly maxInFlight?: number | undefined;
  /** Bytes of their bodies. Beyond, the answer is 503. Default 64 MiB. */
  readonly maxInFlightBytes?: number | undefined;
}

/** How a body is read, defaults filled in. */
export interface ReadSettings extends Settings {
  readonly bodyTimeoutMs: number;
}

/** What a receiver goes by, defaults filled in. */
export interface ReceiverSettings extends ReadSettings {
  readonly store: DedupeStore | undefined;
  readonly contentKeys: boolean;
  readonly ackTimeoutMs: number;
  readonly callbackTimeoutMs: number;
  readonly storeTimeoutMs: number;
  readonly leaseMs: number;
  readonly concurrency: number;
  readonly maxInFlight: number;
  readonly maxInFlightBytes: number;
}

/**
 * Checks how a body is to be read.
 * @throws TypeError that names the option; RangeError from the parser for one of its own, which does, too the option
 */
export function resolveReadOptions(options: ReadOptions = {}): ReadSettings {
  requireOptions(options);
  const parsing = resolveOptions({ ...options, recover: options.recover ?? true });
  const { encoding } = parsing;
  if (encoding !== undefined && encodingNamed(encoding) === undefined) {
    throw new TypeError(
      `options.encoding: expected a label of UTF-8, UTF-16 or Windows-1252, got ${JSON.stringify(encoding)}`,
    );
  }
  return { ...parsing, bodyTimeoutMs: milliseconds(options, 'bodyTimeoutMs', 5000) };
}

/**
 * Checks everything that a receiver is told.
 * @throws TypeError that names the option; a RangeError for one of the parser's that is out of its range
 */
export function resolveReceiverOptions(options: ReceiverOptions<never>): ReceiverSettings {
  requireOptions(options);
  for (const name of ['onSms', 'onMms'] as const) {
    if (typeof (options[name] as unknown) !== 'function') throw new TypeError(`options.${name}: expected a function`);
  }
  for (const name of ['onOther', 'onReject', 'onError', 'authorize'] as const) {
    if (options[name] !== undefined && typeof (options[name] as unknown) !== 'function') {
      throw new TypeError(`options.${name}: expected a function`);
    }
  }
  const { contentKeys = true } = options;
  if (typeof (contentKeys as unknown) !== 'boolean')
    throw new TypeError(`options.contentKeys: expected a boolean, got ${typeof contentKeys}`);
  return {
    ...resolveReadOptions(options),
    store: storeOf(options),
    contentKeys,
    ackTimeoutMs: milliseconds(options, 'ackTimeoutMs', 9000),
    callbackTimeoutMs: milliseconds(options, 'callbackTimeoutMs', 240_000),
    storeTimeoutMs: milliseconds(options, 'storeTimeoutMs', 1500),
    leaseMs: milliseconds(options, 'leaseMs', 30_000),
    concurrency: count(options, 'concurrency', 1),
    maxInFlight: count(options, 'maxInFlight', 1000),
    maxInFlightBytes: count(options, 'maxInFlightBytes', 64 * 1024 * 1024),
  };
}

function storeOf({ dedupe = memoryDedupe() }: ReceiverOptions<never>): DedupeStore | undefined {
  if (dedupe === false) return undefined;
  if (typeof (dedupe as unknown) !== 'object' || (dedupe as unknown) === null)
    throw new TypeError('options.dedupe: expected a store, or false');
  for (const name of ['claim', 'renew', 'complete', 'release'] as const) {
    if (typeof (dedupe[name] as unknown) !== 'function')
      throw new TypeError(`options.dedupe.${name}: expected a function`);
  }
  return dedupe;
}

function milliseconds<Name extends string>(
  options: Readonly<Partial<Record<Name, number | undefined>>>,
  name: Name,
  byDefault: number,
): number {
  const value: unknown = options[name] ?? byDefault;
  if (typeof value !== 'number') throw new TypeError(`options.${name}: expected a number, got ${typeof value}`);
  // Timers take no more; they would fire at once.
  if (!(value > 0 && value < 2 ** 31)) {
    throw new TypeError(`options.${name}: expected milliseconds above 0 and below 2 ** 31, got ${String(value)}`);
  }
  return value;
}

function count<Name extends string>(
  options: Readonly<Partial<Record<Name, number | undefined>>>,
  name: Name,
  byDefault: number,
): number {
  const value: unknown = options[name] ?? byDefault;
  if (typeof value !== 'number') throw new TypeError(`options.${name}: expected a number, got ${typeof value}`);
  if (value !== Infinity && !(Number.isSafeInteger(value) && value > 0)) {
    throw new TypeError(`options.${name}: expected a whole number above 0, or Infinity, got ${String(value)}`);
  }
  return value;
}
