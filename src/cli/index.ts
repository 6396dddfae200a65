#!/usr/bin/env node
// The process around the command.

import { main } from './command.ts';

const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  // Once: a second one ends it at once.
  process.once(name, () => { stopping.abort(); });
}
// Whoever reads our output has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const { stdin, stdout, stderr } = process;
void main(process.argv.slice(2), { stdin, stdout, stderr, signal: stopping.signal }).then((exitCode) => {
  process.exitCode = exitCode;
});
