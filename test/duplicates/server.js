// One of the receivers: `node server.js <journal> <store> <port of the store> <times>`. Its callbacks write their start
// and end to the journal, and ask the parent process to pause the store.

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
  // The parent process has created the table.
  const pool = new Pool({ port: Number(storePort), host: '127.0.0.1', user: 'postgres', max: 6 });
  return postgresDedupe(pool.on('error', () => undefined));
}

/**
 * The text contains the number of the message, the duration of its callback, and whether to pause the store after it.
 */
async function handle({ text, subject }, { signal }) {
  const [id, ms, pause] = (text ?? subject).split(' ');
  await write('start', id, Date.now());
  await new Promise((resolve) => setTimeout(resolve, Number(ms)));
  // The result would be ignored, and another receiver may handle the message.
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
