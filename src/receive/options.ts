// The options of receivers. Defaults and checks: settings.ts.

import type { RequestHead } from '../authorize.ts';
import type { DedupeStore } from '../dedupe/store.ts';
import type { PostbackError, PostbackResult, PostbackWarning } from '../errors.ts';
import type { MmsMo, OtherNotification, PostbackNotification, SmsMo } from '../message.ts';
import type { PostbackOptions } from '../options.ts';
import type { ReceiveError } from './errors.ts';

/**
 * Options for reading and parsing a body: those of the parser, with `recover` on by default. `fallbackTime` is the
 * arrival of the request, unless `recover` is `false`.
 */
export interface ReadOptions extends Omit<PostbackOptions, 'fallbackTime'> {
  /**
   * The prefix of every key, for example an account's name if several share a store: at most 50 characters of
   * `A-Z a-z 0-9 . _ ~ / -`. Default `''`.
   */
  readonly keyPrefix?: string | undefined;
  /** Whether a message without an id is recognised by its content. Default `true`. */
  readonly contentKeys?: boolean | undefined;
  /**
   * Milliseconds from the headers until the body must be complete; in a handler, at most `ackTimeoutMs`. Default 5 000.
   */
  readonly bodyTimeoutMs?: number | undefined;
}

/** The second argument of a callback. `Req` is the framework's own request. */
export interface NotificationContext<Req = unknown> {
  /**
   * The same for every retry of the notification: at most 128 characters, `keyPrefix` included, without `:` and blanks.
   * Use it to make your own writes idempotent. If a retry cannot be recognised (there is no id, and no time or
   * `contentKeys` is `false`), it is `unique-` and a new UUID each time.
   */
  readonly key: string;
  /**
   * How often a callback was started for this notification, this time included: 1 for the first. Always 1 without
   * `dedupe`.
   */
  readonly attempt: number;
  /** Aborts at `callbackTimeoutMs`, or when another server may have claimed the message. The result is then ignored. */
  readonly signal: AbortSignal;
  /** When the answer is sent. Work that is done by then needs no retry. */
  readonly deadline: Date;
  /** What `recover` repaired in this notification. */
  readonly warnings: readonly PostbackWarning[];
  /** The body as it arrived, not decompressed. If a body parser ran first: what is left of the body. */
  readonly raw: Uint8Array;
  /** The framework's own request. */
  readonly request: Req;
}

/** What was wrong with a request, or with one of its notifications. */
export type Unreadable = PostbackError | ReceiveError;

/** The argument of `onReject`. */
export interface Rejection {
  /** One error for the body, or one for each invalid notification. */
  readonly errors: readonly [Unreadable, ...Unreadable[]];
  /**
   * The body as it arrived. Stored with `headers`, it can be read again with `readStored`. `undefined` if it did not
   * arrive completely, if its type or coding is not supported, or if a body parser has lost it.
   */
  readonly raw?: Uint8Array | undefined;
  /**
   * By lower-case name, without `authorization`, `proxy-authorization` and `cookie`. If a body parser has made text of
   * the body, `raw` is that text in UTF-8, and `content-type` and `content-encoding` say so.
   */
  readonly headers: Readonly<Record<string, string>>;
  /** When the request arrived. */
  readonly arrivedAt: Date;
}

/** The second argument of `onReject`. `Req` is the framework's own request. */
export interface RejectionContext<Req = unknown> {
  /** The framework's own request. */
  readonly request: Req;
}

/** A body that was stored, for example by `onReject`. The argument of `readStored`. */
export interface StoredBody {
  /** The body as it arrived. */
  readonly raw: Uint8Array;
  /** By name in any case, or a Headers. `content-type` and `content-encoding` say how the body is to be read. */
  readonly headers: Readonly<Record<string, string | undefined>> | Headers;
  /**
   * When it arrived: a Date, or its ISO 8601 form. It is the time of messages whose time is missing or unreadable.
   * Without it, these are `MISSING_FIELD` or `INVALID_FIELD`.
   */
  readonly arrivedAt?: Date | string | undefined;
}

/**
 * The result of one notification of a body, with the key that a handler would use: the same for every retry. Only
 * valid notifications have a key.
 */
