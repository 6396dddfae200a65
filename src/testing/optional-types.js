// The last step of `npm run build`: who has not installed fast-check, an optional peer, is not to meet its absence as an
// error in the types of mo-postback/testing. tsup's declarations keep no comments at imports.

import { readFileSync, writeFileSync } from 'node:fs';

for (const file of ['dist/testing.d.ts', 'dist/testing.d.cts']) {
  const types = readFileSync(file, 'utf8');
  const optional = types.replace(/^(?=import .* from 'fast-check';$)/m, '// @ts-ignore -- optional\n');
  if (optional === types) throw new Error(`${file} imports no fast-check`);
  writeFileSync(file, optional);
}
