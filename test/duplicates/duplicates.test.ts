// `npm run test:duplicates` proves that each message is handled at least once, and exactly once unless a process was
// killed or stopped while it held the message. Eight receivers share one store, and a sender behaves like the provider.
// Under load, processes are killed and stopped, and the store is paused between the end of a callback and its
// completion.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { describe, expect, it } from 'vitest';
import { POSTGRES_TABLE } from '../../src/dedupe/postgres.ts';
import { timesAsLong } from '../helpers/count.ts';
import { sleep } from '../helpers/sleep.ts';
import { missing, startPostgres, startRedis } from '../stores/servers.ts';
import type { StoreServer } from '../stores/servers.ts';
import { evaluate } from './journals.ts';
import type { Verdict } from './journals.ts';
import { sendAll } from './provider.ts';
import { Receivers } from './receivers.ts';

/** Sends all messages to receivers with this store. Prints the figures. */
async function prove(storeName: string, store: StoreServer): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'mo-postback-duplicates-'));
  const receivers = new Receivers({ folder, storeName, store });
  await receivers.startAll();
  const startedAt = Date.now();
  const faults = receivers.causeFaults();
  const sent = await sendAll(() => receivers.randomPort());
  receivers.endFaults();
  await faults;
  // For callbacks that continue after an answer.
  await sleep(3000);
  receivers.killAll();
  const seconds = (Date.now() - startedAt) / 1000;
  const verdict = evaluate(folder, receivers.faults);
  rmSync(folder, { recursive: true });
  console.log({ store: storeName, ...sent, ...receivers.counts, ...verdict, seconds });
  return verdict;
}

async function createTable(port: number): Promise<void> {
  const pool = new Pool({ port, host: '127.0.0.1', user: 'postgres' });
  await pool.query(POSTGRES_TABLE);
  await pool.end();
}

const isWanted = ['test:duplicates', 'test:long'].includes(process.env['npm_lifecycle_event'] ?? '');
describe.skipIf(!isWanted)(`duplicates${isWanted ? '' : ' (skipped: npm run test:duplicates)'}`, () => {
  it.each([
    ['redis', missing.redis, startRedis],
    ['postgres', missing.postgres, startPostgres],
  ] as const)(
    'handles each message exactly once with %s, unless a process dies',
    async (name, why, startStore) => {
      expect(why).toBeUndefined();
      const store = await startStore();
      if (name === 'postgres') await createTable(store.port);
      const { never, unexcused } = await prove(name, store);
      await store.stop();
      expect({ never, unexcused }).toEqual({ never: 0, unexcused: 0 });
    },
    600_000 * timesAsLong,
  );
});