export type ReceivedResult =
  | (Extract<PostbackResult, { readonly success: true }> & { readonly key: string })
  | (Extract<PostbackResult, { readonly success: false }> & { readonly key?: never });

/** Options of every `createHandler`. `Req` is the framework's own request. */
export interface ReceiverOptions<Req = unknown> extends ReadOptions {
  /**
   * Called with each SMS. 200 is sent only after it resolves. If it throws, the answer is 500, and the provider sends
   * again.
   */
  readonly onSms: (sms: SmsMo, context: NotificationContext<Req>) => unknown;
  /** Called with each MMS, in the same way. */
  readonly onMms: (mms: MmsMo, context: NotificationContext<Req>) => unknown;
  /** Called with each notification of another kind. Without it, these are answered 200 and dropped. */
  readonly onOther?: ((notification: OtherNotification, context: NotificationContext<Req>) => unknown) | undefined;
  /**
   * Called before the answer, once per request, with everything that could not be read: store it here, otherwise it is
   * lost. Not called for requests that are refused before their body is read: by `authorize`, by the method, or because
   * there are too many. If it resolves to `'accepted'` and the body arrived completely, the answer is 200. If it throws
   * or resolves to any other string, the answer is 500.
   */
  readonly onReject?:
    ((rejection: Rejection, context: RejectionContext<Req>) => void | 'accepted' | Promise<unknown>) | undefined;
  /**
   * Called with what a callback threw: log it here, because nothing else reports it. If it resolves to `'accepted'`,
   * the message is stored elsewhere and counts as handled. If it throws or resolves to any other string, it does not.
   */
  readonly onError?:
    | ((
        error: unknown,
        notification: PostbackNotification,
        context: NotificationContext<Req>,
      ) => void | 'accepted' | Promise<unknown>)
    | undefined;
  /**
   * Decides whether the sender may post here, before the body is read. Only `true`, or a promise of it, admits;
   * anything else is 401. If it throws or takes longer than `bodyTimeoutMs`, the answer is 503. See
   * `mo-postback/authorize`.
   */
  readonly authorize?: ((head: RequestHead<Req>) => boolean | Promise<boolean>) | undefined;
  /**
   * Remembers which messages were handled, so that each is handled once; `false`: nothing is remembered. Default
   * `memoryDedupe()`.
   */
  readonly dedupe?: DedupeStore | false | undefined;
  /** Milliseconds for which a message that was handled is remembered. Default 1 800 000 (30 minutes). */
  readonly dedupeWindowMs?: number | undefined;
  /** Milliseconds from the headers until the answer is sent: 503 if callbacks are not done. Default 9 000. */
  readonly ackTimeoutMs?: number | undefined;
  /**
   * Milliseconds from the headers until `signal` aborts and callbacks, also those in the background, are no longer
   * waited for. Default 240 000, which is before the provider sends again.
   */
  readonly callbackTimeoutMs?: number | undefined;
  /** Milliseconds that one call of the store may take. Default 1 500. */
  readonly storeTimeoutMs?: number | undefined;
  /** Milliseconds for which a message is claimed. The claim is renewed while its callback runs. Default 30 000. */
  readonly leaseMs?: number | undefined;
  /** How many callbacks of one bundle run in parallel; 1 keeps the order of the bundle. Default 1. */
  readonly concurrency?: number | undefined;
  /**
   * How many requests may be in progress, including those whose callbacks run in the background. Above, the answer is
   * 503 before the body is read. Default 1 000.
   */
  readonly maxInFlight?: number | undefined;
  /** How many bytes the bodies of these requests may have together. Above, the answer is 503. Default 64 MiB. */
  readonly maxInFlightBytes?: number | undefined;
  /** Headers and body of the answer 200, for providers that expect certain words in it. Default none. */
  readonly successResponse?: SuccessResponse | undefined;
}

/** The option `successResponse`. */
export interface SuccessResponse {
  /** By name in any case. Content-Length, Transfer-Encoding and Connection are refused. */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  /** Without a Content-Type, it is sent as `text/plain; charset=utf-8`. */
  readonly body?: string | undefined;
}
