// What a store of claims has to do, so that each message is handled once by many servers.

/** What {@link DedupeStore.claim} resolves to. */
export type Claim =
  /** The message is the caller's until the lease ends. `attempt` is 1 for the first claim of the key. */
  | { readonly state: 'claimed'; readonly token: string; readonly attempt: number }
  /** Somebody else has it, and the lease has not ended. */
  | { readonly state: 'in-progress' }
  /** It was handled. */
  | { readonly state: 'done' };

/**
 * Remembers which messages are handled. Every method is atomic: to look first and to mark then is a race that two
 * servers lose. A token that is no longer the key's changes nothing. A method that rejects says that the store cannot be
 * reached; none may take the message's content, and none is given it.
 */
export interface DedupeStore {
  /** Takes a key for `leaseMs` milliseconds, unless it is done or another's lease has not ended. */
  claim(key: string, leaseMs: number): Promise<Claim>;
  /** Makes the lease end `leaseMs` from now. Resolves to `false` where the claim is lost. */
  renew(key: string, token: string, leaseMs: number): Promise<boolean>;
  /** Marks the key as done for `ttlMs` milliseconds. */
  complete(key: string, token: string, ttlMs: number): Promise<void>;
  /** Gives the claim back, so that the next one gets it at once. */
  release(key: string, token: string): Promise<void>;
}
