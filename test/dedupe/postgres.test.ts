// PGlite is PostgreSQL itself, in WebAssembly. A server of several connections: npm run test:stores.

import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POSTGRES_TABLE, postgresDedupe } from '../../src/dedupe/postgres.ts';
import type { PostgresClient } from '../../src/dedupe/postgres.ts';
import { describeStore } from './contract.ts';

let database: PGlite;
beforeAll(async () => {
  database = new PGlite();
  await database.exec(POSTGRES_TABLE);
  // May be run again.
  await database.exec(POSTGRES_TABLE);
}, 60_000);
afterAll(() => database.close());
const client: PostgresClient = { query: (text, values) => database.query(text, values) };

describeStore('postgresDedupe', () => postgresDedupe(client));

describe('postgresDedupe', () => {
  it('forgets what was over long ago', async () => {
    const store = postgresDedupe(client);
    await database.query(
      "INSERT INTO mo_postback_claims SELECT 'old' || n, gen_random_uuid(), 1, true, now() - interval '31 minutes' FROM generate_series(1, 5) n",
    );
    for (let n = 0; n < 1000; n++) await store.complete('none', '00000000-0000-0000-0000-000000000000', 1000);
    const { rows } = await database.query("SELECT key FROM mo_postback_claims WHERE key LIKE 'old%'");
    expect(rows).toEqual([]);
  });

  it('asks again where a claim was forgotten between its two questions', async () => {
    const answers = [[], [], [{ attempt: 1 }]];
    const store = postgresDedupe({ query: () => Promise.resolve({ rows: answers.shift() ?? [] }) });
    expect(await store.claim('k', 1000)).toMatchObject({ state: 'claimed', attempt: 1 });
  });

  it('does not fail where forgetting does', async () => {
    const store = postgresDedupe({
      query: (text) => (text.includes('DELETE') ? Promise.reject(new Error('down')) : Promise.resolve({ rows: [] })),
    });
    for (let n = 0; n < 1000; n++) await store.complete('k', 't', 1000);
  });

  it.each([undefined, null, {}, 'postgres://'])('is not made of %o', (pool) => {
    expect(() => postgresDedupe(pool as PostgresClient)).toThrow(new TypeError('pool: expected a pool of pg'));
  });
});
