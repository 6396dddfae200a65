// Runs the `npm install` commands of a page, as its reader does. Only the library itself is not on npm yet.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** Installs what a page installs, and the packed library, into a folder that contains nothing else. */
export function installPage(page, folder) {
  const npm = (args, cwd = folder) =>
    execFileSync('npm', args, { cwd, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
  mkdirSync(folder, { recursive: true });
  // The other packages stay from the last time.
  rmSync(join(folder, 'node_modules/mo-postback'), { recursive: true, force: true });
  for (const file of ['package.json', 'package-lock.json']) rmSync(join(folder, file), { force: true });
  const packed = npm(['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], root);
  const tarball = packed.trim().split('\n').at(-1);
  writeFileSync(join(folder, 'package.json'), '{}');
  for (const [, args] of readFileSync(join(root, page), 'utf8').matchAll(/^npm (install .*)$/gm)) {
    const packages = args.replace(' mo-postback ', ` ./${tarball} `).split(' ');
    npm([...packages, '--no-audit', '--no-fund', '--loglevel=error']);
  }
}
