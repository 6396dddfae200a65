// Events for metrics and traces, on node:diagnostics_channel: docs/observability.md. On platforms without that module,
// nothing is published.

import type { PostbackErrorCode } from '../errors.ts';
import type { PostbackNotification } from '../message.ts';
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

/**
 * What is published, by channel: `received` on the channel `mo-postback:received`, and so on. No event contains a URL,
 * a header, a key or any content.
 */
export interface ReceiverEvents {
  /** A body was read and parsed. Duration: since the headers. */
  readonly received: RequestEvent & { readonly bytes: number; readonly notifications: number };
  /**
   * The request, or a notification of it, could not be read; or the request was refused, for example because the store
   * could not be reached, another request handles the message, or the receiver drains. Duration: since the headers.
   */
  readonly rejected: RequestEvent & {
    readonly status: number;
    readonly codes: readonly (PostbackErrorCode | ReceiveErrorCode | AnswerCode)[];
  };
  /** A notification was handled before. Duration: since its key was claimed. */
  readonly duplicate: NotificationEvent;
  /** A callback resolved, or `onError` accepted. Duration: since the callback started. */
  readonly handled: NotificationEvent & { readonly attempt: number };
  /**
   * A callback threw and `onError` did not accept, or the callback was not done by `callbackTimeoutMs`. Duration: since
   * the callback started.
   */
  readonly failed: NotificationEvent & { readonly attempt: number };
  /** The answer was sent before all callbacks were done. Duration: since the headers. */
  readonly late: RequestEvent & { readonly notifications: number };
}

type Channels = {
  readonly [Name in keyof ReceiverEvents]: {
    readonly hasSubscribers: boolean;
    publish(event: ReceiverEvents[Name]): void;
  };
};

const diagnostics = builtin('node:diagnostics_channel');
const channels: Channels | undefined = diagnostics && {
  received: diagnostics.channel('mo-postback:received'),
  rejected: diagnostics.channel('mo-postback:rejected'),
  duplicate: diagnostics.channel('mo-postback:duplicate'),
  handled: diagnostics.channel('mo-postback:handled'),
  failed: diagnostics.channel('mo-postback:failed'),
  late: diagnostics.channel('mo-postback:late'),
};

/** Publishes an event, with its duration since `startedAt`. */
export function publish<Name extends keyof ReceiverEvents>(
  name: Name,
  startedAt: number,
  event: Omit<ReceiverEvents[Name], 'durationMs'>,
): void {
  const channel = channels?.[name];
  if (channel?.hasSubscribers === true) {
    channel.publish({ ...event, durationMs: now() - startedAt } as ReceiverEvents[Name]);
  }
}
