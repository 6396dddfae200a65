// What every adapter exports beside readPostback and createHandler.

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
export type { Drainable, Left } from '../../receive/receive.ts';
export type { RequestHead } from '../../authorize.ts';
