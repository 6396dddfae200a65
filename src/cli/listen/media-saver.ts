// Saves the files of MMS in folders, after the postback was answered, until they are complete.

import { join } from 'node:path';
import { contentKey } from '../../key.ts';
import type * as MediaModule from '../../media/node.ts';
import type { SavedFiles } from '../../media/node.ts';
import type { MmsMo } from '../../message.ts';
import { reasonOf } from '../failure.ts';
import { MediaQueue } from './media-queue.ts';
import type { QueuedMessage } from './media-queue.ts';
import type { ListenReport } from './report.ts';

export interface SaveMediaSettings {
  /** Where each message gets a folder. */
  readonly folder: string;
  readonly allowHosts: readonly string[] | undefined;
  readonly allowAddresses: readonly string[] | undefined;
}

// How many messages are saved at the same time.
const CONCURRENCY = 4;
// The postback is answered by then at the latest.
const ANSWERED_MS = 10_000;
// A file may appear some seconds later than its message. After 404 twice it counts as deleted.
const RETRY_DELAY_MS = 5000;
const FIRST_RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 6 * 60 * 60_000;
const GIVE_UP_MS = 7 * 24 * 60 * 60_000;

interface Try {
  readonly message: QueuedMessage;
  readonly dueAt: number;
  /** How often it has failed. */
  readonly failures: number;
}

export class MediaSaver {
  readonly #settings: SaveMediaSettings;
  readonly #report: ListenReport;
  readonly #queue: MediaQueue;
  readonly #media: typeof MediaModule;
  readonly #stopping = new AbortController();
  readonly #waiting = new Map<string, Try>();
  readonly #running = new Set<Promise<void>>();
  /** The messages that a request has added. */
  readonly #idsOf = new WeakMap<object, string[]>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  private constructor(settings: SaveMediaSettings, report: ListenReport, queue: MediaQueue, media: typeof MediaModule) {
    this.#settings = settings;
    this.#report = report;
    this.#queue = queue;
    this.#media = media;
    for (const message of queue.messages) this.#waiting.set(message.id, { message, dueAt: 0, failures: 0 });
    this.#startDue();
  }

  /**
   * Opens the queue in the folder, and goes on with what is in it.
   * @throws Failure
   */
  static async open(settings: SaveMediaSettings, report: ListenReport): Promise<MediaSaver> {
    const path = join(settings.folder, 'queue.ndjson');
    const queue = await MediaQueue.open(path, () => {
      report.problem(`Cannot lock ${path}: its file system has no sockets. Make sure that no other process uses it.`);
    });
    // A second bundle, because most users of the command do not need it.
    return new MediaSaver(settings, report, queue, await import('../../media/node.ts'));
  }

  /**
   * Puts a message of a request into the queue. Resolves to its folder when that is on the disk. `undefined` if it has
   * no files, or if the queue is full.
   */
  async add(mms: MmsMo, request: object): Promise<string | undefined> {
    const { from, to, files } = mms;
    if (files.length === 0) return undefined;
    const id = await contentKey(mms);
    if (!this.#queue.has(id)) {
      if (this.#queue.isFull) {
        this.#report.problem(
          'The files of a message are not saved: too many are waiting already. The line of the message has the URLs.',
        );
        return undefined;
      }
      const message = { id, from, to, files, addedAt: new Date().toISOString() };
      await this.#queue.add(message);
      this.#wait({ message, dueAt: Date.now() + ANSWERED_MS, failures: 0 });
    }
    const ids = this.#idsOf.get(request);
    if (ids === undefined) this.#idsOf.set(request, [id]);
    else ids.push(id);
    return this.#folderOf(id);
  }

  /** A request was answered: its messages need not wait any longer. */
  answered(request: object): void {
    const ids = this.#idsOf.get(request);
    // Most requests are of other messages, and many messages may be waiting.
    if (ids === undefined) return;
    for (const id of ids) {
      const waiting = this.#waiting.get(id);
      if (waiting?.failures === 0) this.#waiting.set(id, { ...waiting, dueAt: 0 });
    }
    this.#startDue();
  }

  /** Stops what is running. It goes on after a restart. */
  async close(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await Promise.all(this.#running);
    await this.#queue.close();
  }

  #folderOf(id: string): string {
    return join(this.#settings.folder, id);
  }

  #wait(waiting: Try): void {
    this.#waiting.set(waiting.message.id, waiting);
    this.#startDue();
  }

  /** Starts what is due, and a timer for what is due next. */
  #startDue(): void {
    clearTimeout(this.#timer);
    if (this.#stopping.signal.aborted) return;
    const now = Date.now();
    for (const [id, waiting] of this.#waiting) {
      if (this.#running.size >= CONCURRENCY) return;
      if (waiting.dueAt <= now) {
        this.#waiting.delete(id);
        this.#start(waiting);
      }
    }
    const next = Math.min(...Array.from(this.#waiting.values(), ({ dueAt }) => dueAt));
    if (next !== Infinity)
      this.#timer = setTimeout(() => {
        this.#startDue();
      }, next - now);
  }

  #start(waiting: Try): void {
    const run = this.#save(waiting).finally(() => {
      this.#running.delete(run);
      this.#startDue();
    });
    this.#running.add(run);
  }

  /** Tries once. */
  async #save(waiting: Try): Promise<void> {
    const { id, files, addedAt } = waiting.message;
    const { signal } = this.#stopping;
    const { allowHosts, allowAddresses } = this.#settings;
    const directory = this.#folderOf(id);
    try {
      const saved = await this.#media.saveFiles(
        { files },
        { allowHosts, allowAddresses, signal, directory, retryDelayMs: RETRY_DELAY_MS },
      );
      const isOld = Date.now() - Date.parse(addedAt) > GIVE_UP_MS;
      const mayCome = saved.files.some(({ error }) => error !== undefined && error.code !== 'GONE');
      if (mayCome && !isOld) this.#report.mediaFailed(waiting.message, saved, this.#retry(waiting));
      else await this.#end(waiting.message, saved);
    } catch (error) {
      if (signal.aborted) return;
      this.#retry(waiting);
      this.#report.problem(`Cannot save the files in ${directory}: ${reasonOf(error)}. They are tried again later.`);
    }
  }

  /** Nothing more can be fetched. */
  async #end(message: QueuedMessage, saved: SavedFiles): Promise<void> {
    const { text } = await this.#media.readMms(saved);
    await this.#queue.remove(message.id);
    this.#report.media(message, saved, text);
  }

  /** Returns when the message is tried again. */
  #retry({ message, failures }: Try): Date {
    const dueAt = Date.now() + Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
    this.#wait({ message, failures: failures + 1, dueAt });
    return new Date(dueAt);
  }
}
