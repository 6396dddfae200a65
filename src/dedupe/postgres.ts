/**
 * A deduplication store in PostgreSQL, for several servers. Takes a pool of `pg`, which you create and close. Create
 * the table once, with {@link POSTGRES_TABLE}.
 *
 * @example
 * import { Pool } from 'pg';
 * import { createHandler } from 'mo-postback/http';
 * import { POSTGRES_TABLE, postgresDedupe } from 'mo-postback/dedupe/postgres';
 *
 * const pool = new Pool({ connectionString: process.env.DATABASE_URL });
 * await pool.query(POSTGRES_TABLE);
 * const handler = createHandler({ onSms, onMms, dedupe: postgresDedupe(pool) });
 *
 * @module
 */

import type { DedupeStore } from './store.ts';

export type { Claim, DedupeStore } from './store.ts';

/** The part of a `pg` pool or client that is used. PGlite fits too. */
export interface PostgresClient {
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

/**
 * The SQL that creates the table. Run it once, or with your other migrations. The table may be unlogged: its rows only
 * matter for half an hour.
 */
export const POSTGRES_TABLE = `
CREATE TABLE IF NOT EXISTS mo_postback_claims (
  key text PRIMARY KEY,
  token uuid NOT NULL,
  attempt integer NOT NULL,
  is_done boolean NOT NULL,
  until timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS mo_postback_claims_until ON mo_postback_claims (until);
`;

// A row is claimed or done until its time `until`; then anybody may claim it. Only the database's clock is used,
// because the clocks of servers differ.
const CLAIM = `
INSERT INTO mo_postback_claims AS known (key, token, attempt, is_done, until)
VALUES ($1, $2, 1, false, clock_timestamp() + $3 * interval '1 millisecond')
ON CONFLICT (key) DO UPDATE
SET token = excluded.token, is_done = false, until = excluded.until,
    attempt = CASE WHEN known.is_done THEN 1 ELSE known.attempt + 1 END
WHERE known.until <= clock_timestamp()
RETURNING attempt`;
const STATE = 'SELECT is_done FROM mo_postback_claims WHERE key = $1';
const RENEW = `
UPDATE mo_postback_claims SET until = clock_timestamp() + $3 * interval '1 millisecond'
WHERE key = $1 AND token = $2 AND NOT is_done RETURNING 1`;
const COMPLETE = `
UPDATE mo_postback_claims SET is_done = true, until = clock_timestamp() + $3 * interval '1 millisecond'
WHERE key = $1 AND token = $2`;
const RELEASE = 'UPDATE mo_postback_claims SET until = clock_timestamp() WHERE key = $1 AND token = $2 AND NOT is_done';
// Deletes rows that ended 30 minutes ago. The provider sends again for less than that, and attempts are counted until
// then.
const FORGET = `
DELETE FROM mo_postback_claims WHERE key IN (
  SELECT key FROM mo_postback_claims WHERE until < clock_timestamp() - interval '30 minutes'
  ORDER BY until LIMIT 2000 FOR UPDATE SKIP LOCKED)`;

// After how many completions old rows are deleted: at most 2000 rows each time, so twice as many as were added.
const FORGET_EVERY = 1000;

// A row may be deleted between INSERT and SELECT, but not each time. Row-level security or a replica that is behind may
// hide it each time.
const CLAIM_ATTEMPTS = 3;

/**
 * Creates a store.
 * @throws TypeError if `pool` is not a pool
 */
export function postgresDedupe(pool: PostgresClient): DedupeStore {
  if (typeof (pool as Partial<PostgresClient> | undefined)?.query !== 'function')
    throw new TypeError('pool: expected a pool of pg');
  let completions = 0;
  return {
    async claim(key, leaseMs) {
      const token = crypto.randomUUID();
      for (let n = 0; n < CLAIM_ATTEMPTS; n++) {
        const [row] = (await pool.query(CLAIM, [key, token, leaseMs])).rows as readonly { readonly attempt: number }[];
        if (row !== undefined) return { state: 'claimed', token, attempt: row.attempt };
        const [known] = (await pool.query(STATE, [key])).rows as readonly { readonly is_done: boolean }[];
        if (known !== undefined) return { state: known.is_done ? 'done' : 'in-progress' };
      }
      throw new Error(
        'mo_postback_claims: a row exists, and SELECT does not return it. Is it the same server and role?',
      );
    },
    renew: async (key, token, leaseMs) => (await pool.query(RENEW, [key, token, leaseMs])).rows.length === 1,
    async complete(key, token, ttlMs) {
      await pool.query(COMPLETE, [key, token, ttlMs]);
      // The key is done, also if this fails.
      if (++completions % FORGET_EVERY === 0) await pool.query(FORGET, []).catch(() => undefined);
    },
    async release(key, token) {
      await pool.query(RELEASE, [key, token]);
    },
  };
}
