// What a platform must do to fetch one URL. node/undici-transport.ts and fetch-transport.ts implement it.

import type { MediaSettings } from './settings.ts';

/** Counts bytes as they arrive. Throws if there are too many. */
export type CountBytes = (bytes: number) => void;

/** The start of an answer. */
export interface TransportAnswer {
  readonly status: number;
  /** The value of a header. `name` is in lower case. */
  readonly header: (name: string) => string | undefined;
  /**
   * The bytes of the body, decompressed. `onReceived` counts those that arrive from the network, if the platform shows
   * them. Fails if the body is not complete.
   */
  readonly chunks: (onReceived: CountBytes) => AsyncIterator<Uint8Array, unknown>;
  /** Closes the connection, or reads what is left if that is little. */
  readonly cancel: () => void;
}

/** Requests that belong together, for example those of one message. */
export interface Transport {
  /**
   * Sends a GET. Does not follow redirects. Rejects with the signal's reason if it aborts, which also ends the body.
   */
  readonly get: (url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<TransportAnswer>;
  /** Closes all connections. */
  readonly close: () => void;
}

export type CreateTransport = (settings: MediaSettings) => Transport;

/** The address of a host is not allowed. */
export class AddressRefused extends Error {}
/** The body has a Content-Encoding that is not supported. */
export class UnsupportedCoding extends Error {}
