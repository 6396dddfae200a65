// `npm start`: installs dependencies and builds if they are missing or out of date, then runs `mo-postback listen`.
// Uses no dependencies, because they may not be installed yet.

import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';

const { stderr } = process;
const canRedraw = stderr.isTTY === true && process.env.TERM !== 'dumb';
// Lines that are not redrawn are printed less often.
const PROGRESS_MS = canRedraw ? 1000 : 5000;

if (changed('node_modules/.package-lock.json') < changed('package-lock.json')) {
  await run('Installing dependencies', 'npm ci', '--no-audit --no-fund --loglevel=error');
}
// The build writes this file last.
if (changed('dist/LICENSES.txt') < newestSource()) await run('Building', 'npm run build', '--silent');

process.argv.splice(2, 0, 'listen');
await import('../../dist/cli/cli.cjs');

/** When a file was last changed, in ms. 0 if the file does not exist. */
function changed(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newestSource() {
  const sources = readdirSync('src', { recursive: true }).map((file) => join('src', file));
  return Math.max(...[...sources, 'tsup.config.ts', 'package.json'].map(changed));
}

/**
 * Runs a command, and shows on standard error how long it takes. Its own output is shown only if it fails; then this
 * process ends.
 */
async function run(title, command, flags) {
  const since = performance.now();
  const text = `${title} (${command}) ...`;
  const show = (rest = '', end = '\n') => {
    const seconds = Math.round((performance.now() - since) / 1000);
    stderr.write(`${canRedraw ? '\r\x1B[2K' : ''}${text}${rest && ` ${rest} ${seconds} s`}${end}`);
  };
  show('', canRedraw ? '' : '\n');
  const timer = setInterval(() => show('running for', canRedraw ? '' : '\n'), PROGRESS_MS);
  const { output, problem } = await outcomeOf(`${command} ${flags}`);
  clearInterval(timer);
  show(problem === undefined ? 'done in' : 'failed after');
  if (problem === undefined) return;
  stderr.write(`${output}error: ${command} ${problem}.\n`);
  process.exit(1);
}

function outcomeOf(command) {
  return new Promise((resolve) => {
    // npm is a script, which Windows starts only with a shell.
    const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => {
        output += chunk;
      });
    }
    child.once('close', (code, signal) => {
      if (code === 0) resolve({ output });
      else resolve({ output, problem: code === null ? `was ended by ${signal}` : `ended with exit code ${code}` });
    });
  });
}
