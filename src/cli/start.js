// `npm start`: installs dependencies and builds if they are missing or out of date, then runs `mo-postback listen`.

import { execSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** When a file was last changed, in ms. 0 if the file does not exist. */
const changed = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const run = (command) => execSync(command, { stdio: ['ignore', 2, 2] });

if (changed('node_modules/.package-lock.json') < changed('package-lock.json')) run('npm ci');

const sources = readdirSync('src', { recursive: true }).map((file) => join('src', file));
const newest = Math.max(...[...sources, 'tsup.config.ts', 'package.json'].map(changed));
// The build writes this file last.
if (changed('dist/LICENSES.txt') < newest) run('npm run --silent build');

process.argv.splice(2, 0, 'listen');
await import('../../dist/cli/cli.cjs');
