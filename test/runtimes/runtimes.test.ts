// The contract in other runtimes, with the packed library.

import { describe } from 'vitest';
import { describeContract } from '../contract/contract.ts';
import { areInstalled, runtimes } from './servers.ts';

describe.skipIf(!areInstalled)(
  `the contract in other runtimes${areInstalled ? '' : ' (skipped: npm run test:runtimes installs them)'}`,
  () => {
    for (const runtime of runtimes) describeContract(runtime);
  },
);
