// The behaviour of every adapter on every server: the tables of docs/receiving.md, over real sockets. One file per
// topic.

import { afterAll, beforeAll, describe } from 'vitest';
import { describeAnswers } from './answers.ts';
import { describeAuthorization } from './authorization.ts';
import { describeBodyLimits } from './body-limits.ts';
import { describeCallbacks } from './callbacks.ts';
import { describeCarelessBodies } from './careless-bodies.ts';
import { describeContentCodings } from './content-codings.ts';
import { describeContentTypes } from './content-types.ts';
import { describeDeduplication } from './deduplication.ts';
import { describeForms } from './forms.ts';
import { describeOverload } from './overload.ts';
import { underTest } from './contract-under-test.ts';
import type { ContractServer, Running } from './servers.ts';

/** Tests a server. */
export function describeContract(server: ContractServer): void {
  describe(server.name, () => {
    let running: Running;
    beforeAll(async () => {
      running = await server.start();
    });
    afterAll(() => running.close());
    const contract = underTest(server, () => running);
    describeAnswers(contract);
    describeAuthorization(contract);
    describeContentTypes(contract);
    describeForms(contract);
    describeContentCodings(contract);
    describeCarelessBodies(contract);
    describeBodyLimits(contract);
    describeDeduplication(contract);
    describeCallbacks(contract);
    describeOverload(contract);
  });
}
