// Events for metrics and traces, on node:diagnostics_channel: docs/observability.md. On platforms without that module,
// nothing is published.

import type { PostbackErrorCode } from '../errors.ts';
import type { PostbackNotification } from '../message.ts';
import { suggestion } from '../options.ts';
import type { AnswerCode } from './answer.ts';
import { now } from './deadline.ts';
import type { ReceiveErrorCode } from './errors.ts';
import { builtin } from './node-builtins.ts';

/** `requestId` numbers the requests of this process. `durationMs` is in milliseconds. */
interface RequestEvent {
  readonly requestId: number;
  readonly durationMs: number;
}

interface NotificationEvent extends RequestEvent {
  readonly kind: PostbackNotification['kind'];
}

/** What is published, by channel. No event contains a URL, a header, a key or any content. */
export interface ReceiverEvents {
  /** A body was read and parsed. Duration: since the headers. */
  readonly 'mo-postback:received': RequestEvent & { readonly bytes: number; readonly notifications: number };
  /**
   * The request, or a notification of it, could not be read; or the request was refused, for example because the store
   * could not be reached, another request handles the message, or the receiver drains. Duration: since the headers.
   */
  readonly 'mo-postback:rejected': RequestEvent & {
    readonly status: number;
    readonly codes: readonly (PostbackErrorCode | ReceiveErrorCode | AnswerCode)[];
  };
  /** A notification was handled before. Duration: since its key was claimed. */
  readonly 'mo-postback:duplicate': NotificationEvent;
  /** A callback resolved, or `onError` accepted. Duration: since the callback started. */
  readonly 'mo-postback:handled': NotificationEvent & { readonly attempt: number };
  /**
   * A callback threw and `onError` did not accept, or the callback was not done by `callbackTimeoutMs`. Duration: since
   * the callback started.
   */
  readonly 'mo-postback:failed': NotificationEvent & { readonly attempt: number };
  /** The answer was sent before all callbacks were done. Duration: since the headers. */
  readonly 'mo-postback:late': RequestEvent & { readonly notifications: number };
}

/** The names of the channels. */
export type Channel =
  | 'mo-postback:received'
  | 'mo-postback:rejected'
  | 'mo-postback:duplicate'
  | 'mo-postback:handled'
  | 'mo-postback:failed'
  | 'mo-postback:late';

const CHANNELS: readonly Channel[] = [
  'mo-postback:received',
  'mo-postback:rejected',
  'mo-postback:duplicate',
  'mo-postback:handled',
  'mo-postback:failed',
  'mo-postback:late',
];

const diagnostics = builtin('node:diagnostics_channel');
// Only channels that somebody holds keep their subscribers.
const channels = new Map(diagnostics && CHANNELS.map((name) => [name, diagnostics.channel(name)]));

/**
 * Calls a function with each event of a channel: `subscribe` of `node:diagnostics_channel`, with types. Returns a
 * function that ends it. On platforms without that module there are no events, and the function is never called.
 *
 * @throws TypeError for a wrong argument; the message names it
 */
export function subscribe<Name extends Channel>(
  channel: Name,
  listener: (event: ReceiverEvents[Name]) => void,
): () => void {
  if (!CHANNELS.includes(channel)) throw new TypeError(`channel: unknown channel. ${suggestion(channel, CHANNELS)}`);
  if (typeof (listener as unknown) !== 'function') throw new TypeError('listener: expected a function');
  const onEvent = (event: unknown): void => {
    listener(event as ReceiverEvents[Name]);
  };
  diagnostics?.subscribe(channel, onEvent);
  return () => {
    diagnostics?.unsubscribe(channel, onEvent);
  };
}

/** Publishes an event, with its duration since `startedAt`. */
export function publish<Name extends Channel>(
  name: Name,
  startedAt: number,
  event: Omit<ReceiverEvents[Name], 'durationMs'>,
): void {
  const channel = channels.get(name);
  if (channel?.hasSubscribers === true) channel.publish({ ...event, durationMs: now() - startedAt });
}
