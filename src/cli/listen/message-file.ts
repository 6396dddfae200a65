// Opens the file of messages, and remembers the messages that it contains, so that their retries are duplicates.

import type { DedupeStore } from '../../dedupe/store.ts';
import { Failure, reasonOf } from '../failure.ts';
import { Journal } from './journal.ts';
import { storeIncompleteLine } from './rejected-folder.ts';
import type { ListenReport, StoredNotification } from './report.ts';

// As long as receivers remember a message by default. The provider's last retry comes after 25 minutes.
const REMEMBER_MS = 30 * 60_000;
// As many as `memoryDedupe` remembers.
const REMEMBER_LINES = 200_000;
// How many lines are read that are older.
const OLD_LINES = 1000;

export async function openMessageFile(
  out: string,
  rejectedFolder: string,
  dedupe: DedupeStore,
  report: ListenReport,
): Promise<Journal> {
  const keys: string[] = [];
  const since = Date.now() - REMEMBER_MS;
  let lines = 0;
  let oldLines = 0;
  const onLine = (line: string): boolean => {
    const { key, arrivedAt } = parseLine(line);
    if (typeof key === 'string') keys.push(key);
    // Lines before an old one may still be recent: somebody may have joined two files, or the clock was slow.
    const isOld = typeof arrivedAt === 'string' && Date.parse(arrivedAt) < since;
    if (isOld) oldLines++;
    return oldLines < OLD_LINES && ++lines < REMEMBER_LINES;
  };
  const onIncompleteLine = async (line: Uint8Array): Promise<void> => {
    const file = await storeIncompleteLine(rejectedFolder, line, out);
    report.problem(
      `The last line of ${out} was incomplete, because a write was interrupted. It was never answered 200. It ` +
        `was moved to ${file}.`,
    );
  };
  const onUnlocked = (): void => {
    report.problem(
      `Cannot lock ${out}: its file system has no sockets. Make sure that no other process writes to the file.`,
    );
  };
  const journal = await openJournal(out, onLine, onIncompleteLine, onUnlocked);
  // A message that was written but not answered before a crash will be sent again.
  for (const key of keys.reverse()) {
    const claim = await dedupe.claim(key, REMEMBER_MS);
    if (claim.state === 'claimed') await dedupe.complete(key, claim.token, REMEMBER_MS);
  }
  return journal;
}

async function openJournal(...args: Parameters<typeof Journal.open>): Promise<Journal> {
  try {
    return await Journal.open(...args);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`Cannot write to ${args[0]}: ${reasonOf(error)}. Choose another file with --out.`);
  }
}

function parseLine(line: string): { readonly [Name in keyof StoredNotification]?: unknown } {
  try {
    return Object(JSON.parse(line)) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
