import { describeContract } from './contract.ts';
import { onFetchAndLambda } from './servers.ts';

for (const server of onFetchAndLambda) describeContract(server);
