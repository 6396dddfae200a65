import { defineConfig } from 'vitest/config';
import type { ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // So that no machine is too slow, or too busy: hung is what takes ten times as long as it takes here.
    testTimeout: 120_000 * Math.max(1, Number(process.env['FUZZ_RUNS'] ?? 0) / 1000),
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // The process around the command: test/cli runs it as one.
      exclude: ['src/cli/index.ts'],
      reporter: ['text', 'text-summary'],
      thresholds: { lines: 100, branches: 100, functions: 100, statements: 100 },
    },
  },
});

export default config;
