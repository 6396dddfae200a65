// `npm run bench:media`: saves ten files of 100 MB, as one message, and compares it with four `curl` at a time, followed
// by sha256sum and sync of the same files. Fails above 128 MB of memory. Needs curl, sha256sum and sync.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { circumstances, table, writeSection } from './report.js';

const FILES = 10;
const ROUNDS = 5;
const MAX_BYTES_ABOVE_START = 128e6;

const folder = mkdtempSync(join(tmpdir(), 'mo-postback-media-'));
const server = spawn(process.execPath, [join(import.meta.dirname, 'media-server.js')], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [base] = await once(server.stdout.setEncoding('utf8'), 'data');
const urls = Array.from({ length: FILES }, (_, n) => `${base.trim()}${n}.jpg`);

/** Seconds that a function takes in an empty folder. */
function timed(run) {
  const directory = join(folder, 'files');
  mkdirSync(directory);
  execFileSync('sync');
  const since = performance.now();
  run(directory);
  const seconds = (performance.now() - since) / 1000;
  rmSync(directory, { recursive: true });
  return seconds;
}

function withCurl(directory) {
  const paths = urls.map((_, n) => join(directory, `${n}.jpg`));
  const requests = urls.map((url, n) => `-o\n${paths[n]}\n${url}`).join('\n');
  execFileSync('xargs', ['-P', '4', '-n', '3', 'curl', '-s'], { input: requests });
  execFileSync('sha256sum', paths);
  execFileSync('sync', paths);
}

let peak = 0;
function withSaveFiles(directory) {
  const args = [join(import.meta.dirname, 'media-client.js'), directory, ...urls];
  peak = Math.max(peak, Number(execFileSync(process.execPath, args, { encoding: 'utf8' })));
}

const times = { curl: [], saveFiles: [] };
try {
  for (let round = 0; round < ROUNDS; round++) {
    times.curl.push(timed(withCurl));
    times.saveFiles.push(timed(withSaveFiles));
  }
} finally {
  server.kill();
  rmSync(folder, { recursive: true });
}
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const [curl, saveFiles] = [median(times.curl), median(times.saveFiles)];
writeSection(
  'Files of an MMS',
  `
${circumstances()}. Ten files of 100 MB of one message, from a server on the same machine, saved by \`saveFiles\` with its default
concurrency, and by four \`curl\` at a time, followed by \`sha256sum\` and \`sync\` of the same files. Medians of ${ROUNDS}
rounds in turns, the start of the processes included.

${table(
  ['', 'seconds'],
  [
    ['curl, sha256sum, sync', curl.toFixed(2)],
    ['saveFiles', saveFiles.toFixed(2)],
  ],
)}

So \`saveFiles\` has ${(curl / saveFiles).toFixed(2)} times the throughput. Its process used at most ${(peak / 1e6).toFixed(0)} MB more than at its start.
`,
);
console.log(`curl, sha256sum and sync: ${curl.toFixed(2)} s (${times.curl.map((s) => s.toFixed(2)).join(' ')})`);
console.log(
  `saveFiles:                ${saveFiles.toFixed(2)} s (${times.saveFiles.map((s) => s.toFixed(2)).join(' ')})`,
);
console.log(`Throughput of saveFiles relative to curl: ${(curl / saveFiles).toFixed(2)}`);
console.log(`Peak memory above the start: ${(peak / 1e6).toFixed(0)} MB`);
process.exitCode = peak > MAX_BYTES_ABOVE_START ? 1 : 0;
