// What a receiver does with its store: nothing of it takes longer than it may, and nothing that it fails in is lost.

import type { Claim, DedupeStore } from '../dedupe/store.ts';
import type { ReceiverSettings } from './options.ts';
import { Alarm, now } from './deadline.ts';

/** What comes of a call when the store cannot be reached. */
export const UNREACHABLE: unique symbol = Symbol('unreachable');

// The provider's last retry comes 25 minutes after the first try: docs/protocol.md, "Delivery".
const TTL_MS = 30 * 60 * 1000;
// How soon a store that did not answer is asked again, at most: well before the lease ends.
const RETRY_MS = 1000;

/** A key that is done, though the store does not know of it yet. */
interface Untold {
  readonly token: string;
  readonly until: number;
}

/**
 * What a store says, if it says anything: one that is not finished may not.
 * @throws TypeError
 */
function claimOf(claim: Claim | undefined): Claim {
  switch (claim?.state) {
    case 'claimed':
    case 'in-progress':
    case 'done':
      return claim;
    default:
      throw new TypeError('claim: expected { state }');
  }
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

  /** `UNREACHABLE` where the store cannot be reached. */
  claim(key: string): Promise<Claim | typeof UNREACHABLE> {
    if (this.#untold.has(key)) return Promise.resolve({ state: 'done' });
    return this.#ask(
      async () => claimOf(await this.#store.claim(key, this.#leaseMs)),
      // Nobody works on what comes too late.
      (late) => {
        if (late.state === 'claimed') void this.release(key, late.token);
      },
    );
  }

  /** Renews a claim until the returned function is called. `onLost` is called where another may have it. */
  hold(key: string, token: string, onLost: () => void): () => void {
    let leaseEnd = now() + this.#leaseMs;
    let isHeld = true;
    let alarm: Alarm;
    const renew = async (): Promise<void> => {
      const asked = now();
      const isOurs = await this.#ask(async () => this.#store.renew(key, token, this.#leaseMs));
      if (!isHeld) return;
      if (isOurs === true) leaseEnd = asked + this.#leaseMs;
      if (isOurs === false || now() >= leaseEnd) {
        onLost();
        return;
      }
      plan(isOurs === true ? this.#leaseMs / 3 : Math.min(RETRY_MS, this.#leaseMs / 10));
    };
    const plan = (ms: number): void => {
      alarm = new Alarm(ms, () => void renew());
    };
    plan(this.#leaseMs / 3);
    return () => {
      isHeld = false;
      alarm.off();
    };
  }

  /** Marks a key as done: in the store, or here until the store is told. */
  async complete(key: string, token: string): Promise<void> {
    if ((await this.#tell(key, token, TTL_MS)) !== UNREACHABLE) return;
    this.#untold.set(key, { token, until: now() + TTL_MS });
    this.#plan();
  }

  /** Gives a claim back. Where that fails, its lease runs out. */
  async release(key: string, token: string): Promise<void> {
    await this.#ask(async () => this.#store.release(key, token));
  }

  /** Tells the store once more of what it does not know yet. Resolves to how many keys that were left. */
  async flush(): Promise<number> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await Promise.all(
      [...this.#untold].map(async ([key, { token, until }]) => {
        const ttlMs = Math.ceil(until - now());
        if (ttlMs <= 0 || (await this.#tell(key, token, ttlMs)) !== UNREACHABLE) this.#untold.delete(key);
      }),
    );
    return this.#untold.size;
  }

  #tell(key: string, token: string, ttlMs: number): Promise<unknown> {
    return this.#ask(async () => this.#store.complete(key, token, ttlMs));
  }

  #plan(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(
      () => {
        void this.flush().then((left) => {
          if (left > 0) this.#plan();
        });
      },
      Math.min(RETRY_MS, this.#leaseMs / 10),
    );
    // Not what keeps a process alive. (A number where timers are numbers.)
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** `UNREACHABLE` where the store rejects or takes too long; what it says then goes to `onLate`. */
  #ask<T>(call: () => Promise<T>, onLate?: (answer: T) => void): Promise<T | typeof UNREACHABLE> {
    return new Promise((resolve) => {
      let isLate = false;
      const alarm = new Alarm(this.#storeTimeoutMs, () => {
        isLate = true;
        resolve(UNREACHABLE);
      });
      call().then(
        (answer) => {
          alarm.off();
          if (isLate) onLate?.(answer);
          else resolve(answer);
        },
        () => {
          alarm.off();
          resolve(UNREACHABLE);
        },
      );
    });
  }
}
