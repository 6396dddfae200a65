// Why the body of a request could not be had.

/** Every {@link ReceiveError.code}. */
export type ReceiveErrorCode =
  | 'BODY_TIMEOUT'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'UNSUPPORTED_CONTENT_ENCODING'
  | 'BODY_ALREADY_READ'
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
  readonly code: ReceiveErrorCode;
  /** The HTTP status that answers it. */
  readonly status: number;

  static {
    this.prototype.name = 'ReceiveError';
  }

  constructor(code: ReceiveErrorCode, message: string) {
    super(message);
    this.code = code;
    this.status = STATUS[code];
  }
}
