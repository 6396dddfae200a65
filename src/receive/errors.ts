// Errors of requests whose body cannot be read.

/** Every {@link ReceiveError.code}. */
export type ReceiveErrorCode =
  /** The body was not complete in time. 408. */
  | 'BODY_TIMEOUT'
  /** The Content-Type is not supported. 415. */
  | 'UNSUPPORTED_MEDIA_TYPE'
  /** The Content-Encoding is not supported, or names more than one coding. 415. */
  | 'UNSUPPORTED_CONTENT_ENCODING'
  /** A body parser ran first, and the document cannot be restored without loss. 500. */
  | 'BODY_ALREADY_READ'
  /** The client disconnected before the body was complete. 499, which is never sent. */
  | 'ABORTED';

const STATUS: Readonly<Record<ReceiveErrorCode, number>> = {
  BODY_TIMEOUT: 408,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UNSUPPORTED_CONTENT_ENCODING: 415,
  BODY_ALREADY_READ: 500,
  // Not sent, because the client is gone. Servers log this number.
  ABORTED: 499,
};

/** The body of a request could not be read. Contains no part of the body. */
export class ReceiveError extends Error {
  declare readonly name: 'ReceiveError';
  /** What went wrong, for programs. */
  readonly code: ReceiveErrorCode;
  /** The HTTP status of the answer. */
  readonly status: number;

  static {
    Object.defineProperty(this.prototype, 'name', { value: 'ReceiveError', writable: true, configurable: true });
  }

  /** Created by this library. Public for tests of code that catches it. */
  constructor(code: ReceiveErrorCode, message: string) {
    super(message);
    this.code = code;
    this.status = STATUS[code];
  }

  /** Used by `JSON.stringify`. */
  toJSON(): { name: 'ReceiveError'; code: ReceiveErrorCode; status: number; message: string } {
    const { name, code, status, message } = this;
    return { name, code, status, message };
  }
}

/** The error for a body that was read before the receiver ran. */
export function alreadyRead(problem: string, expected: string): ReceiveError {
  return new ReceiveError('BODY_ALREADY_READ', `${problem}. Expected ${expected}.`);
}

/** The same, if nothing of the body was kept. */
export function nothingLeft(): ReceiveError {
  return alreadyRead(
    'The body was read before (by a body parser or request.text(), for example)',
    'the receiver to run first',
  );
}
