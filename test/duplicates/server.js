// One of the receivers of the proof: `node server.js <journal> <store> <port of the store> <times>`. Its callbacks write down when
// they start and when they end, on the disk, and tell their parent where the store is to be paused.

import process from 'node:process';
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createHandler } from '../../dist/http.js';

const [journalFile, storeName, storePort, times] = process.argv.slice(2);
const journal = await open(journalFile, 'a');
let written = Promise.resolve();

/** Resolves when the line is on the disk. */
function write(...words) {
  written = written.then(async () => {
    await journal.appendFile(`${words.join(' ')}\n`);
    await journal.datasync();
  });
  return written;
}

async function dedupe() {
  if (storeName === 'redis') {
    const { Redis } = await import('ioredis');
    const { redisDedupe } = await import('../../dist/dedupe/redis.js');
    return redisDedupe(new Redis({ port: Number(storePort), host: '127.0.0.1' }).on('error', () => undefined));
  }
  const { Pool } = await import('pg');
  const { postgresDedupe } = await import('../../dist/dedupe/postgres.js');
  // The parent has made the table.
  const pool = new Pool({ port: Number(storePort), host: '127.0.0.1', user: 'postgres', max: 6 });
  return postgresDedupe(pool.on('error', () => undefined));
}

/** What a message's text says of it: its number, how long its callback takes, and whether the store is paused behind it. */
async function handle({ text, subject }, { signal }) {
  const [id, ms, pause] = (text ?? subject).split(' ');
  await write('start', id, Date.now());
  await new Promise((resolve) => setTimeout(resolve, Number(ms)));
  // Nobody waits for it any more, and another may have it.
  signal.throwIfAborted();
  if (pause === 'pause') {
    const paused = new Promise((resolve) => process.once('message', resolve));
    process.send('pause');
    await paused;
  }
  await write('end', id, Date.now());
}

const handler = createHandler({ onSms: handle, onMms: handle, dedupe: await dedupe(), ...JSON.parse(times) });
createServer(handler).listen(0, '127.0.0.1', function () {
  process.send({ port: this.address().port });
});
