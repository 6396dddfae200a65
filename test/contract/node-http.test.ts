import { describeContract } from './contract.ts';
import { onNodeHttp } from './servers.ts';

for (const server of onNodeHttp) describeContract(server);
