// Installs the packed library and what docs/application.md needs into a folder of its own, and prints the folder. Not
// devDependencies, because the database is compiled, which takes a minute.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const folder = join(tmpdir(), 'mo-postback-application');
const page = readFileSync(join(root, 'docs/application.md'), 'utf8');
const npm = (args, cwd = folder) =>
  execFileSync('npm', args, { cwd, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });

mkdirSync(folder, { recursive: true });
rmSync(join(folder, 'node_modules/mo-postback'), { recursive: true, force: true });
for (const file of ['package.json', 'package-lock.json']) rmSync(join(folder, file), { force: true });
const tarball = npm(['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], root)
  .trim()
  .split('\n')
  .at(-1);
// An empty folder, and the page's own commands. Only the library is not on npm yet.
writeFileSync(join(folder, 'package.json'), '{}');
for (const [, args] of page.matchAll(/^npm (install .*)$/gm)) {
  const packages = args.replace(' mo-postback ', ` ./${tarball} `).split(' ');
  npm([...packages, '--no-audit', '--no-fund', '--loglevel=error']);
}
console.log(folder);
