import { describe, expect, it } from 'vitest';
import { memoryDedupe } from '../../src/dedupe/memory.ts';
import { createReceiver } from '../../src/receive/receive.ts';
import { single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, callbacks, postbackRequest } from '../helpers/postback-request.ts';
import { sleep } from '../helpers/sleep.ts';

describe('runCallback', () => {
  it('aborts a signal that is first used after the claim was lost', async () => {
    const seen: unknown[] = [];
    const dedupe = { ...memoryDedupe(), renew: () => Promise.resolve(false) };
    const receiver = createReceiver({
      ...callbacks,
      dedupe,
      leaseMs: 10,
      onSms: async (_, context) => {
        await sleep(60);
        seen.push(context.signal.aborted, context.signal === context.signal);
      },
    });
    expect(await receiver.answer(postbackRequest(alreadyRead(single(smsFields('hi')))))).toMatchObject({ status: 200 });
    expect(seen).toEqual([true, true]);
  });
});
