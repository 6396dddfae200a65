// What can be wrong with a postback, told so that it can be mended.

import type { OtherNotification, PostbackNotification } from './message.ts';

/** Codes of the whole document: thrown by `parseBundle`, `write` and `close`. */
export type DocumentErrorCode =
  /** There is nothing but white space. */
  | 'EMPTY'
  /** It is not well-formed: XML 1.0, or JSON of RFC 8259. */
  | 'MALFORMED'
  /** It has a document type declaration: nothing in that is ever read. */
  | 'DOCTYPE_FORBIDDEN'
  /** More than `maxBytes`, or `maxNotificationLength` since the last notification's end. */
  | 'TOO_LARGE'
  /** More than `maxDepth` elements, or JSON's objects and lists, are open. */
  | 'TOO_DEEP'
  /** More than `maxNotifications`. */
  | 'TOO_MANY_NOTIFICATIONS'
  /** Bytes that do not fit their encoding, or an encoding that is not read. */
  | 'BAD_ENCODING'
  /** Another root element, or words or fields where only NOTIFICATIONs may stand, or an item of a JSON list that is no object. */
  | 'NOT_A_POSTBACK'
  /** The postback is empty. */
  | 'NO_NOTIFICATION';

/** Codes of one notification: they arrive as results, beside the good notifications of the same document. */
export type NotificationErrorCode =
  /** A required field is not there. */
  | 'MISSING_FIELD'
  /** A field is there twice, or any name in an object of a JSON message. */
  | 'DUPLICATE_FIELD'
  /** FROM, TO or ORIGIN is empty, or a time is none, or has no offset from UTC, or JSON has something else in place of a text. */
  | 'INVALID_FIELD'
  /** An element (an object, a list) stands in a text, or words between fields or in place of a list. */
  | 'UNEXPECTED_CONTENT'
  /** More elements than `maxFields`. */
  | 'TOO_MANY_FIELDS'
  /** More FILEs than `maxFiles`. */
  | 'TOO_MANY_FILES';

/** Every {@link PostbackError.code}. */
export type PostbackErrorCode =
  | DocumentErrorCode
  | NotificationErrorCode
  /** Of `parsePostback` and `safeParsePostback` alone. A bundle: `parseBundle` reads it. */
  | 'SEVERAL_NOTIFICATIONS'
  /** Of these alone, too. A notification of another kind than a message from a handset. */
  | 'UNSUPPORTED_ORIGIN'
  /** Of `serializePostback` and `serializeBundle` alone. What the generation that is written cannot carry. */
  | 'UNREPRESENTABLE';

/** A spot in a document. */
export interface Place {
  /** 1-based. Lines end at LF, CR or CRLF (XML 1.0, 2.11). */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly column: number;
  /**
   * The elements around the spot, as in `POSTBACK/NOTIFICATION[2]/FROM`, or `[1].from` in JSON, counted from 0. Names that are no
   * words of the protocol are `*`.
   */
  readonly path: string;
}

/** What `recover: true` mended, and where. */
export interface PostbackWarning extends Place {
  /**
   * `STRAY_AMPERSAND`: an `&` that begins no reference was kept as itself.
   * `UNDEFINED_ENTITY`: a reference to an entity that XML does not know was kept as written.
   * `FORBIDDEN_CHARACTER`: a character that XML forbids, or a reference to one, or half a surrogate pair, became U+FFFD; or a
   * control character in a string of JSON was kept as itself.
   */
  readonly code: 'STRAY_AMPERSAND' | 'UNDEFINED_ENTITY' | 'FORBIDDEN_CHARACTER';
}

/** What a {@link PostbackError} is made of. */
export interface PostbackErrorDetails extends Place {
  /** See {@link PostbackError.code}. */
  readonly code: PostbackErrorCode;
  /** What was wrong, where, and what was expected, for people. */
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
 * data. {@link excerpt} and {@link notification} do, and are hidden from loggers for that reason.
 */
export class PostbackError extends Error implements Place {
  /** What was wrong, for programs. */
  readonly code: PostbackErrorCode;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  // Private, so that no logger prints them, whatever it looks for.
  readonly #excerpt: string;
  readonly #notification: OtherNotification | undefined;

  static {
    this.prototype.name = 'PostbackError';
    Object.defineProperty(this.prototype, brand, { value: true });
  }

  /** Made by this library; for tests of code that catches it. */
  constructor(details: PostbackErrorDetails) {
    super(details.message);
    this.code = details.code;
    this.line = details.line;
    this.column = details.column;
    this.path = details.path;
    this.#excerpt = details.excerpt;
    this.#notification = details.notification;
  }

  /** At most 80 characters of the line, as far as it was read, and below it a caret under the spot. Holds personal data. */
  get excerpt(): string {
    return this.#excerpt;
  }

  /** With `UNSUPPORTED_ORIGIN`: the notification, well read but no message from a handset. Holds personal data. */
  get notification(): OtherNotification | undefined {
    return this.#notification;
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

/** One notification's outcome. `warnings` lists what `recover` mended in it: the first 256 mends. */
export type PostbackResult<T = PostbackNotification> =
  | { readonly success: true; readonly data: T; readonly error?: never; readonly warnings: readonly PostbackWarning[] }
  | {
      readonly success: false;
      readonly data?: never;
      readonly error: PostbackError;
      readonly warnings: readonly PostbackWarning[];
    };
