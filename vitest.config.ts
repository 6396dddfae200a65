import { defineConfig } from 'vitest/config';
import type { ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // By default, vitest leaves a core free. Most tests wait for servers and processes.
    maxWorkers: 3,
    // Ten times as long as the slowest test, for slow and busy machines.
    testTimeout: 120_000 * Math.max(1, Number(process.env['FUZZ_RUNS'] ?? 0) / 1000),
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // The command's process: test/cli runs it as one.
      exclude: ['src/cli/index.ts'],
      reporter: ['text', 'text-summary'],
      thresholds: { lines: 100, branches: 100, functions: 100, statements: 100 },
    },
  },
});

export default config;
