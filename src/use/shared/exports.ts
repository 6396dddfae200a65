// What every adapter exports besides readPostback and createHandler.

export type { RequestHead } from '../../authorize.ts';
export type { Claim, DedupeStore } from '../../dedupe/store.ts';
export { isPostbackError, PostbackError } from '../../errors.ts';
export type {
  DocumentErrorCode,
  NotificationErrorCode,
  Place,
  PostbackErrorCode,
  PostbackErrorDetails,
  PostbackResult,
  PostbackWarning,
  PostbackWarningCode,
} from '../../errors.ts';
export type {
  Envelope,
  MmsMo,
  MoFields,
  MoMessage,
  OtherNotification,
  PostbackNotification,
  SmsMo,
  WireElement,
} from '../../message.ts';
export type { PostbackOptions } from '../../options.ts';
export { ReceiveError } from '../../receive/errors.ts';
export type { ReceiveErrorCode } from '../../receive/errors.ts';
export { subscribe } from '../../receive/events.ts';
export type { Channel, ReceiverEvents } from '../../receive/events.ts';
export type {
  NotificationContext,
  ReadOptions,
  ReceivedResult,
  ReceiverOptions,
  Rejection,
  RejectionContext,
  StoredBody,
  Unreadable,
} from '../../receive/options.ts';
export { readStored } from '../../receive/read-stored.ts';
export type { Drainable, DrainResult } from '../../receive/receive.ts';
