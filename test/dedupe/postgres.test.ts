// PGlite is PostgreSQL, compiled to WebAssembly. `npm run test:stores` tests a server with several connections.

import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POSTGRES_TABLE, postgresDedupe } from '../../src/dedupe/postgres.ts';
import type { PostgresClient } from '../../src/dedupe/postgres.ts';
import { describeStore } from './contract.ts';

let database: PGlite;
beforeAll(async () => {
  database = new PGlite();
  await database.exec(POSTGRES_TABLE);
  // Running it again changes nothing.
  await database.exec(POSTGRES_TABLE);
}, 60_000);
afterAll(() => database.close());
const client: PostgresClient = { query: (text, values) => database.query(text, values) };

describeStore('postgresDedupe', () => postgresDedupe(client));

describe('postgresDedupe', () => {
  it('deletes rows that ended more than 30 minutes ago', async () => {
    const store = postgresDedupe(client);
    await database.query(
      "INSERT INTO mo_postback_claims SELECT 'old' || n, gen_random_uuid(), 1, true, now() - interval '31 minutes' FROM generate_series(1, 5) n",
    );
    for (let n = 0; n < 1000; n++) await store.complete('none', '00000000-0000-0000-0000-000000000000', 1000);
    const { rows } = await database.query("SELECT key FROM mo_postback_claims WHERE key LIKE 'old%'");
    expect(rows).toEqual([]);
  });

  it('claims again if the row was deleted between its two queries', async () => {
    const answers = [[], [], [{ attempt: 1 }]];
    const store = postgresDedupe({ query: () => Promise.resolve({ rows: answers.shift() ?? [] }) });
    expect(await store.claim('k', 1000)).toMatchObject({ state: 'claimed', attempt: 1 });
  });

  it('fails after three attempts if its SELECT never returns the row that its INSERT has met', async () => {
    await postgresDedupe(client).claim('hidden', 60_000);
    let queries = 0;
    const store = postgresDedupe({
      async query(text, values) {
        queries++;
        const { rows } = await client.query(text, values);
        // As with row-level security, or a replica that is behind.
        return { rows: text.startsWith('SELECT') ? [] : rows };
      },
    });
    await expect(store.claim('hidden', 1000)).rejects.toThrow('SELECT does not return it');
    expect(queries).toBe(6);
  });

  it('completes a key even if deleting old rows fails', async () => {
    const store = postgresDedupe({
      query: (text) => (text.includes('DELETE') ? Promise.reject(new Error('down')) : Promise.resolve({ rows: [] })),
    });
    for (let n = 0; n < 1000; n++) await store.complete('k', 't', 1000);
  });

  it.each([undefined, null, {}, 'postgres://'])('throws a TypeError if the pool is %o', (pool) => {
    expect(() => postgresDedupe(pool as PostgresClient)).toThrow(new TypeError('pool: expected a pool of pg'));
  });
});
