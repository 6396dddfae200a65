// On Node.js, every adapter.

import { describeContract } from './contract.ts';
import { servers } from './servers.ts';

for (const server of servers) describeContract(server);
