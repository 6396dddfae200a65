// The last step of `npm run build`: what tsup cannot do.

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// Who has not installed fast-check, an optional peer, is not to meet its absence as an error in the types of
// mo-postback/testing. Comments at imports are lost on the way into declarations.
for (const file of ['dist/testing.d.ts', 'dist/testing.d.cts']) {
  const types = readFileSync(file, 'utf8');
  const optional = types.replace(/^(?=import .* from 'fast-check';$)/m, '// @ts-ignore -- optional\n');
  if (optional === types) throw new Error(`${file} imports no fast-check`);
  writeFileSync(file, optional);
}

// The licences of what is bundled.
const bundled = new Set();
for (const file of ['dist/metafile-esm.json', 'dist/metafile-cjs.json', 'dist/cli/metafile-cjs.json']) {
  for (const input of Object.keys(JSON.parse(readFileSync(file, 'utf8')).inputs)) {
    const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)/.exec(input) ?? [];
    if (folder !== undefined) bundled.add(folder);
  }
  rmSync(file);
}
const notices = [...bundled].sort().map((folder) => {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((candidate) => /^licen[cs]e/i.test(candidate));
  const text = file === undefined || !existsSync(join(folder, file)) ? `By ${author?.name ?? author}.` : readFileSync(join(folder, file), 'utf8').trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
});
writeFileSync('dist/LICENSES.txt', notices.join(`\n${'-'.repeat(80)}\n\n`));
