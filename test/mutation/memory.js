// A mutant may lack a limit of memory: a process of the tests that takes too much is killed before the machine suffers.

import { readdirSync, readFileSync } from 'node:fs';

const MAX_BYTES = 3 * 1024 ** 3;
const PAGE_BYTES = 4096;
const INTERVAL_MS = 200;

/** The ids of the processes that this one has started. */
function children() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      // proc(5): the fields after the name in parentheses are the state and the parent.
      const [, parent] = (readProcess(pid, 'stat') ?? ') ? 0').replace(/^.*\) /s, '').split(' ');
      return Number(parent) === process.pid;
    });
}

/** `undefined` if the process has ended. */
function readProcess(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

/** Watches them while this process lives. Stryker starts another process for one that is killed. */
export function watchMemory() {
  if (process.platform !== 'linux') return;
  setInterval(() => {
    for (const pid of children()) {
      const [, residentPages] = (readProcess(pid, 'statm') ?? '0 0').split(' ');
      if (Number(residentPages) * PAGE_BYTES > MAX_BYTES) process.kill(Number(pid), 'SIGKILL');
    }
  }, INTERVAL_MS).unref();
}
