// Calls the deduplication store. No call takes longer than storeTimeoutMs, and a completion that fails is repeated
// later.

import type { Claim, DedupeStore } from '../dedupe/store.ts';
import { LazyTimeout, now } from './deadline.ts';
import type { ReceiverSettings } from './settings.ts';
import { warn, warnOfError } from './warnings.ts';

/** The result of a call if the store could not be reached. */
export const UNREACHABLE: unique symbol = Symbol('unreachable');

// The longest wait before a failed call is repeated, well before the lease ends.
const RETRY_MS = 1000;

/** A completion that the store has not confirmed. */
interface PendingCompletion {
  readonly token: string;
  /** When the key may be forgotten, in terms of `now()`. */
  readonly until: number;
}

/** The claims of one receiver. */
export class Claims {
  readonly #store: DedupeStore;
  readonly #settings: ReceiverSettings;
  readonly #pendingCompletions = new Map<string, PendingCompletion>();
  #retryTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: DedupeStore, settings: ReceiverSettings) {
    this.#store = store;
    this.#settings = settings;
  }

  /** Claims a key. */
  claim(key: string): Promise<Claim | typeof UNREACHABLE> {
    if (this.#pendingCompletions.has(key)) return Promise.resolve({ state: 'done' });
    return this.#call(
      'claim',
      () => this.#store.claim(key, this.#settings.leaseMs),
      validClaim,
      // The request has continued without this claim.
      (late) => {
        if (late.state === 'claimed') void this.release(key, late.token);
      },
    );
  }

  /**
   * Renews a claim until the returned function is called. Calls `onLost` if another server may have claimed the key.
   */
  keepRenewed(key: string, token: string, onLost: () => void): () => void {
    const { leaseMs } = this.#settings;
    let leaseEnd = now() + leaseMs;
    let isHeld = true;
    let timeout: LazyTimeout;
    const renew = async (): Promise<void> => {
      const calledAt = now();
      const isRenewed = await this.#call('renew', () => this.#store.renew(key, token, leaseMs));
      if (!isHeld) return;
      if (isRenewed === true) leaseEnd = calledAt + leaseMs;
      if (isRenewed === false || now() >= leaseEnd) {
        onLost();
        return;
      }
      renewIn(isRenewed === true ? leaseMs / 3 : this.#retryMs);
    };
    const renewIn = (ms: number): void => {
      timeout = new LazyTimeout(ms, () => void renew());
    };
    renewIn(leaseMs / 3);
    return () => {
      isHeld = false;
      timeout.cancel();
    };
  }

  /** Marks a key as done. If the store cannot be reached, the key is kept here and the call is repeated. */
  async complete(key: string, token: string): Promise<void> {
    const { dedupeWindowMs } = this.#settings;
    if ((await this.#complete(key, token, dedupeWindowMs)) !== UNREACHABLE) return;
    this.#pendingCompletions.set(key, { token, until: now() + dedupeWindowMs });
    this.#scheduleRetry();
  }

  /** Releases a claim. If that fails, its lease expires. */
  release(key: string, token: string): Promise<unknown> {
    return this.#call('release', () => this.#store.release(key, token));
  }

  /** Repeats all pending completions. Resolves to the number of those that are still pending. */
  async flush(): Promise<number> {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    const [first, ...others] = [...this.#pendingCompletions];
    // The first one alone: a store that cannot be reached gets one call each time, not thousands.
    if (first !== undefined && (await this.#repeat(first))) {
      await Promise.all(others.map((pending) => this.#repeat(pending)));
    }
    return this.#pendingCompletions.size;
  }

  /** Repeats a pending completion. Resolves to whether it is pending no more. */
  async #repeat([key, { token, until }]: readonly [string, PendingCompletion]): Promise<boolean> {
    const ttlMs = Math.ceil(until - now());
    if (ttlMs > 0 && (await this.#complete(key, token, ttlMs)) === UNREACHABLE) return false;
    this.#pendingCompletions.delete(key);
    return true;
  }

  #complete(key: string, token: string, ttlMs: number): Promise<unknown> {
    return this.#call('complete', () => this.#store.complete(key, token, ttlMs));
  }

  get #retryMs(): number {
    return Math.min(RETRY_MS, this.#settings.leaseMs / 10);
  }

  #scheduleRetry(): void {
    if (this.#retryTimer !== undefined) return;
    this.#retryTimer = setTimeout(() => {
      void this.flush().then((pending) => {
        if (pending > 0) this.#scheduleRetry();
      });
    }, this.#retryMs);
    // So that the timer does not keep the process running. (On some platforms a timer is a number.)
    (this.#retryTimer as { unref?: () => void }).unref?.();
  }

  /**
   * Resolves to `UNREACHABLE` if the store rejects, takes too long, or `checked` throws. A result that comes later is
   * passed to `onLate`.
   */
  #call<T>(
    method: keyof DedupeStore,
    call: () => Promise<T>,
    checked: (result: T) => T = (result) => result,
    onLate?: (result: T) => void,
  ): Promise<T | typeof UNREACHABLE> {
    return new Promise((resolve) => {
      let isLate = false;
      const timeout = new LazyTimeout(this.#settings.storeTimeoutMs, () => {
        isLate = true;
        warn(`The store's ${method}`, 'took longer than storeTimeoutMs.');
        resolve(UNREACHABLE);
      });
      const fail = (error: unknown): void => {
        timeout.cancel();
        warnOfError(`The store's ${method}`, error);
        resolve(UNREACHABLE);
      };
      // Called within a promise, because it may throw.
      new Promise<T>((called) => {
        called(call());
      })
        .then((result) => {
          timeout.cancel();
          const valid = checked(result);
          if (isLate) onLate?.(valid);
          else resolve(valid);
        }, fail)
        .catch(fail);
    });
  }
}

/**
 * Validates a store's reply.
 * @throws TypeError
 */
function validClaim(claim: Claim | undefined): Claim {
  // A copy: if it has getters, reading it again may throw.
  const { state, token, attempt } = (claim ?? {}) as Partial<Extract<Claim, { readonly state: 'claimed' }>>;
  const copy = { state, token, attempt } as Claim;
  switch (copy.state) {
    case 'claimed':
    case 'in-progress':
    case 'done':
      return copy;
    default:
      warn("The store's claim", 'resolved to something other than { state, … }.');
      throw new TypeError('claim: expected { state }');
  }
}
