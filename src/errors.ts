// What can be wrong with a postback, told so that it can be mended.

import type { OtherNotification } from './message.ts';

/** Codes of the whole document: thrown by `parseBundle`, `write` and `close`. */
export type DocumentErrorCode =
  | 'EMPTY'
  | 'MALFORMED_XML'
  | 'DOCTYPE_FORBIDDEN'
  | 'TOO_LARGE'
  | 'TOO_DEEP'
  | 'TOO_MANY_NOTIFICATIONS'
  | 'BAD_ENCODING'
  | 'NOT_A_POSTBACK'
  | 'NO_NOTIFICATION';

/** Codes of one notification: they arrive as results, beside the good notifications of the same document. */
export type NotificationErrorCode =
  | 'MISSING_FIELD'
  | 'DUPLICATE_FIELD'
  | 'INVALID_FIELD'
  | 'UNEXPECTED_CONTENT'
  | 'TOO_MANY_FIELDS'
  | 'TOO_MANY_FILES';

/** Every {@link PostbackError.code}. The last two are `parsePostback`'s and `safeParsePostback`'s alone. */
export type PostbackErrorCode =
  | DocumentErrorCode
  | NotificationErrorCode
  | 'SEVERAL_NOTIFICATIONS'
  | 'UNSUPPORTED_ORIGIN';

/** A spot in a document. */
export interface Place {
  /** 1-based. Lines end at LF, CR or CRLF (XML 1.0, 2.11). */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly column: number;
  /** The elements around the spot, as in `POSTBACK/NOTIFICATION[2]/FROM`. Names that are no words of the protocol are `*`. */
  readonly path: string;
}

/** What `recover: true` mended, and where. */
export interface PostbackWarning extends Place {
  /**
   * `STRAY_AMPERSAND`: an `&` that begins no reference was kept as itself.
   * `UNDEFINED_ENTITY`: a reference to an entity that XML does not know was kept as written.
   * `FORBIDDEN_CHARACTER`: a character that XML forbids, or a reference to one, became U+FFFD.
   */
  readonly code: 'STRAY_AMPERSAND' | 'UNDEFINED_ENTITY' | 'FORBIDDEN_CHARACTER';
}

/** What a {@link PostbackError} is made of. */
export interface PostbackErrorDetails extends Place {
  readonly code: PostbackErrorCode;
  readonly message: string;
  /** See {@link PostbackError.excerpt}. */
  readonly excerpt: string;
  /** See {@link PostbackError.notification}. */
  readonly notification?: OtherNotification | undefined;
}

const brand: unique symbol = Symbol.for('mo-postback.PostbackError');

/**
 * What was wrong with a postback, where, and what was expected instead.
 *
 * Message, path and everything that loggers print hold no content of the document: texts and numbers are personal
 * data. {@link excerpt} and {@link notification} do, and are not enumerable for that reason.
 */
export class PostbackError extends Error implements Place {
  /** What was wrong, for programs. */
  readonly code: PostbackErrorCode;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  /** At most 80 characters of the line, as far as it was read, and below it a caret under the spot. Holds personal data. */
  declare readonly excerpt: string;
  /** With `UNSUPPORTED_ORIGIN`: the notification, well read but no message from a handset. Holds personal data. */
  declare readonly notification: OtherNotification | undefined;

  static {
    this.prototype.name = 'PostbackError';
    Object.defineProperty(this.prototype, brand, { value: true });
  }

  constructor(details: PostbackErrorDetails) {
    super(details.message);
    this.code = details.code;
    this.line = details.line;
    this.column = details.column;
    this.path = details.path;
    Object.defineProperties(this, {
      excerpt: { value: details.excerpt },
      notification: { value: details.notification },
    });
  }

  /** What `JSON.stringify` shows: no content of the document. */
  toJSON(): Place & { name: string; code: PostbackErrorCode; message: string } {
    const { name, code, message, line, column, path } = this;
    return { name, code, message, line, column, path };
  }
}

/** Whether a value is a {@link PostbackError}, also one of another copy or module system of this library. */
export function isPostbackError(value: unknown): value is PostbackError {
  return typeof value === 'object' && value !== null && brand in value;
}
