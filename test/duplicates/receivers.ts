// The receivers, each in a separate process, and the faults that happen to them and to their store.

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { sleep } from '../helpers/sleep.ts';
import type { StoreServer } from '../stores/servers.ts';
import { FAULT_INTERVAL_MS, PAUSED_MS, random, randomItem, RECEIVERS, STOPPED_MS, TIMES } from './settings.ts';

const script = new URL('server.js', import.meta.url).pathname;

/** A receiver, as long as its process lives. */
interface Receiver {
  readonly n: number;
  readonly journal: string;
  readonly child: ChildProcess;
  /** `undefined` while the process starts or after it was killed. */
  port: number | undefined;
}

/** A kill or a stop of a process. Times are those of Date.now. */
export interface Fault {
  readonly journal: string;
  readonly from: number;
  readonly to: number;
}

/** Where the receivers keep their journals and their claims. */
export interface Place {
  readonly folder: string;
  readonly storeName: string;
  readonly store: StoreServer;
}

/** The receivers of one run. */
export class Receivers {
  readonly faults: Fault[] = [];
  readonly counts: { kills: number; stops: number; pauses: number } = { kills: 0, stops: 0, pauses: 0 };
  readonly #place: Place;
  readonly #receivers: Receiver[] = [];
  #starts = 0;
  #pausing: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(place: Place) {
    this.#place = place;
  }

  async startAll(): Promise<void> {
    await Promise.all(Array.from({ length: RECEIVERS }, (_, n) => this.#start(n)));
  }

  killAll(): void {
    for (const { child } of this.#receivers) child.kill('SIGKILL');
  }

  /** The port of any receiver. A port that nobody listens on, if its process is dead. */
  randomPort(): number {
    return randomItem(this.#receivers).port ?? 1;
  }

  /** Kills or stops a receiver every second, until `endFaults` is called. */
  async causeFaults(): Promise<void> {
    for (;;) {
      await sleep(FAULT_INTERVAL_MS);
      if (this.#isOver) return;
      const receiver = randomItem(this.#receivers.filter(({ port }) => port !== undefined));
      if (random() < 0.5) await this.#kill(receiver);
      else await this.#stop(receiver);
    }
  }

  endFaults(): void {
    this.#isOver = true;
  }

  async #start(n: number): Promise<void> {
    const { folder, storeName, store } = this.#place;
    const journal = join(folder, `${String(n)}-${String(this.#starts++)}`);
    const child = fork(script, [journal, storeName, String(store.port), JSON.stringify(TIMES)]);
    const receiver: Receiver = { n, journal, child, port: undefined };
    this.#receivers[n] = receiver;
    child.on('message', (message) => {
      if (message !== 'pause') return;
      void this.#pauseStore().then(() => {
        if (child.connected) child.send('paused', () => undefined);
      });
    });
    receiver.port = await new Promise<number>((resolve) =>
      child.once('message', (message) => {
        resolve((message as { port: number }).port);
      }),
    );
  }

  async #kill(receiver: Receiver): Promise<void> {
    const { n, journal, child } = receiver;
    this.counts.kills++;
    const from = Date.now();
    receiver.port = undefined;
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    this.faults.push({ journal, from, to: Infinity });
    await this.#start(n);
  }

  async #stop({ journal, child }: Receiver): Promise<void> {
    this.counts.stops++;
    const from = Date.now();
    child.kill('SIGSTOP');
    await sleep(STOPPED_MS);
    child.kill('SIGCONT');
    this.faults.push({ journal, from, to: Date.now() });
  }

  /** Pauses the store. Resolves when it is paused, not when it continues. */
  #pauseStore(): Promise<void> {
    const { store } = this.#place;
    this.#pausing = this.#pausing.then(() => {
      this.counts.pauses++;
      store.signal('SIGSTOP');
      void sleep(PAUSED_MS).then(() => {
        store.signal('SIGCONT');
      });
    });
    return this.#pausing;
  }
}
