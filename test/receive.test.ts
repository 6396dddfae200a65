// The neutral core where no socket can show it.

import { expect, it } from 'vitest';
import { createReceiver, receive } from '../src/receive/receive.ts';

const callbacks = { onSms: () => undefined, onMms: () => undefined };

it('does not mind a body that fails when it is let go', async () => {
  const body: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.resolve({ value: new Uint8Array(100) }),
      return: () => Promise.reject(new Error('of the body')),
    }),
  };
  const postback = { method: 'POST', headers: {}, body };
  await expect(receive(postback, { maxBytes: 1000 })).rejects.toMatchObject({ code: 'TOO_LARGE' });
  // An unhandled rejection would fail the run.
  await new Promise(setImmediate);
});

it('does not need a body that can be let go', async () => {
  const body: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('of the body')) }) };
  const postback = { method: 'POST', headers: {}, body };
  await expect(receive(postback)).rejects.toMatchObject({ code: 'ABORTED', status: 499 });
  expect(await createReceiver(callbacks)(postback, undefined)).toBeUndefined();
});
