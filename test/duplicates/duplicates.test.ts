// `npm run test:duplicates`: each message is handled at least once, and exactly once wherever no process was killed or
// stopped while it held the message. Eight receivers share one store; a sender behaves as the provider does; processes
// are killed and stopped under load, and the store is paused between a callback's end and its word of it.

import { fork } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ChildProcess } from 'node:child_process';
import { Pool } from 'pg';
import { POSTGRES_TABLE } from '../../src/dedupe/postgres.ts';
import { missing, startPostgres, startRedis } from '../stores/servers.ts';
import type { StoreServer } from '../stores/servers.ts';
import { sleep } from '../helpers/sleep.ts';

// The provider's times and the receiver's, a hundredth of what they are (docs/protocol.md, "Delivery"): between a postback
// that failed and the next try, and after which silence is a failure (a little longer: two cores serve ten processes).
const INTERVAL_MS = 3000;
const PATIENCE_MS = 1000;
const TRIES = 6;
// Shorter than an interval: a retry finds what a dead process has left.
const LEASE_MS = 1500;
const TIMES = {
  leaseMs: LEASE_MS,
  bodyTimeoutMs: 500,
  ackTimeoutMs: 800,
  callbackTimeoutMs: 2400,
  storeTimeoutMs: 200,
};

const MESSAGES = 10_000;
const RECEIVERS = 8;
// How many postbacks are under way at a time.
const AT_ONCE = 30;
const CHAOS_EVERY_MS = 1000;
const STOPPED_MS = 1.5 * LEASE_MS;
const PAUSED_MS = 400;

const script = new URL('server.js', import.meta.url).pathname;

// The same in every run.
let state = 20140203;
const random = (): number => {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
  return state / 0x7fffffff;
};
const below = (limit: number): number => Math.floor(random() * limit);
const one = <T>(list: readonly T[]): T => list[below(list.length)] as T;

/** One of the eight, as long as its process lives. */
interface Receiver {
  readonly n: number;
  readonly journal: string;
  readonly child: ChildProcess;
  port: number | undefined;
}
/** A receiver's work on a message. */
interface Handled {
  readonly journal: string;
  readonly start: number;
  end: number | undefined;
}

