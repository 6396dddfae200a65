// What a receiver has in progress, in all of its requests.

import type { ReceiverSettings } from './settings.ts';

/** Counts requests, bytes and callbacks. */
export class InFlight {
  /** Requests that are not answered yet, or whose callbacks continue in the background. */
  requests = 0;
  /** Callbacks that are running. */
  callbacks = 0;
  /** Whether new requests are refused. */
  isDraining = false;
  // Bytes of the bodies of these requests.
  #bytes = 0;
  readonly #settings: ReceiverSettings;
  readonly #onIdle: (() => void)[] = [];

  constructor(settings: ReceiverSettings) {
    this.#settings = settings;
  }

  get isFull(): boolean {
    const { maxInFlight, maxInFlightBytes } = this.#settings;
    return this.requests >= maxInFlight || this.#bytes >= maxInFlightBytes;
  }

  /** @throws Overload */
  addBytes(length: number): void {
    this.#bytes += length;
    if (this.#bytes > this.#settings.maxInFlightBytes) throw new Overload();
  }

  removeBytes(length: number): void {
    this.#bytes -= length;
  }

  removeRequest(): void {
    this.requests--;
    if (this.requests === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /** Resolves when there is no request. */
  idle(): Promise<void> | undefined {
    return this.requests === 0 ? undefined : new Promise((resolve) => this.#onIdle.push(resolve));
  }
}

/** The bodies of all requests together are larger than `maxInFlightBytes`. */
export class Overload extends Error {}
