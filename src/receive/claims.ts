// What a receiver does with its store: nothing of it takes longer than it may, and nothing that it fails in is lost.

import type { Claim, DedupeStore } from '../dedupe/store.ts';
import type { ReceiverSettings } from './options.ts';
import { LATE, now, within } from './time.ts';

// The provider's last retry comes 25 minutes after the first try: docs/protocol.md, "Delivery".
const TTL_MS = 30 * 60 * 1000;
// How soon a store that did not answer is asked again, at most: well before the lease ends.
const RETRY_MS = 1000;

/** A key that is done, though the store does not know of it yet. */
interface Untold {
  readonly token: string;
  readonly until: number;
}

/** The claims of one receiver. */
export class Claims {
  readonly #store: DedupeStore;
  readonly #storeTimeoutMs: number;
  readonly #leaseMs: number;
  readonly #untold = new Map<string, Untold>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: DedupeStore, { storeTimeoutMs, leaseMs }: ReceiverSettings) {
    this.#store = store;
    this.#storeTimeoutMs = storeTimeoutMs;
    this.#leaseMs = leaseMs;
  }

  /** `undefined` where the store cannot be reached. */
  async claim(key: string): Promise<Claim | undefined> {
    if (this.#untold.has(key)) return { state: 'done' };
    const asked = this.#ask(() => this.#store.claim(key, this.#leaseMs));
    const claim = await this.#inTime(asked);
    // Nobody works on what comes too late.
    if (claim === undefined) {
      void asked.then(async (late) => {
        if (late?.state === 'claimed') await this.release(key, late.token);
      });
    }
    return claim;
  }

  /** Renews a claim until the returned function is called. `onLost` is called where another may have it. */
  hold(key: string, token: string, onLost: () => void): () => void {
    let leaseEnd = now() + this.#leaseMs;
    let isHeld = true;
    let timer: ReturnType<typeof setTimeout>;
    const renew = async (): Promise<void> => {
      const asked = now();
      const isOurs = await this.#inTime(this.#ask(() => this.#store.renew(key, token, this.#leaseMs)));
      if (!isHeld) return;
      if (isOurs === true) leaseEnd = asked + this.#leaseMs;
      if (isOurs === false || now() >= leaseEnd) {
        onLost();
        return;
      }
      plan(isOurs === true ? this.#leaseMs / 3 : Math.min(RETRY_MS, this.#leaseMs / 10));
    };
    const plan = (ms: number): void => {
      timer = setTimeout(() => void renew(), ms);
    };
    plan(this.#leaseMs / 3);
    return () => {
      isHeld = false;
      clearTimeout(timer);
    };
  }

  /** Marks a key as done: in the store, or here until the store is told. */
  async complete(key: string, token: string): Promise<void> {
    const until = now() + TTL_MS;
    if (await this.#tell(key, token, until)) return;
    this.#untold.set(key, { token, until });
    this.#plan();
  }

  /** Gives a claim back. Where that fails, its lease runs out. */
  async release(key: string, token: string): Promise<void> {
    await this.#inTime(this.#ask(() => this.#store.release(key, token)));
  }

  /** Tells the store once more of what it does not know yet. Resolves to how many keys that were left. */
  async flush(): Promise<number> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await Promise.all(
      [...this.#untold].map(async ([key, { token, until }]) => {
        if (now() >= until || (await this.#tell(key, token, until))) this.#untold.delete(key);
      }),
    );
    return this.#untold.size;
  }

  async #tell(key: string, token: string, until: number): Promise<boolean> {
    const told = this.#ask(async () => {
      await this.#store.complete(key, token, Math.ceil(until - now()));
      return true;
    });
    return (await this.#inTime(told)) === true;
  }

  #plan(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      void this.flush().then((left) => {
        if (left > 0) this.#plan();
      });
    }, Math.min(RETRY_MS, this.#leaseMs / 10));
    // Not what keeps a process alive. (A number where timers are numbers.)
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** `undefined` where the store throws or rejects. */
  async #ask<T>(call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await call();
    } catch {
      return undefined;
    }
  }

  async #inTime<T>(asked: Promise<T | undefined>): Promise<T | undefined> {
    const answer = await within(asked, now() + this.#storeTimeoutMs);
    return answer === LATE ? undefined : answer;
  }
}
