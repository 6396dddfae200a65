// `npm start` on a fresh clone: installs and builds what is missing or out of date, then listens on PORT (8080).

import { execSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** When a file was last changed, in ms; 0 where there is none. */
const changed = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const run = (command) => execSync(command, { stdio: ['ignore', 2, 2] });

if (changed('node_modules/.package-lock.json') < changed('package-lock.json')) run('npm ci');

const sources = readdirSync('src', { recursive: true }).map((file) => join('src', file));
const newest = Math.max(...[...sources, 'tsup.config.ts', 'package.json'].map(changed));
if (changed('dist/cli/listen.js') < newest) run('npm run --silent build');

const { listen } = await import('../../dist/cli/listen.js');
const port = process.env.PORT || '8080';
try {
  if (!/^[0-9]+$/.test(port) || Number(port) > 65535) throw new Error('it is no number from 0 to 65535');
  await listen(Number(port), { message: console.log, note: console.error });
} catch (error) {
  const reason = error.code === 'EADDRINUSE' ? 'it is in use' : error.message;
  console.error(`Cannot listen on port ${port}: ${reason}. Set PORT to another one, as in PORT=8081 npm start.`);
  process.exitCode = 1;
}
