// What a receiver tells of its work, for metrics and traces: docs/observability.md. Nothing where nobody listens, or
// where the platform has no diagnostics_channel.

import type { PostbackErrorCode } from '../errors.ts';
import type { PostbackNotification } from '../message.ts';
import type { ReceiveErrorCode } from './errors.ts';
import { builtin } from './node-builtins.ts';
import { now } from './deadline.ts';

/** Every message names the request by its number within this process. Durations are in ms. */
interface OfRequest {
  readonly requestId: number;
  readonly durationMs: number;
}

interface OfNotification extends OfRequest {
  readonly kind: PostbackNotification['kind'];
}

/** What is published, by channel: `mo-postback:received` and so on. None holds a URL, a header, a key or content. */
export interface ReceiverEvents {
  /** A body is there and was parsed; since the headers. */
  readonly received: OfRequest & { readonly bytes: number; readonly notifications: number };
  /**
   * Something of a request could not be read, or the request was refused: the store could not be reached, another had the
   * message in progress, or the receiver drains, among it; since the headers.
   */
  readonly rejected: OfRequest & {
    readonly status: number;
    readonly codes: readonly (PostbackErrorCode | ReceiveErrorCode | AnswerCode)[];
  };
  /** A notification was handled before; since its claim was asked for. */
  readonly duplicate: OfNotification;
  /** A callback resolved, or `onError` accepted; since the callback began. */
  readonly handled: OfNotification & { readonly attempt: number };
  /** A callback threw, and `onError` did not accept, or it outlived `callbackTimeoutMs`; since it began. */
  readonly failed: OfNotification & { readonly attempt: number };
  /** The answer went out before all callbacks were done; since the headers. */
  readonly late: OfRequest & { readonly notifications: number };
}

/** What the body of an answer names beside the codes of errors. */
export type AnswerCode =
  | 'METHOD_NOT_ALLOWED'
  | 'UNAUTHORIZED'
  | 'AUTHORIZE_FAILED'
  | 'OVERLOADED'
  | 'DRAINING'
  | 'STORE_UNAVAILABLE'
  | 'IN_PROGRESS'
  | 'CALLBACK_TIMEOUT'
  | 'CALLBACK_FAILED'
  | 'ON_REJECT_FAILED';

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

/** Tells of something that began at `since`, to whoever listens. */
export function publish<Name extends keyof ReceiverEvents>(
  name: Name,
  since: number,
  event: Omit<ReceiverEvents[Name], 'durationMs'>,
): void {
  const channel = channels?.[name];
  if (channel?.hasSubscribers === true)
    channel.publish({ ...event, durationMs: now() - since } as ReceiverEvents[Name]);
}
