import { defineConfig } from 'tsup';

const uses = ['http', 'express', 'fetch', 'fastify', 'koa', 'lambda'];
const stores = ['memory', 'redis', 'postgres'];
// What package.json exports.
const entry = {
  index: 'src/index.ts',
  authorize: 'src/authorize.ts',
  testing: 'src/testing/index.ts',
  ...Object.fromEntries(uses.map((name) => [name, `src/use/${name}.ts`])),
  ...Object.fromEntries(stores.map((name) => [`dedupe/${name}`, `src/dedupe/${name}.ts`])),
};

const options: ReturnType<typeof defineConfig> = defineConfig([{
  entry,
  format: ['esm', 'cjs'],
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/],
  // Only authorize needs it.
  noExternal: ['ipaddr.js'],
  dts: { entry },
  metafile: true,
  silent: true,
  // Also in CommonJS: all entry points of a module system share one PostbackError.
  splitting: true,
  plugins: [
    {
      name: 'await-import',
      // CommonJS has no `await` at the top of a module.
      renderChunk(code) {
        return this.format === 'cjs' ? { code: code.replace('await import("fast-check")', 'require("fast-check")') } : undefined;
      },
    },
  ],
}, {
  // The command: one file, with all that it needs but what the library needs too.
  entry: { cli: 'src/cli/index.ts' },
  outDir: 'dist/cli',
  format: 'cjs',
  target: 'es2022',
  platform: 'node',
  noExternal: [/^(?!saxes)/],
  metafile: true,
  silent: true,
}]);

export default options;
