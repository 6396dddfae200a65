import { describeContract } from './contract.ts';
import { serversByFile } from './servers.ts';

describeContract(serversByFile['lambda-2']);
