// Follows docs/guides/media-queue.md with a real Redis, and its variant with a real PostgreSQL.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { guides } from '../docs/guides.ts';
import { until } from '../helpers/command.ts';
import { freePort } from '../helpers/free-port.ts';
import { createGate } from '../helpers/gate.ts';
import { hosting, hostingFiles, JPEG } from '../helpers/media.ts';
import { afterTest } from '../helpers/server.ts';
import { missing, startPostgres } from '../stores/servers.ts';
import { followGuide, TEXT, isInstalled, loadPackage, titleOf } from './guide.ts';
import type { Program, Server } from './guide.ts';

const NAME = 'media-queue';

// What the tests use of BullMQ.
interface Job {
  readonly id: string;
  readonly attemptsMade: number;
  readonly delay: number;
  getState(): Promise<string>;
  promote(): Promise<void>;
}
interface Queue {
  getJobs(): Promise<Job[]>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
}

/** The guide with its own Redis. */
interface Followed {
  readonly redis: Program;
  readonly server: Server;
  /** The names of the folders of messages, and of the files in them. */
  readonly saved: () => [folder: string, files: string[]][];
  readonly read: (...path: string[]) => Buffer;
  readonly send: () => Program;
  readonly startRedis: () => Promise<Program>;
  readonly startServer: () => Promise<Server>;
  /** Calls a function with the queue. */
  readonly withQueue: <T>(work: (queue: Queue) => Promise<T>) => Promise<T>;
  /** Waits until the only job is in a state, and then calls a function with it. */
  readonly withJob: <T>(state: string, work: (job: Job) => T | Promise<T>) => Promise<T>;
}

async function follow(): Promise<Followed> {
  const guide = followGuide(NAME);
  const port = String(await freePort());
  const url = `redis://localhost:${port}`;
  const startRedis = async (): Promise<Program> => {
    const redis = guide.start('redis-server', { 'redis-server': `redis-server --port ${port}` });
    await redis.line(/Ready to accept connections/);
    return redis;
  };
  const startServer = (): Promise<Server> => guide.startServer({}, { REDIS_URL: url });
  const withQueue: Followed['withQueue'] = async (work) => {
    const bullmq = loadPackage(NAME, 'bullmq') as { readonly Queue: new (name: string, options: object) => Queue };
    const queue = new bullmq.Queue('mms', { connection: { url } });
    return work(queue).finally(() => queue.close());
  };
  const media = join(guide.folder, 'media');
  const redis = await startRedis();
  const server = await startServer();
  return {
    redis,
    server,
    saved: () => readdirSync(media).map((name) => [name, readdirSync(join(media, name))]),
    read: (...path) => readFileSync(join(media, ...path)),
    send: () => guide.send(server),
    startRedis,
    startServer,
    withQueue,
    withJob: (state, work) =>
      withQueue(async (queue) => {
        for (;;) {
          const [job] = await queue.getJobs();
          if (job !== undefined && (await job.getState()) === state) return await work(job);
        }
      }),
  };
}

const canRun = isInstalled(NAME) && missing.redis === undefined;

