import { defineConfig } from 'tsup';

const options: ReturnType<typeof defineConfig> = defineConfig({
  entry: { index: 'src/index.ts', http: 'src/use/http.ts', 'cli/listen': 'src/cli/listen.ts' },
  format: ['esm', 'cjs'],
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/],
  dts: { entry: { index: 'src/index.ts', http: 'src/use/http.ts' } },
  clean: true,
  silent: true,
  // Also in CommonJS: all entry points of a module system share one PostbackError.
  splitting: true,
});

export default options;