/** Runs the proof against one store. */
async function prove(storeName: string, store: StoreServer) {
  const folder = mkdtempSync(join(tmpdir(), 'mo-postback-duplicates-'));
  const receivers: Receiver[] = [];
  /** What was done to which receiver, from when to when. */
  const chaos: { journal: string; from: number; to: number }[] = [];
  let kills = 0;
  let stops = 0;
  let pauses = 0;
  let isOver = false;

  let pausing = Promise.resolve();
  const pause = (): Promise<void> => {
    pausing = pausing.then(() => {
      pauses++;
      store.signal('SIGSTOP');
      void sleep(PAUSED_MS).then(() => {
        store.signal('SIGCONT');
      });
    });
    return pausing;
  };

  let starts = 0;
  const start = async (n: number): Promise<void> => {
    const journal = join(folder, `${String(n)}-${String(starts++)}`);
    const child = fork(script, [journal, storeName, String(store.port), JSON.stringify(TIMES)]);
    const receiver: Receiver = { n, journal, child, port: undefined };
    receivers[n] = receiver;
    child.on('message', (message) => {
      if (message === 'pause')
        void pause().then(() => {
          if (child.connected) child.send('paused', () => undefined);
        });
    });
    receiver.port = await new Promise<number>((resolve) =>
      child.once('message', (message) => {
        resolve((message as { port: number }).port);
      }),
    );
  };
  await Promise.all(Array.from({ length: RECEIVERS }, (_, n) => start(n)));

  const wreak = async (): Promise<void> => {
    for (;;) {
      await sleep(CHAOS_EVERY_MS);
      if (isOver) return;
      const receiver = one(receivers.filter(({ port }) => port !== undefined));
      const { n, journal, child } = receiver;
      const from = Date.now();
      if (random() < 0.5) {
        kills++;
        receiver.port = undefined;
        child.kill('SIGKILL');
        await new Promise((resolve) => child.once('exit', resolve));
        chaos.push({ journal, from, to: Infinity });
        await start(n);
      } else {
        stops++;
        child.kill('SIGSTOP');
        await sleep(STOPPED_MS);
        child.kill('SIGCONT');
        chaos.push({ journal, from, to: Date.now() });
      }
    }
  };
  const wreaking = wreak();

  let requests = 0;
  let retries = 0;
  let givenUp = 0;
  const tryOnce = async (xml: string): Promise<boolean> => {
    requests++;
    const { port } = one(receivers);
    try {
      const { status } = await fetch(`http://127.0.0.1:${String(port ?? 1)}/`, {
        method: 'POST',
        body: xml,
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      return status === 200;
    } catch {
      return false;
    }
  };
  const deliver = async (xml: string): Promise<void> => {
    for (let n = 0; n < TRIES; n++) {
      if (n > 0) {
        retries++;
        await sleep(INTERVAL_MS);
      }
      // Now and then the same postback comes to several at once.
      const tries = await Promise.all(Array.from({ length: random() < 0.15 ? 3 : 1 }, () => tryOnce(xml)));
      if (tries.every(Boolean)) return;
    }
    givenUp++;
  };

  // Postbacks of one message or several.
  const postbacks: string[] = [];
  for (let id = 0; id < MESSAGES;) {
    const size = random() < 0.8 ? 1 : Math.min(2 + below(12), MESSAGES - id);
    const all = Array.from({ length: size }, () => notification(id++));
    postbacks.push(
      size === 1
        ? `<POSTBACK>${all.join('')}</POSTBACK>`
        : `<POSTBACK>${all.map((fields) => `<NOTIFICATION>${fields}</NOTIFICATION>`).join('')}</POSTBACK>`,
    );
  }
  const began = Date.now();
  // A postback that waits for its next try does not keep the next one from being sent.
  let open = 0;
  const deliveries: Promise<void>[] = [];
  for (const xml of postbacks) {
    while (open >= AT_ONCE) await sleep(2);
    open++;
    deliveries.push(
      deliver(xml).finally(() => {
        open--;
      }),
    );
    if (deliveries.length % 20 === 0) await sleep(1);
  }
  await Promise.all(deliveries);
  isOver = true;
  await wreaking;
  // What goes on behind an answer.
  await sleep(3000);
  for (const { child } of receivers) child.kill('SIGKILL');
  const seconds = (Date.now() - began) / 1000;

  // Every handling of every message, with the receiver that held it.
  const handled = Array.from({ length: MESSAGES }, (): Handled[] => []);
  for (const file of readdirSync(folder)) {
    const journal = join(folder, file);
    for (const line of readFileSync(journal, 'utf8').split('\n').slice(0, -1)) {
      const [what, id, time] = line.split(' ');
      const all = handled[Number(id)] ?? [];
      const last = all.findLast((one) => one.journal === journal);
      if (what === 'start') all.push({ journal, start: Number(time), end: undefined });
      else if (last !== undefined) last.end = Number(time);
    }
  }
  rmSync(folder, { recursive: true });
  // Held from the claim, a little before the start, to the store's word of it, a little behind the end.
  const wasDisturbed = ({ journal, start, end = Infinity }: Handled): boolean =>
    chaos.some((event) => event.journal === journal && event.from <= end + 500 && event.to >= start - 500);
  const never = handled.filter((all) => all.every(({ end }) => end === undefined)).length;
  const several = handled.filter((all) => all.filter(({ end }) => end !== undefined).length > 1);
  const unexcused = several.filter((all) => !all.some(wasDisturbed));
  for (const all of unexcused) console.log('handled again without a cause', all);
  const once = MESSAGES - never - several.length;
  return {
    store: storeName,
    messages: MESSAGES,
    postbacks: postbacks.length,
    requests,
    retries,
    givenUp,
    kills,
    stops,
    pauses,
    never,
    once,
    several: several.length,
    unexcused: unexcused.length,
    seconds,
  };
}

/** Its callback's time and what else is to happen stand in its text. Some callbacks outlive the answer, some the lease. */
function notification(id: number): string {
  const ms = random() < 0.97 ? below(15) : random() < 0.6 ? 900 : 1500;
  const words = `${String(id)} ${String(ms)} ${random() < 0.004 ? 'pause' : 'go'}`;
  const common = '<CODE>N</CODE><FROM>15550104477</FROM><TO>86717</TO><TIMESTAMP>2014-02-03T11:19:49-05:00</TIMESTAMP>';
  if (id % 3 === 0)
    return `<ORIGIN>MMS_MO</ORIGIN>${common}<TRACKINGID>T${String(id)}</TRACKINGID><SUBJECT>${words}</SUBJECT>`;
  return `<ORIGIN>SMS_MO</ORIGIN>${common}<TEXT>${words}</TEXT>${id % 3 === 1 ? `<TRANSACTIONID>X${String(id)}</TRANSACTIONID>` : ''}`;
}

async function createTable(port: number): Promise<void> {
  const pool = new Pool({ port, host: '127.0.0.1', user: 'postgres' });
  await pool.query(POSTGRES_TABLE);
  await pool.end();
}

const isWanted = process.env['npm_lifecycle_event'] === 'test:duplicates';
describe.skipIf(!isWanted)(`the proof${isWanted ? '' : ' (left out: npm run test:duplicates)'}`, () => {
  it.each([
    ['redis', missing.redis, startRedis],
    ['postgres', missing.postgres, startPostgres],
  ] as const)(
    'with %s',
    async (name, why, startStore) => {
      expect(why).toBeUndefined();
      const store = await startStore();
      if (name === 'postgres') await createTable(store.port);
      const { never, unexcused, ...figures } = await prove(name, store);
      await store.stop();
      console.log({ ...figures, never, unexcused });
      expect({ never, unexcused }).toEqual({ never: 0, unexcused: 0 });
    },
    600_000,
  );
});
