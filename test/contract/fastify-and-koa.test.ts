import { describeContract } from './contract.ts';
import { onFastifyAndKoa } from './servers.ts';

for (const server of onFastifyAndKoa) describeContract(server);