describe.skipIf(!canRun)(titleOf(NAME), () => {
  it('has commands that save the files of a message and print its words', async () => {
    const { server, send, saved, read } = await follow();
    expect(await send().exited).toBe(0);
    const line = await server.line(/^MMS /);
    const [[folder, files] = ['', []]] = saved();
    expect(line).toBe(`MMS ${folder} 15550104477 ${TEXT}`);
    expect(folder).toMatch(/^sha256-[0-9a-f]{64}$/);
    expect(files).toEqual(['01.smil', '02.jpg', '03.txt', 'manifest.json']);
    expect(read(folder, '02.jpg')).toEqual(Buffer.from(JPEG));
    expect(await server.kill('SIGTERM')).toBe(0);
  });

  it('loses no message if Redis and the server are killed after the answer', async () => {
    const host = await hostingFiles({ '1.txt': 'survived' });
    const { redis, server, startRedis, startServer, withQueue } = await follow();
    await withQueue((queue) => queue.pause());
    expect(await server.post([`${host}1.txt`])).toBe(200);
    await redis.kill('SIGKILL');
    await server.kill('SIGKILL');
    await startRedis();
    const restarted = await startServer();
    await withQueue((queue) => queue.resume());
    await restarted.line(/^MMS .* survived$/);
  });

  it('starts a job again after a crash in its middle, and fetches only what is missing', async () => {
    const requests: string[] = [];
    const [isRequested, isRestarted] = [createGate(), createGate()];
    const host = await hosting((request, response) => {
      requests.push(String(request.url));
      if (request.url === '/1.txt') response.end('one');
      else {
        isRequested.open();
        void isRestarted.opened.then(() => response.end('two'));
      }
    });
    const { server, startServer, saved, read } = await follow();
    expect(await server.post([`${host}1.txt`, `${host}2.txt`])).toBe(200);
    await isRequested.opened;
    const [[folder] = ['']] = saved();
    await until(() => read(folder, 'manifest.json').includes('01.txt') || undefined);
    await server.kill('SIGKILL');
    isRestarted.open();
    // The lock of the job ends after 30 seconds, and jobs without one are looked for every 30 seconds.
    const restarted = await startServer();
    await restarted.line(/^MMS .* one$/);
    expect(requests).toEqual(['/1.txt', '/2.txt', '/2.txt']);
  });

  it('interrupts a job at SIGTERM, and continues it later', async () => {
    const [isRequested, isRestarted] = [createGate(), createGate()];
    const host = await hosting((_, response) => {
      isRequested.open();
      void isRestarted.opened.then(() => response.end('continued'));
    });
    const { server, startServer, withJob } = await follow();
    expect(await server.post([host])).toBe(200);
    await isRequested.opened;
    expect(await server.kill('SIGTERM')).toBe(0);
    isRestarted.open();
    const restarted = await startServer();
    await withJob('delayed', (job) => job.promote());
    await restarted.line(/^MMS .* continued$/);
  });

  it('tries again later if a file cannot be fetched', async () => {
    let requests = 0;
    const host = await hosting((_, response) => {
      if (++requests === 1) response.writeHead(403).end();
      else response.end('at last');
    });
    const { server, withJob } = await follow();
    expect(await server.post([host])).toBe(200);
    await server.line(/^mms\/86717\/15550104477\/MMS_MO_1 files\[0\] .* 403\. Expected 200$/);
    await withJob('delayed', (job) => {
      expect([job.attemptsMade, job.delay]).toEqual([1, 30_000]);
      expect(server.printed()).not.toMatch(/^MMS /m);
      return job.promote();
    });
    await server.line(/^MMS .* at last$/);
  });

  it('ends the job if the other files were deleted by the provider', async () => {
    const host = await hostingFiles({ '1.txt': 'what is left', '2.jpg': (response) => response.writeHead(410).end() });
    const { server, withJob } = await follow();
    expect(await server.post([`${host}1.txt`, `${host}2.jpg`])).toBe(200);
    await server.line(/^MMS .* what is left$/);
    expect(await withJob('completed', ({ attemptsMade }) => attemptsMade)).toBe(1);
  });

  it('puts a message into the queue once, also if it arrives again after a restart', async () => {
    let requests = 0;
    const host = await hosting((_, response) => response.end(`request ${String(++requests)}`));
    const { server, startServer, withJob, withQueue } = await follow();
    expect(await server.post([host], 'A')).toBe(200);
    await withJob('completed', () => undefined);
    await server.kill('SIGKILL');
    const restarted = await startServer();
    expect(await restarted.post([host], 'A')).toBe(200);
    expect(await restarted.post([host], 'B')).toBe(200);
    await restarted.line(/^MMS .* request 2$/);
    const ids = await withQueue(async (queue) => (await queue.getJobs()).map(({ id }) => id).sort());
    expect(ids).toEqual(['mms/86717/15550104477/A', 'mms/86717/15550104477/B']);
  });

  it('answers 500 while Redis cannot be reached, and 200 afterwards', async () => {
    const host = await hostingFiles({ '1.txt': 'later' });
    const { redis, server, startRedis, withJob } = await follow();
    expect(await server.post([`${host}1.txt`], 'A')).toBe(200);
    await withJob('completed', () => undefined);
    await redis.kill('SIGKILL');
    expect(await server.post([`${host}1.txt`], 'B')).toBe(500);
    await startRedis();
    let status = 0;
    while (status !== 200) status = await server.post([`${host}1.txt`], 'B');
    await until(() => server.printed().match(/^MMS .* later$/gm)?.[1]);
  });
});

describe.skipIf(!isInstalled(NAME) || missing.postgres !== undefined)(titleOf(NAME), () => {
  it('has a variant that uses PostgreSQL', async () => {
    const text = guides.find(({ name }) => name === NAME)?.text ?? '';
    const [variant = ''] = /^import \{ createPostgresBackend[^]*?(?=^```)/m.exec(text) ?? [];
    const lines = variant.split('\n').filter((line) => line !== '');
    const replaced = [
      /^import .* from 'bullmq';$/m,
      /^const url = .*$/m,
      /^const queue = .*$/m,
      /^const worker = .*$/m,
    ];
    expect(lines).toHaveLength(replaced.length);
    const postgres = await startPostgres();
    const guide = followGuide(NAME, (program) =>
      replaced.reduce((code, pattern, n) => code.replace(pattern, String(lines[n])), program),
    );
    afterTest(() => postgres.stop());
    const DATABASE_URL = `postgres://postgres@127.0.0.1:${String(postgres.port)}/postgres`;
    const server = await guide.startServer({}, { DATABASE_URL });
    expect(await guide.send(server).exited).toBe(0);
    expect(await server.line(/^MMS /)).toContain(TEXT);
    expect(await server.kill('SIGTERM')).toBe(0);
  });
});
