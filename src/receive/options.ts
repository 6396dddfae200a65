// What an integrator tells a receiver.

import type { PostbackError, PostbackWarning } from '../errors.ts';
import type { MmsMo, OtherNotification, PostbackNotification, SmsMo } from '../message.ts';
import { settle } from '../options.ts';
import type { PostbackOptions, Settings } from '../options.ts';
import type { ReceiveError } from './errors.ts';

/** How a body is read and parsed: the parser's options, with `recover` on by default, and the time it may take. */
export interface ReadOptions extends PostbackOptions {
  /** Milliseconds from the headers until all of the body has to be there. Default 5 000. */
  readonly bodyTimeoutMs?: number | undefined;
}

/** What a callback is told beside the notification. `Request` is the framework's own. */
export interface NotificationContext<Request> {
  /** The same at each retry of the notification: what to make the integrator's own write idempotent with. */
  readonly key: string;
  /** What `recover` mended in this notification. */
  readonly warnings: readonly PostbackWarning[];
  /** The body, all of its bytes. */
  readonly raw: Uint8Array;
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

/** What a hook resolves to: `'accepted'` says that it has stored what it was given, and that no retry is needed. */
export type Verdict = 'accepted' | undefined;

type Awaitable<T> = T | Promise<T>;

/** Options of every `createHandler`. */
export interface ReceiverOptions<Request = unknown> extends ReadOptions {
  /** Called with each SMS. 200 goes out only after this has resolved; when it throws, the answer is 500 and the provider sends again. */
  readonly onSms: (sms: SmsMo, context: NotificationContext<Request>) => unknown;
  /** Called with each MMS, as `onSms` is with each SMS. */
  readonly onMms: (mms: MmsMo, context: NotificationContext<Request>) => unknown;
  /** Called with each notification of another kind. Without it they are answered 200 and dropped. */
  readonly onOther?: ((notification: OtherNotification, context: NotificationContext<Request>) => unknown) | undefined;
  /**
   * Called once a request, before the answer, with what could not be read of it: the place to keep it.
   * Where it resolves to `'accepted'`, the answer to a body that came whole is 200.
   */
  readonly onReject?: ((rejection: Rejection) => Awaitable<Verdict | void>) | undefined;
  /** Called with what a callback threw. Where it resolves to `'accepted'`, the message counts as handled. */
  readonly onError?:
    | ((error: unknown, notification: PostbackNotification, context: NotificationContext<Request>) => Awaitable<Verdict | void>)
    | undefined;
}

/** How a body is read, defaults filled in. */
export interface ReadSettings extends Settings {
  readonly bodyTimeoutMs: number;
}

/**
 * Checks how a body is to be read.
 * @throws TypeError or RangeError that names the option
 */
export function settleRead(options: ReadOptions = {}): ReadSettings {
  const parsing = settle({ ...options, recover: options.recover ?? true });
  const bodyTimeoutMs: unknown = options.bodyTimeoutMs ?? 5000;
  if (typeof bodyTimeoutMs !== 'number') throw new TypeError(`options.bodyTimeoutMs: expected a number, got ${typeof bodyTimeoutMs}`);
  // Timers take no more; they would fire at once.
  if (!(bodyTimeoutMs > 0 && bodyTimeoutMs < 2 ** 31)) {
    throw new RangeError(`options.bodyTimeoutMs: expected milliseconds above 0 and below 2 ** 31, got ${String(bodyTimeoutMs)}`);
  }
  return { ...parsing, bodyTimeoutMs };
}

/**
 * Checks the callbacks.
 * @throws TypeError that names the one that is missing or no function
 */
export function checkCallbacks(options: ReceiverOptions<never>): void {
  if (typeof (options as unknown) !== 'object' || (options as unknown) === null) throw new TypeError('options: expected an object');
  for (const name of ['onSms', 'onMms'] as const) {
    if (typeof (options[name] as unknown) !== 'function') throw new TypeError(`options.${name}: expected a function`);
  }
  for (const name of ['onOther', 'onReject', 'onError'] as const) {
    if (options[name] !== undefined && typeof (options[name] as unknown) !== 'function') {
      throw new TypeError(`options.${name}: expected a function`);
    }
  }
}
