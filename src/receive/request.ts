// A request in terms that every framework can tell it in.

/** What is known of a request before its body is read. */
export interface RequestHead<Request = unknown> {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  /** Values by lower-case name, several of one name joined by `, `. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The address of the peer, where the platform tells it. */
  readonly remoteAddress: string | undefined;
  /** The framework's own. */
  readonly request: Request;
}

/** A request. */
export interface PostbackRequest<Request = unknown> extends RequestHead<Request> {
  /** Its body as it can be had when it is wanted: bytes to come, or what something made of them before. */
  readonly body: () => AsyncIterable<Uint8Array> | AlreadyRead;
}

/** What a parser before has left of the body. */
export interface AlreadyRead {
  /** `undefined` where nothing of it is left. */
  readonly read: unknown;
}
