// The stores on real servers, through every client library.

import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POSTGRES_TABLE, postgresDedupe } from '../../src/dedupe/postgres.ts';
import { redisDedupe } from '../../src/dedupe/redis.ts';
import type { DedupeStore } from '../../src/dedupe/store.ts';
import { createReceiver } from '../../src/receive/receive.ts';
import { single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, callbacks, postbackRequest } from '../helpers/postback-request.ts';
import { describeStore } from '../dedupe/contract.ts';
import { missing, startPostgres, startRedis } from './servers.ts';
import type { StoreServer } from './servers.ts';

const leftOut = (why: string | undefined): string => (why === undefined ? '' : ` (skipped: ${why})`);

/** Stores that share their claims. Each has its own client. */
function several(count: number, make: (n: number) => DedupeStore): () => DedupeStore {
  const stores: DedupeStore[] = [];
  let next = 0;
  return () => {
    const n = next++ % count;
    return (stores[n] ??= make(n));
  };
}

describe.skipIf(missing.redis !== undefined)(`Redis${leftOut(missing.redis)}`, () => {
  let server: StoreServer;
  let nodeRedis: ReturnType<typeof createClient>;
  const clients: Redis[] = [];
  beforeAll(async () => {
    server = await startRedis();
    nodeRedis = createClient({ socket: { port: server.port, host: '127.0.0.1' } });
    await nodeRedis.connect();
  }, 60_000);
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await nodeRedis.close();
    await server.stop();
  });
  const connect = (): Redis => {
    const client = new Redis({ port: server.port, host: '127.0.0.1' });
    clients.push(client);
    return client;
  };

  describeStore(
    'with ioredis',
    several(4, () => redisDedupe(connect())),
  );
  describeStore('with node-redis', () => redisDedupe(nodeRedis));
  describeStore(
    'with both',
    several(2, (n) => redisDedupe(n === 0 ? connect() : nodeRedis)),
  );

  it('sets an expiry for every key', async () => {
    const client = connect();
    const keys = await client.keys('*');
    expect(keys.length).toBeGreaterThan(10);
    for (const key of keys) expect(await client.pttl(key)).toBeGreaterThan(-1);
  });

  it('answers 503 within storeTimeoutMs while the server hangs, and 200 afterwards', async () => {
    const receiver = createReceiver({
      ...callbacks,
      dedupe: redisDedupe(connect()),
      storeTimeoutMs: 100,
    });
    const post = () => receiver.answer(postbackRequest(alreadyRead(single(smsFields('hi')))));
    expect(await post()).toMatchObject({ status: 200 });
    server.signal('SIGSTOP');
    expect(await post()).toMatchObject({ status: 503, body: 'STORE_UNAVAILABLE' });
    server.signal('SIGCONT');
    expect(await post()).toMatchObject({ status: 200 });
  });
});

describe.skipIf(missing.postgres !== undefined)(`PostgreSQL${leftOut(missing.postgres)}`, () => {
  let server: StoreServer;
  let pool: Pool;
  beforeAll(async () => {
    server = await startPostgres();
    pool = new Pool({ port: server.port, host: '127.0.0.1', user: 'postgres', max: 10 });
    // Emitted for connections that the server closes when it stops.
    pool.on('error', () => undefined);
    await pool.query(POSTGRES_TABLE);
  }, 60_000);
  afterAll(async () => {
    await pool.end();
    await server.stop();
  });

  describeStore('with a pool of pg', () => postgresDedupe(pool));

  it('gives each of 50 keys to one of ten concurrent callers', async () => {
    const store = postgresDedupe(pool);
    const claims = await Promise.all(
      Array.from({ length: 500 }, (_, n) => store.claim(`many ${String(n % 50)}`, 60_000)),
    );
    expect(claims.filter(({ state }) => state === 'claimed')).toHaveLength(50);
  });

  it('answers 503 within storeTimeoutMs while the server hangs, and 200 afterwards', async () => {
    const receiver = createReceiver({
      ...callbacks,
      dedupe: postgresDedupe(pool),
      storeTimeoutMs: 200,
    });
    const post = () => receiver.answer(postbackRequest(alreadyRead(single(smsFields('hi')))));
    expect(await post()).toMatchObject({ status: 200 });
    server.signal('SIGSTOP');
    expect(await post()).toMatchObject({ status: 503, body: 'STORE_UNAVAILABLE' });
    server.signal('SIGCONT');
    expect(await post()).toMatchObject({ status: 200 });
  });
});
