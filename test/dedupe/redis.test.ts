// How the two client libraries are called, with mocks. `npm run test:stores` tests a real Redis.

import { describe, expect, it } from 'vitest';
import { redisDedupe } from '../../src/dedupe/redis.ts';
import type { IoRedisClient } from '../../src/dedupe/redis.ts';

const TOKEN = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('redisDedupe', () => {
  it.each(['ioredis', 'node-redis'])('calls a client of %s and interprets its replies', async (library) => {
    const calls: unknown[][] = [];
    const answers = [1, -1, 0, '3', 1, 0, 1, 1];
    const answer = (args: unknown[]): Promise<unknown> => {
      calls.push(args);
      return Promise.resolve(answers.shift());
    };
    const client =
      library === 'ioredis'
        ? {
            call: (...args: unknown[]) => answer(args),
            sendCommand: () => {
              throw new Error('not called');
            },
          }
        : { sendCommand: answer };
    const store = redisDedupe(client, { prefix: 'p:' });
    expect(await store.claim('k', 500)).toEqual({
      state: 'claimed',
      token: expect.stringMatching(TOKEN) as string,
      attempt: 1,
    });
    expect(await store.claim('k', 500)).toEqual({ state: 'in-progress' });
    expect(await store.claim('k', 500)).toEqual({ state: 'done' });
    expect(await store.claim('k', 500)).toMatchObject({ attempt: 3 });
    expect(await store.renew('k', 't', 500)).toBe(true);
    expect(await store.renew('k', 't', 500)).toBe(false);
    await store.complete('k', 't', 900);
    await store.release('k', 't');
    expect(calls.map(([command, , ...args]) => [command, ...args.slice(0, 3)])).toEqual(
      Array.from({ length: 8 }, () => ['EVAL', '2', 'p:{k}', 'p:{k}:attempts']),
    );
    expect(new Set(calls.map((args) => args[8]))).toEqual(new Set(['1800000']));
    expect(calls.map((args) => [args[5], args[7]])).toEqual([
      ['claim', '500'],
      ['claim', '500'],
      ['claim', '500'],
      ['claim', '500'],
      ['renew', '500'],
      ['renew', '500'],
      ['complete', '900'],
      ['release', '0'],
    ]);
  });

  it.each([
    undefined,
    null,
    {},
    'redis://',
    { call: 1 },
    { sendCommand: 1 },
    { sendCommand: () => undefined, masters: [] },
  ])('throws a TypeError if the client is %o', (client) => {
    expect(() => redisDedupe(client as IoRedisClient)).toThrow(
      new TypeError('client: expected a client of ioredis or node-redis'),
    );
  });

  it('starts keys with mo-postback:', async () => {
    const keys: unknown[] = [];
    await redisDedupe({ sendCommand: (args) => Promise.resolve(keys.push(args[3], args[4])) }).release('k', 't');
    expect(keys).toEqual(['mo-postback:{k}', 'mo-postback:{k}:attempts']);
  });

  it('throws a TypeError if the prefix is not a string', () => {
    expect(() => redisDedupe({ sendCommand: () => Promise.resolve(1) }, { prefix: 1 as unknown as string })).toThrow(
      new TypeError('options.prefix: expected a string, got number'),
    );
  });

  it('throws a TypeError if options is null', () => {
    expect(() => redisDedupe({ sendCommand: () => Promise.resolve(1) }, null as never)).toThrow(
      new TypeError('options: expected an object'),
    );
  });
});
