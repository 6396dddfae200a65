// The messages whose files are still to be saved: a file of JSON lines that survives restarts. A line adds a message,
// or says that it is done.

import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../../media/disk/sync-folder.ts';
import type { MmsMo } from '../../message.ts';
import { Failure, reasonOf } from '../failure.ts';
import { makeFolder } from './folders.ts';
import { Journal } from './journal.ts';

/** A message whose files are to be saved. */
export interface QueuedMessage extends Pick<MmsMo, 'from' | 'to' | 'files'> {
  /** The content key of the message. */
  readonly id: string;
  /** When it was added, in ISO 8601. */
  readonly addedAt: string;
}

// One message may have a million characters of URLs.
const MAX_MESSAGES = 10_000;
const MAX_LENGTH = 16 * 1024 * 1024;

// More lines than this that are of no use any more are removed.
const MAX_USELESS_LINES = 1000;

export class MediaQueue {
  readonly #path: string;
  readonly #journal: Journal;
  readonly #messages: Map<string, QueuedMessage>;
  #lines: number;
  /** How many UTF-16 units the lines of the messages have. */
  #length = 0;
  /** Resolves when the file is not being replaced. */
  #replacing: Promise<void> = Promise.resolve();

  private constructor(path: string, journal: Journal, messages: Map<string, QueuedMessage>, lines: number) {
    this.#path = path;
    this.#journal = journal;
    this.#messages = messages;
    this.#lines = lines;
    for (const message of messages.values()) this.#length += lengthOf(message);
  }

  /**
   * Opens the queue, and locks its file. Makes its folder if it does not exist.
   * @throws Failure
   */
  static async open(path: string, onUnlocked: () => void): Promise<MediaQueue> {
    const found: QueuedMessage[] = [];
    const done = new Set<string>();
    let lines = 0;
    // The last line comes first.
    const onLine = (line: string): boolean => {
      lines++;
      const event = parseLine(line);
      if (event?.event === 'done') done.add(event.id);
      else if (event !== undefined && !done.has(event.id)) found.push(event.message);
      return true;
    };
    try {
      await makeFolder(dirname(path));
      // What is incomplete was never answered 200, or is done again.
      const journal = await Journal.open(path, onLine, () => Promise.resolve(), onUnlocked);
      const messages = new Map(found.reverse().map((message) => [message.id, message]));
      const queue = new MediaQueue(path, journal, messages, lines);
      await queue.#removeUselessLines(0);
      return queue;
    } catch (error) {
      throw new Failure(`Cannot write to ${path}: ${reasonOf(error)}. Choose another folder with --save-media.`);
    }
  }

  get messages(): Iterable<QueuedMessage> {
    return this.#messages.values();
  }

  /** Whether nothing should be added: a stranger, or a host that is down for days, must not fill the memory. */
  get isFull(): boolean {
    return this.#messages.size >= MAX_MESSAGES || this.#length >= MAX_LENGTH;
  }

  has(id: string): boolean {
    return this.#messages.has(id);
  }

  /** Resolves when the message is on the disk. */
  async add(message: QueuedMessage): Promise<void> {
    // First: if the file is being replaced, the new one contains the message.
    this.#messages.set(message.id, message);
    this.#length += lengthOf(message);
    try {
      await this.#append({ event: 'added', ...message });
    } catch (error) {
      this.#delete(message.id);
      throw error;
    }
  }

  /** The message is not in the queue after a restart. */
  async remove(id: string): Promise<void> {
    this.#delete(id);
    await this.#append({ event: 'done', id });
    await this.#removeUselessLines(MAX_USELESS_LINES);
  }

  async close(): Promise<void> {
    await this.#replacing;
    await this.#journal.close();
  }

  #delete(id: string): void {
    const message = this.#messages.get(id);
    if (message !== undefined) this.#length -= lengthOf(message);
    this.#messages.delete(id);
  }

  async #append(event: object): Promise<void> {
    await this.#replacing;
    this.#lines++;
    await this.#journal.append(JSON.stringify(event));
  }

  async #removeUselessLines(max: number): Promise<void> {
    if (this.#lines - this.#messages.size <= max) return;
    this.#lines = this.#messages.size;
    this.#replacing = this.#replace();
    await this.#replacing;
  }

  /** Replaces the file. The journal notices it, and goes on with the new one. If it fails, the old one stays. */
  async #replace(): Promise<void> {
    const temporary = `${this.#path}.tmp`;
    const lines = [...this.#messages.values()].map((message) => `${JSON.stringify({ event: 'added', ...message })}\n`);
    try {
      await rm(temporary, { force: true });
      const handle = await open(temporary, 'wx', 0o600);
      try {
        await handle.writeFile(lines.join(''));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, this.#path);
      await syncFolder(dirname(this.#path));
    } catch {
      // The disk is full, for example. The next time may be better.
    }
  }
}

function lengthOf(message: QueuedMessage): number {
  return JSON.stringify(message).length;
}

type QueueEvent =
  | { readonly event: 'done'; readonly id: string }
  | { readonly event: 'added'; readonly id: string; readonly message: QueuedMessage };

function parseLine(line: string): QueueEvent | undefined {
  const { event, id, from, to, files, addedAt } = Object(parseJson(line)) as Readonly<Record<string, unknown>>;
  // The id becomes a path.
  if (typeof id !== 'string' || !/^sha256-[\da-f]{64}$/.test(id)) return undefined;
  if (event === 'done') return { event, id };
  const areUrls = Array.isArray(files) && files.every((file) => typeof file === 'string');
  if (event !== 'added' || !areUrls || Number.isNaN(Date.parse(String(addedAt)))) return undefined;
  return { event, id, message: { id, from: String(from), to: String(to), files, addedAt: String(addedAt) } };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
