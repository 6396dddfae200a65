import { configDefaults, defineConfig } from 'vitest/config';
import type { ViteUserConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

// It measures how long a server does not answer, which other tests would prolong.
const ALONE = 'test/strangers/**/*.test.ts';

/** Large files first, as by default, but before them the contract: its files are short, and take long. */
class ContractFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isContract = ({ moduleId }: TestSpecification): boolean => moduleId.includes('/test/contract/');
    return [...sorted.filter(isContract), ...sorted.filter((file) => !isContract(file))];
  }
}

const config: ViteUserConfig = defineConfig({
  test: {
    sequence: { sequencer: ContractFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ALONE],
          // By default, vitest leaves a core free. Most tests wait for servers and processes.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: [ALONE], maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
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
