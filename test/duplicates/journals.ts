// Reads the journals of the receivers, and counts how often each message was handled.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from './receivers.ts';
import { MESSAGES } from './settings.ts';

/** A callback of a message. Times are those of Date.now. */
interface Handling {
  readonly journal: string;
  readonly start: number;
  /** `undefined` if it has not ended. */
  end: number | undefined;
}

/** How many messages were handled how often. */
export interface Verdict {
  readonly never: number;
  readonly once: number;
  readonly several: number;
  /** Messages that were handled several times, although no fault happened to a receiver that held them. */
  readonly unexcused: number;
}

/** Evaluates all journals of a folder. */
export function evaluate(folder: string, faults: readonly Fault[]): Verdict {
  const handled = readJournals(folder);
  const ended = (all: Handling[]): number => all.filter(({ end }) => end !== undefined).length;
  const never = handled.filter((all) => ended(all) === 0).length;
  const several = handled.filter((all) => ended(all) > 1);
  const unexcused = several.filter((all) => !all.some((handling) => wasDisturbed(handling, faults)));
  for (const all of unexcused) console.log('handled several times without a fault', all);
  return { never, once: MESSAGES - never - several.length, several: several.length, unexcused: unexcused.length };
}

/** All callbacks, by the number of the message. */
function readJournals(folder: string): Handling[][] {
  const handled = Array.from({ length: MESSAGES }, (): Handling[] => []);
  for (const file of readdirSync(folder)) {
    const journal = join(folder, file);
    for (const line of readFileSync(journal, 'utf8').split('\n').slice(0, -1)) {
      const [what, id, time] = line.split(' ');
      const all = handled[Number(id)] ?? [];
      const last = all.findLast((handling) => handling.journal === journal);
      if (what === 'start') all.push({ journal, start: Number(time), end: undefined });
      else if (last !== undefined) last.end = Number(time);
    }
  }
  return handled;
}

/** A receiver holds a message from its claim, shortly before the start, until the completion, shortly after the end. */
function wasDisturbed({ journal, start, end = Infinity }: Handling, faults: readonly Fault[]): boolean {
  return faults.some((fault) => fault.journal === journal && fault.from <= end + 500 && fault.to >= start - 500);
}
