/**
 * Claims in PostgreSQL, for many servers. Takes a pool of `pg`, which the integrator makes and ends; the table is made by
 * {@link POSTGRES_TABLE}, once.
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

/** As much of a pool or a client of `pg` as is used; PGlite has it too. */
export interface PostgresClient {
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

/**
 * The table's SQL, to be run once, or with the other migrations. Losing its rows loses nothing but the memory of the last
 * half hour: it may be unlogged.
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

// A row is somebody's, or done, until its time; then it is anybody's. By the database's clock alone: servers' clocks differ.
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
// Rows whose time was over for as long as the provider sends again, so that attempts are counted until then.
const FORGET = `
DELETE FROM mo_postback_claims WHERE key IN (
  SELECT key FROM mo_postback_claims WHERE until < clock_timestamp() - interval '30 minutes'
  ORDER BY until LIMIT 2000 FOR UPDATE SKIP LOCKED)`;

// Each store forgets after as many of its own completions: two for each that can be there.
const FORGET_EVERY = 1000;

/** @throws TypeError for what is no pool */
export function postgresDedupe(pool: PostgresClient): DedupeStore {
  if (typeof (pool as Partial<PostgresClient> | undefined)?.query !== 'function')
    throw new TypeError('pool: expected a pool of pg');
  let completions = 0;
  return {
    async claim(key, leaseMs) {
      const token = crypto.randomUUID();
      for (;;) {
        const [row] = (await pool.query(CLAIM, [key, token, leaseMs])).rows as readonly { readonly attempt: number }[];
        if (row !== undefined) return { state: 'claimed', token, attempt: row.attempt };
        const [known] = (await pool.query(STATE, [key])).rows as readonly { readonly is_done: boolean }[];
        // None: it was forgotten in between.
        if (known !== undefined) return { state: known.is_done ? 'done' : 'in-progress' };
      }
    },
    renew: async (key, token, leaseMs) => (await pool.query(RENEW, [key, token, leaseMs])).rows.length === 1,
    async complete(key, token, ttlMs) {
      await pool.query(COMPLETE, [key, token, ttlMs]);
      // It is done whatever comes of this.
      if (++completions % FORGET_EVERY === 0) await pool.query(FORGET, []).catch(() => undefined);
    },
    async release(key, token) {
      await pool.query(RELEASE, [key, token]);
    },
  };
}
