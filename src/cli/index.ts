#!/usr/bin/env node
// The process around the command.

import { main } from './command.ts';
import { reasonOf } from './terminal.ts';

const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  // Once: a second one ends it at once.
  process.once(name, () => {
    stopping.abort();
  });
}
const { stdin, stdout, stderr } = process;
stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads our output has seen enough.
  if (error.code === 'EPIPE') process.exit();
  stderr.write(`error: Cannot write to standard output: ${reasonOf(error)}.\n`);
  process.exit(1);
});
void main(process.argv.slice(2), { stdin, stdout, stderr, signal: stopping.signal }).then((exitCode) => {
  process.exitCode = exitCode;
});
