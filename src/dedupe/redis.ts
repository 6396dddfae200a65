/**
 * A deduplication store in Redis 6.0 or later, or a compatible database such as Valkey, for several servers. Takes a
 * client of ioredis or node-redis, which you create, connect and close.
 *
 * @example
 * import { Redis } from 'ioredis';
 * import { createHandler } from 'mo-postback/http';
 * import { redisDedupe } from 'mo-postback/dedupe/redis';
 *
 * const handler = createHandler({ onSms, onMms, dedupe: redisDedupe(new Redis(process.env.REDIS_URL)) });
 *
 * @module
 */

import { requireOptions } from '../options.ts';
import type { DedupeStore } from './store.ts';

export type { Claim, DedupeStore } from './store.ts';

/** The part of an ioredis client that is used. */
export interface IoRedisClient {
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
}

/** The part of a node-redis client that is used. */
export interface NodeRedisClient {
  sendCommand(args: string[]): Promise<unknown>;
}

/** Options of {@link redisDedupe}. */
export interface RedisDedupeOptions {
  /** Prefix of every key. Default `mo-postback:`. */
  readonly prefix?: string | undefined;
}

// The value of a key is "claimed:" plus the token, or "done". A second key, in the same slot of a cluster, counts the
// attempts. Redis runs a script atomically. It returns the attempt, 0 for done, or -1 for in progress; for the other
// commands, 1, or 0 if the token is stale.
const SCRIPT = `
local key, attempts, command, token, ms = KEYS[1], KEYS[2], ARGV[1], 'claimed:' .. ARGV[2], ARGV[3]
if command == 'claim' then
  if redis.call('SET', key, token, 'NX', 'PX', ms) then
    local attempt = redis.call('INCR', attempts)
    redis.call('PEXPIRE', attempts, ARGV[4])
    return attempt
  end
  if redis.call('GET', key) == 'done' then return 0 end
  return -1
end
if redis.call('GET', key) ~= token then return 0 end
if command == 'renew' then
  redis.call('PEXPIRE', key, ms)
elseif command == 'complete' then
  redis.call('SET', key, 'done', 'PX', ms)
  redis.call('DEL', attempts)
else
  redis.call('DEL', key)
end
return 1
`;

// How long attempts are counted. The provider sends again for less than that.
const ATTEMPTS_MS = 30 * 60 * 1000;

/**
 * Creates a store.
 * @throws TypeError for a client of another library, or a wrong option
 */
export function redisDedupe(client: IoRedisClient | NodeRedisClient, options: RedisDedupeOptions = {}): DedupeStore {
  const { prefix = 'mo-postback:' } = requireOptions(options, ['prefix']);
  const send = senderOf(client);
  if (typeof (prefix as unknown) !== 'string')
    throw new TypeError(`options.prefix: expected a string, got ${typeof prefix}`);
  const run = async (command: string, key: string, token: string, ms: number): Promise<number> => {
    const name = `${prefix}{${key}}`;
    return Number(
      await send('EVAL', [SCRIPT, '2', name, `${name}:attempts`, command, token, String(ms), String(ATTEMPTS_MS)]),
    );
  };
  return {
    async claim(key, leaseMs) {
      const token = crypto.randomUUID();
      const attempt = await run('claim', key, token, leaseMs);
      if (attempt > 0) return { state: 'claimed', token, attempt };
      return { state: attempt === 0 ? 'done' : 'in-progress' };
    },
    renew: async (key, token, leaseMs) => (await run('renew', key, token, leaseMs)) === 1,
    async complete(key, token, ttlMs) {
      await run('complete', key, token, ttlMs);
    },
    async release(key, token) {
      await run('release', key, token, 0);
    },
  };
}

function senderOf(client: IoRedisClient | NodeRedisClient): (command: string, args: string[]) => Promise<unknown> {
  const given: unknown = client;
  if (typeof given === 'object' && given !== null) {
    // ioredis also has sendCommand, but with another parameter.
    if ('call' in client && typeof client.call === 'function') return (command, args) => client.call(command, ...args);
    // The cluster client of node-redis has other parameters.
    if ('sendCommand' in client && !('masters' in client) && typeof client.sendCommand === 'function')
      return (command, args) => client.sendCommand([command, ...args]);
  }
  throw new TypeError('client: expected a client of ioredis or node-redis');
}
