// The interface of deduplication stores, with which several servers handle each message once.

/** What {@link DedupeStore.claim} resolves to. */
export type Claim =
  /** The caller owns the message until the lease ends. `attempt` is 1 for the first claim of the key. */
  | { readonly state: 'claimed'; readonly token: string; readonly attempt: number }
  /** Another caller owns it, and its lease has not ended. */
  | { readonly state: 'in-progress' }
  /** The message was handled. */
  | { readonly state: 'done' };

/**
 * Remembers which messages were handled. Every method must be atomic: if two servers check a key and then mark it, both
 * may handle the message. A stale token must change nothing. A method rejects if the store cannot be reached. Stores
 * never get the content of a message.
 */
export interface DedupeStore {
  /** Claims a key for `leaseMs` milliseconds, unless it is done, or another caller's lease has not ended. */
  claim(key: string, leaseMs: number): Promise<Claim>;
  /** Extends the lease to `leaseMs` milliseconds from now. Resolves to `false` if the claim is lost. */
  renew(key: string, token: string, leaseMs: number): Promise<boolean>;
  /** Marks the key as done for `ttlMs` milliseconds. */
  complete(key: string, token: string, ttlMs: number): Promise<void>;
  /** Releases the claim, so that the next caller can claim the key immediately. */
  release(key: string, token: string): Promise<void>;
}
