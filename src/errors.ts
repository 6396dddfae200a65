// Errors, warnings and results.

import type { OtherNotification, PostbackNotification } from './message.ts';

/** Codes of the whole document: thrown by `parseBundle`, `write` and `close`. */
export type DocumentErrorCode =
  /** The document is empty, or only white space. */
  | 'EMPTY'
  /** The document is not well-formed: XML 1.0, or JSON of RFC 8259. */
  | 'MALFORMED'
  /** The document has a document type declaration. These are never read. */
  | 'DOCTYPE_FORBIDDEN'
  /** More than `maxBytes`, or more than `maxNotificationLength` since the end of the previous notification. */
  | 'TOO_LARGE'
  /** More than `maxDepth` elements, or objects and lists of JSON, are open. */
  | 'TOO_DEEP'
  /** More than `maxNotifications` notifications. */
  | 'TOO_MANY_NOTIFICATIONS'
  /** Bytes that are not valid in the document's encoding, or an encoding that is not supported. */
  | 'BAD_ENCODING'
  /**
   * The root element is not POSTBACK, or fields or text are next to a NOTIFICATION, or an item of a JSON list is not an
   * object.
   */
  | 'NOT_A_POSTBACK'
  /** The postback contains no notification. */
  | 'NO_NOTIFICATION';

/** Codes of one notification: these errors are results, next to those of the other notifications. */
export type NotificationErrorCode =
  /** A required field is missing. */
  | 'MISSING_FIELD'
  /** A field occurs twice, or a name occurs twice in one object of a JSON message. */
  | 'DUPLICATE_FIELD'
  /** FROM, TO or ORIGIN is empty; a time is not valid, or has no UTC offset; or a JSON value cannot be read as text. */
  | 'INVALID_FIELD'
  /** An element (in JSON: an object or a list) inside a text field, or text between fields or in place of a list. */
  | 'UNEXPECTED_CONTENT'
  /** More than `maxFields` elements. */
  | 'TOO_MANY_FIELDS'
  /** More than `maxFiles` FILE elements. */
  | 'TOO_MANY_FILES';

/** Every {@link PostbackError.code}. */
export type PostbackErrorCode =
  | DocumentErrorCode
  | NotificationErrorCode
  /**
   * Only from `parsePostback` and `safeParsePostback`: there is more than one notification. `parseBundle` reads
   * bundles.
   */
  | 'SEVERAL_NOTIFICATIONS'
  /** Only from `parsePostback` and `safeParsePostback`: the notification is not a message from a handset. */
  | 'UNSUPPORTED_ORIGIN'
  /** Only from `serializePostback` and `serializeBundle`: the generation cannot carry the message. */
  | 'UNREPRESENTABLE';

/** A place in a document. */
export interface Place {
  /** 1-based. Lines end at LF, CR or CRLF (XML 1.0, 2.11). */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly column: number;
  /**
   * The elements around the place, for example `POSTBACK/NOTIFICATION[2]/FROM`; in JSON, for example `[1].from`,
   * counted from 0. Names that are not in the protocol's vocabulary are shown as `*`.
   */
  readonly path: string;
}

/** What `recover: true` has repaired. Every row: docs/protocol.md, "What `recover` repairs". */
export type PostbackWarningCode =
  /** An `&` that starts no reference. It is kept. */
  | 'STRAY_AMPERSAND'
  /** A `<` of the sender's own words. It is kept. */
  | 'STRAY_LESS_THAN'
  /** A reference to an entity that XML does not define: the character, if HTML 4 defines it; otherwise it is kept. */
  | 'UNDEFINED_ENTITY'
  /** A character that was written as two references, one for each half of its surrogate pair. */
  | 'SURROGATE_REFERENCES'
  /** A `]]>` in text. It is kept. */
  | 'STRAY_CDATA_END'
  /** A character that XML forbids, a reference to one, or half of a surrogate pair: U+FFFD. In JSON: NUL and half a
   * pair become U+FFFD, other control characters in a string are kept. */
  | 'FORBIDDEN_CHARACTER'
  /** Bytes that are not valid in the document's encoding. */
  | 'FOREIGN_BYTES'
  /** A charset label that the platform does not know. It is ignored. */
  | 'UNKNOWN_CHARSET'
  /** White space before the XML declaration, or a second byte order mark. It is ignored. */
  | 'OUTSIDE_DOCUMENT'
  /** A time that is missing or not valid: `fallbackTime` is used, with or without `recover`. */
  | 'UNREADABLE_TIME';

/** What was repaired, and where. */
export interface PostbackWarning extends Place {
  readonly code: PostbackWarningCode;
}

/** The properties of a {@link PostbackError}. */
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
 * Says what was wrong with a postback, where, and what was expected instead.
 *
 * The message, the path and everything else that loggers print contain no content of the document, because texts and
 * phone numbers are personal data. {@link excerpt} and {@link notification} do contain it, so they are hidden from
 * loggers.
 */
export class PostbackError extends Error implements Place {
  declare readonly name: 'PostbackError';
  /** What was wrong, for programs. */
  readonly code: PostbackErrorCode;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  // Private, so that no logger prints them.
  readonly #excerpt: string;
  readonly #notification: OtherNotification | undefined;

  static {
    Object.defineProperties(this.prototype, {
      name: { value: 'PostbackError', writable: true, configurable: true },
      [brand]: { value: true },
    });
  }

  /** Errors are made by this library. The constructor is public for tests of code that catches them. */
  constructor(details: PostbackErrorDetails) {
    super(details.message);
    this.code = details.code;
    this.line = details.line;
    this.column = details.column;
    this.path = details.path;
    this.#excerpt = details.excerpt;
    this.#notification = details.notification;
  }

  /**
   * At most 80 characters of the line, as far as it was read, with a caret below the position. Contains personal data.
   */
  get excerpt(): string {
    return this.#excerpt;
  }

  /** Only with `UNSUPPORTED_ORIGIN`: the notification that is not a message from a handset. Contains personal data. */
  get notification(): OtherNotification | undefined {
    return this.#notification;
  }

  /** For `JSON.stringify`: no content of the document. */
  toJSON(): Place & { name: 'PostbackError'; code: PostbackErrorCode; message: string } {
    const { name, code, message, line, column, path } = this;
    return { name, code, message, line, column, path };
  }
}

/** Whether a value is a {@link PostbackError}, even one from another copy or module system of this library. */
export function isPostbackError(value: unknown): value is PostbackError {
  return typeof value === 'object' && value !== null && brand in value;
}

/** The result of one notification. `warnings` lists what `recover` has repaired in it: the first 256 repairs. */
export type PostbackResult<T = PostbackNotification> =
  | { readonly success: true; readonly data: T; readonly error?: never; readonly warnings: readonly PostbackWarning[] }
  | {
      readonly success: false;
      readonly data?: never;
      readonly error: PostbackError;
      readonly warnings: readonly PostbackWarning[];
    };
