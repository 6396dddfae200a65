import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { memoryDedupe } from '../../src/dedupe/memory.ts';
import type { ReceiverOptions } from '../../src/receive/options.ts';
import { single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, callbacks, postbackRequest } from '../helpers/postback-request.ts';
import { sleep } from '../helpers/sleep.ts';

const bad = postbackRequest(alreadyRead('<html>'));
const good = postbackRequest(alreadyRead(single(smsFields('hi', 'T1'))));
const never = (): Promise<never> => new Promise(() => undefined);
class SqliteError extends Error {
  override readonly name = 'SqliteError';
  readonly code = 'SQLITE_BUSY';
}
const fails = (): never => {
  throw new SqliteError('UPDATE claims SET key = 15550104477');
};

describe('warnings', () => {
  let warnings: string[] = [];
  const listener = ({ name, message }: Error): void => void warnings.push(`${name}: ${message}`);
  beforeEach(() => {
    warnings = [];
    // The time of the last warnings is forgotten.
    vi.resetModules();
    process.on('warning', listener);
  });
  afterEach(() => {
    process.off('warning', listener);
    vi.restoreAllMocks();
  });

  const receive = async (options: Partial<ReceiverOptions>, times = 1, request = good): Promise<string[]> => {
    const { createReceiver } = await import('../../src/receive/receive.ts');
    const receiver = createReceiver({ ...callbacks, ...options });
    for (let n = 0; n < times; n++) await receiver.answer(request);
    await vi.waitUntil(() => warnings.length > 0);
    return warnings;
  };
  const store = memoryDedupe();
  const slow = { ackTimeoutMs: 30, bodyTimeoutMs: 20, storeTimeoutMs: 10 };

  it('are not given for hooks that end in time', async () => {
    const done: string[] = [];
    const onReject = (): void => void done.push('onReject');
    const onError = (): void => void done.push('onError');
    await Promise.race([receive({ onReject }, 1, bad), vi.waitUntil(() => done.length === 1)]);
    await Promise.race([receive({ onSms: fails, onError }), vi.waitUntil(() => done.length === 2)]);
    await sleep(10);
    expect(warnings).toEqual([]);
  });

  it.each<[string, Partial<ReceiverOptions>, typeof bad]>([
    ['onReject failed: SqliteError (SQLITE_BUSY)', { onReject: fails }, bad],
    ['onReject was not done by ackTimeoutMs.', { onReject: never, ...slow }, bad],
    [
      'onReject resolved to "acepted". Expected "accepted", or no string.',
      { onReject: () => Promise.resolve('acepted') },
      bad,
    ],
    [
      'onReject resolved to a string. Expected "accepted", or no string.',
      { onReject: () => Promise.resolve('accepted 5') },
      bad,
    ],
    // Content, as far as anybody can tell.
    ...['his words', 'hisword'].map((content): [string, Partial<ReceiverOptions>, typeof bad] => [
      'onReject resolved to a string. Expected "accepted", or no string.',
      { onReject: () => Promise.resolve(content) },
      bad,
    ]),
    ['onError failed: SqliteError (SQLITE_BUSY)', { onSms: fails, onError: fails, dedupe: false }, good],
    ['authorize failed: SqliteError (SQLITE_BUSY)', { authorize: fails }, good],
    ['authorize took longer than bodyTimeoutMs.', { authorize: never, ...slow }, good],
    ["The store's claim failed: SqliteError (SQLITE_BUSY)", { dedupe: { ...store, claim: fails } }, good],
    ["The store's claim took longer than storeTimeoutMs.", { dedupe: { ...store, claim: never }, ...slow }, good],
    [
      "The store's claim resolved to something other than { state, … }.",
      { dedupe: { ...store, claim: () => Promise.resolve('claimed' as never) } },
      good,
    ],
    [
      "The store's complete failed: SqliteError (SQLITE_BUSY)",
      { dedupe: { ...memoryDedupe(), complete: fails } },
      good,
    ],
    [
      "The store's renew failed: SqliteError (SQLITE_BUSY)",
      { leaseMs: 30, onSms: () => sleep(40), dedupe: { ...memoryDedupe(), renew: fails } },
      good,
    ],
    [
      "The store's release failed: SqliteError (SQLITE_BUSY)",
      { onSms: fails, dedupe: { ...memoryDedupe(), release: fails } },
      good,
    ],
  ])('say what failed, without content: %s', async (message, options, request) => {
    expect(await receive(options, 1, request)).toEqual([`MoPostbackWarning: ${message}`]);
  });

  it.each<[unknown, string]>([
    ['his words', 'string'],
    [undefined, 'undefined'],
    [{ name: 'his words', code: 7 }, 'object'],
    [new Error('his words'), 'Error'],
    [new Proxy({}, { get: fails }), 'object'],
  ])('name the kind of what was thrown: %#', async (thrown, kind) => {
    const onReject = (): Promise<never> => Promise.reject(thrown); // eslint-disable-line @typescript-eslint/prefer-promise-reject-errors -- anything can be thrown
    expect(await receive({ onReject }, 1, bad)).toEqual([`MoPostbackWarning: onReject failed: ${kind}`]);
  });

  it('are repeated at most once a minute for each subject', async () => {
    await receive({ onReject: fails }, 3, bad);
    expect(warnings).toHaveLength(1);
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 61_000);
    const { warn } = await import('../../src/receive/warnings.ts');
    warn('onReject', 'failed again');
    warn('onReject', 'failed again');
    warn('onError', 'failed, too');
    await vi.waitUntil(() => warnings.length > 2);
    expect(warnings.slice(1)).toEqual([
      'MoPostbackWarning: onReject failed again',
      'MoPostbackWarning: onError failed, too',
    ]);
  });

  it('go to the console on platforms without process warnings', async () => {
    const shown = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { warn } = await import('../../src/receive/warnings.ts');
    vi.stubGlobal('process', {});
    warn('onReject', 'failed');
    vi.unstubAllGlobals();
    expect(shown.mock.calls).toEqual([['mo-postback: onReject failed']]);
  });
});
