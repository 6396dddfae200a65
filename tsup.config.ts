import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, defineConfig } from 'tsup';
import type { Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

const adapters = ['http', 'express', 'fetch', 'fastify', 'koa', 'lambda'];
const stores = ['memory', 'redis', 'postgres'];
// One for each kind of platform. All have the types of the first.
const mediaBuilds = ['node', 'deno', 'bun', 'fetch-only'];
// The entry points that have types.
const typed = {
  index: 'src/index.ts',
  stream: 'src/stream.ts',
  authorize: 'src/authorize.ts',
  keywords: 'src/keywords.ts',
  testing: 'src/testing/index.ts',
  ...Object.fromEntries(adapters.map((name) => [name, `src/use/${name}.ts`])),
  ...Object.fromEntries(stores.map((name) => [`dedupe/${name}`, `src/dedupe/${name}.ts`])),
  'media/node': 'src/media/node.ts',
};
// What package.json exports.
const entry = {
  ...typed,
  ...Object.fromEntries(mediaBuilds.map((name) => [`media/${name}`, `src/media/${name}.ts`])),
};

// file-type writes a log with it, if somebody asks for one.
const withoutDebug: Plugin = {
  name: 'without-debug',
  setup(build) {
    build.onResolve({ filter: /^debug$/ }, ({ path }) => ({ path, namespace: 'silent' }));
    build.onLoad({ filter: /./, namespace: 'silent' }, () => ({ contents: 'module.exports = () => () => undefined;' }));
  },
};

const library: Options = {
  entry,
  format: ['esm', 'cjs'],
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/],
  // Everything else that an entry point needs is in it. The last two are optional peers.
  noExternal: [/^(?!saxes|undici|fast-check)/],
  esbuildPlugins: [withoutDebug],
  metafile: true,
  silent: true,
  clean: true,
  // Also in CommonJS: all entry points of a module system share one PostbackError.
  splitting: true,
  plugins: [
    {
      name: 'await-import',
      // CommonJS has no top-level await.
      renderChunk(code) {
        return this.format === 'cjs' ? { code: code.replace(/await import\(("[\w-]+")\)/g, 'require($1)') } : undefined;
      },
    },
  ],
};

const types: Options = {
  config: false,
  entry: typed,
  format: ['esm', 'cjs'],
  dts: { entry: typed, only: true },
  silent: true,
};

// `send` requires mime-types, whose registry has 233 kB, but asks it only if no Content-Type is set. serve-media always
// sets one: src/cli/content-types.ts.
const withoutMimeTypes: Plugin = {
  name: 'without-mime-types',
  setup(build) {
    build.onResolve({ filter: /^mime-types$/ }, ({ path }) => ({ path, namespace: 'empty' }));
    build.onLoad({ filter: /./, namespace: 'empty' }, () => ({ contents: '' }));
  },
};

// Most users of the command do not save media, so that is a file of its own, which is loaded on use.
const mediaApart: Plugin = {
  name: 'media-apart',
  setup(build) {
    build.onResolve({ filter: /\/media\/node\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './media.cjs', external: true } : undefined,
    );
  },
};

// All of undici has 536 kB: this is what its class Agent needs. Its `request` is a method of dispatchers only after it
// was added to them, as undici's own index.js does.
const UNDICI_AGENT = `
  import Agent from 'undici/lib/dispatcher/agent.js';
  import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
  import request from 'undici/lib/api/api-request.js';
  import buildConnector from 'undici/lib/core/connect.js';
  Dispatcher.prototype.request = request;
  export const undici = () => ({ Agent, buildConnector });
`;
const onlyAgent: Plugin = {
  name: 'only-agent',
  setup(build) {
    build.onLoad({ filter: /\/media\/node\/undici\.ts$/ }, () => ({ contents: UNDICI_AGENT, resolveDir: '.' }));
  },
};

// The command: two files with everything they need, except saxes, which the library needs too.
const command: Options = {
  config: false,
  entry: { cli: 'src/cli/index.ts', media: 'src/media/node.ts' },
  outDir: 'dist/cli',
  format: 'cjs',
  target: 'es2022',
  platform: 'node',
  noExternal: [/^(?!saxes)/],
  // Some modules exist only with the prefix.
  removeNodeProtocol: false,
  esbuildPlugins: [withoutMimeTypes, withoutDebug, mediaApart, onlyAgent],
  minify: true,
  metafile: true,
  silent: true,
};

/**
 * fast-check is an optional peer: whoever has not installed it must not get an error from the types of
 * mo-postback/testing. The bundler of declarations drops comments at imports, so they are added afterwards.
 */
function markFastCheckOptional(): void {
  for (const file of ['dist/testing.d.ts', 'dist/testing.d.cts']) {
    const declarations = readFileSync(file, 'utf8');
    const optional = declarations.replace(/^(?=import .* from 'fast-check';$)/m, '// @ts-ignore -- optional\n');
    if (optional === declarations) throw new Error(`${file} does not import fast-check`);
    writeFileSync(file, optional);
  }
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly author?: string | { readonly name: string };
}

/**
 * Writes the licences of all bundled packages. This file comes last: `npm start` checks it to see whether the build is
 * complete.
 */
function writeLicences(): void {
  const notices = bundledPackages().map((folder) => {
    const { name, version, license, author } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    ) as Manifest;
    const file = readdirSync(folder).find((candidate) => /^licen[cs]e/i.test(candidate));
    const by = typeof author === 'string' ? author : author?.name;
    const text = file === undefined ? `By ${String(by)}.` : readFileSync(join(folder, file), 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  writeFileSync('dist/LICENSES.txt', notices.join(`\n${'-'.repeat(80)}\n\n`));
}

interface Metafile {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >;
}

/** Finds the folders of the packages whose code is in dist. Reads the metafiles of the build and removes them. */
function bundledPackages(): string[] {
  const folders = new Set<string>();
  for (const file of ['dist/metafile-esm.json', 'dist/metafile-cjs.json', 'dist/cli/metafile-cjs.json']) {
    const { outputs } = JSON.parse(readFileSync(file, 'utf8')) as Metafile;
    const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
    for (const [input, { bytesInOutput }] of inputs) {
      const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)/.exec(input) ?? [];
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
    }
    rmSync(file);
  }
  return [...folders].sort();
}

const config: ReturnType<typeof defineConfig> = defineConfig({
  ...library,
  async onSuccess() {
    await Promise.all([build(types), build(command)]);
    markFastCheckOptional();
    writeLicences();
  },
});

export default config;
