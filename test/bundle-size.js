// How many bytes one import adds to the bundle of an application: minified by esbuild, gzip level 9, without saxes.
// `npm run size` prints the sizes, and test/bundle-size.test.ts checks them.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const dist = fileURLToPath(new URL('../dist', import.meta.url));

/** The exports that are measured, and their maximum sizes. 1 kB is 1,000 bytes. */
export const LIMITS = [
  { name: 'isPostbackError', entry: 'index.js', maxBytes: 2000 },
  { name: 'messageKey', entry: 'index.js', maxBytes: 2000 },
  { name: 'parsePostback', entry: 'index.js', maxBytes: 23_400 },
  { name: 'createHandler', entry: 'http.js', maxBytes: 38_000 },
];

/** The maximum size of the whole command, not compressed. */
export const COMMAND_MAX_BYTES = 300_000;
/** The same for what it loads with `listen --save-media`. */
export const COMMAND_MEDIA_MAX_BYTES = 450_000;

/** The size of one export's bundle. */
export async function bundleSize({ name, entry }) {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${name} } from './${entry}';`, resolveDir: dist },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    external: ['saxes', 'node:*'],
    write: false,
    logLevel: 'error',
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

/** The size of a file of the command: `cli`, or `media`. */
export function commandSize(name) {
  return readFileSync(`${dist}/cli/${name}.cjs`).length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(9);
  for (const limit of LIMITS) {
    const size = kB(await bundleSize(limit));
    console.log(`${size} of ${kB(limit.maxBytes)}  ${limit.name} (${limit.entry}), minified, gzipped, without saxes`);
  }
  console.log(`${kB(commandSize('cli'))} of ${kB(COMMAND_MAX_BYTES)}  the command, minified`);
  console.log(`${kB(commandSize('media'))} of ${kB(COMMAND_MEDIA_MAX_BYTES)}  what it loads to save media, minified`);
}
