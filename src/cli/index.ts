#!/usr/bin/env node
// Runs the command as a process: its arguments, streams, signals and exit code.

import { setMaxListeners } from 'node:events';
import { main } from './command.ts';
import { reasonOf } from './failure.ts';

// How long output may take that nobody reads, after a signal.
const FLUSH_MS = 1000;

const stopping = new AbortController();
// `send` waits for many things at the same time. Each has a listener, and removes it.
setMaxListeners(0, stopping.signal);
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  // Only once: a second signal ends the process immediately.
  process.once(name, () => {
    stopping.abort();
  });
}
const { stdin, stdout, stderr } = process;
stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The program that reads our output (`head`, for example) has closed the pipe.
  if (error.code === 'EPIPE') process.exit();
  stderr.write(`error: Cannot write to standard output: ${reasonOf(error)}.\n`);
  process.exit(1);
});
// Nothing can be reported.
stderr.on('error', () => undefined);
void main(process.argv.slice(2), { stdin, stdout, stderr, signal: stopping.signal }).then((exitCode) => {
  process.exitCode = exitCode;
  if (stopping.signal.aborted) setTimeout(() => process.exit(), FLUSH_MS).unref();
});
