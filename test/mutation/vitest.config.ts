// The tests that run while a mutant is active. All import src in their own process.

import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';
import type { ViteUserConfig } from 'vitest/config';

// These take as long as all others together. A mutant is caught at the first test that fails.
const SLOW = [
  '/key.',
  '/push-parser.',
  '/fixtures.',
  '/properties/',
  '/testing/',
  '/claims.',
  '/postgres.',
  '/attacks.',
  '/contract/',
];

/** The slow ones last. */
class SlowLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => SLOW.findIndex((part) => moduleId.includes(part));
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}

const config: ViteUserConfig = defineConfig({
  test: {
    include: (process.env['MUTATION_TESTS'] ?? 'test').split(' ').map((pattern) => `${pattern}.test.ts`),
    testTimeout: 8000,
    setupFiles: ['test/mutation/setup.ts'],
    // Ten times as fast as with a new environment for each file.
    isolate: false,
    sequence: { sequencer: SlowLast },
    exclude: [
      ...configDefaults.exclude,
      // It counts steps, which is slow, and what it would catch is only slow.
      'test/properties/work.test.ts',
      // The package and its types.
      'test/{package,bundle-size,types}.test.ts',
      // They run src in other processes.
      'test/receive/exit.test.ts',
      'test/media/crash.test.ts',
      'test/cli/start.test.ts',
      'test/cli/listen/crash.test.ts',
    ],
  },
});

export default config;
