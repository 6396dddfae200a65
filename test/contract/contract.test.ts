// Every adapter on this version of Node.js.

import { describeContract } from './contract.ts';
import { servers } from './servers.ts';

for (const server of servers) describeContract(server);
