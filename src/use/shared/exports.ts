// What every adapter exports besides readPostback and createHandler.

export type { RequestHead } from '../../authorize.ts';
export type { Claim, DedupeStore } from '../../dedupe/store.ts';
export { isPostbackError, PostbackError } from '../../errors.ts';
export { ReceiveError } from '../../receive/errors.ts';
export type { ReceiveErrorCode } from '../../receive/errors.ts';
export type {
  NotificationContext,
  ReadOptions,
  ReceiverOptions,
  Rejection,
  Unreadable,
} from '../../receive/options.ts';
export type { Drainable, DrainResult } from '../../receive/receive.ts';
