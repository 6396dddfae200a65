export { isPostbackError, PostbackError } from './errors.ts';
export type {
  DocumentErrorCode,
  NotificationErrorCode,
  Place,
  PostbackErrorCode,
  PostbackErrorDetails,
  PostbackResult,
  PostbackWarning,
  PostbackWarningCode,
} from './errors.ts';
export { contentKey, messageKey } from './key.ts';
export type {
  Envelope,
  MmsMo,
  MoFields,
  MoMessage,
  OtherNotification,
  PostbackNotification,
  SmsMo,
  WireElement,
} from './message.ts';
export type { PostbackOptions } from './options.ts';
export { parseBundle, parsePostback, safeParsePostback } from './parse.ts';
export { PostbackParser } from './push-parser.ts';
export type { PostbackHandlers } from './push-parser.ts';
export { serializeBundle, serializePostback } from './write/serialize.ts';
export type { Generation, MmsMoInput, MoMessageInput, SerializeOptions, SmsMoInput } from './write/serialize.ts';
