import { describeContract } from './contract.ts';
import { serversByFile } from './servers.ts';

describeContract(serversByFile['express-4']);
