// Why the body of a request could not be had.

/** Every {@link ReceiveError.code}. */
export type ReceiveErrorCode =
  /** It was not there in time. 408. */
  | 'BODY_TIMEOUT'
  /** Its Content-Type can hold no postback. 415. */
  | 'UNSUPPORTED_MEDIA_TYPE'
  /** Its Content-Encoding is none that is read, or several. 415. */
  | 'UNSUPPORTED_CONTENT_ENCODING'
  /** A parser ran before, and the document cannot be had back without loss. 500. */
  | 'BODY_ALREADY_READ'
  /** The client went away inside it. 499, which nobody sees. */
  | 'ABORTED';

const STATUS: Readonly<Record<ReceiveErrorCode, number>> = {
  BODY_TIMEOUT: 408,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UNSUPPORTED_CONTENT_ENCODING: 415,
  BODY_ALREADY_READ: 500,
  // Nobody is there to be answered; the number is what servers log.
  ABORTED: 499,
};

/** The body of a request did not arrive as one that can be read. Holds no content of it. */
export class ReceiveError extends Error {
  /** What was wrong, for programs. */
  readonly code: ReceiveErrorCode;
  /** The HTTP status that answers it. */
  readonly status: number;

  static {
    this.prototype.name = 'ReceiveError';
  }

  /** Made by this library; for tests of code that catches it. */
  constructor(code: ReceiveErrorCode, message: string) {
    super(message);
    this.code = code;
    this.status = STATUS[code];
  }

  /** What `JSON.stringify` shows. */
  toJSON(): { name: string; code: ReceiveErrorCode; status: number; message: string } {
    const { name, code, status, message } = this;
    return { name, code, status, message };
  }
}

/** The error for a body that was read before. */
export function alreadyRead(problem: string, expected: string): ReceiveError {
  return new ReceiveError('BODY_ALREADY_READ', `${problem}. Expected ${expected}.`);
}

/** The same where whoever has read it kept nothing. */
export function nothingLeft(): ReceiveError {
  return alreadyRead(
    'Something has read the body before, or set its encoding, and nothing of it is left',
    'the receiver to come before it',
  );
}
