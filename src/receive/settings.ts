// Checks the options of a receiver and fills in the defaults.

import { memoryDedupe } from '../dedupe/memory.ts';
import type { DedupeStore } from '../dedupe/store.ts';
import {
  countOption,
  DEFAULTS,
  numberOption,
  OPTION_NAMES,
  requireOptions,
  resolveOptions,
  typeName,
} from '../options.ts';
import type { Settings } from '../options.ts';
import { encodingNamed } from '../read/encodings.ts';
import { successAnswer } from './answer.ts';
import type { Answer } from './answer.ts';
import type { ReadOptions, ReceiverOptions } from './options.ts';

/** {@link ReadOptions} with defaults filled in. */
export interface ReadSettings extends Settings {
  readonly contentKeys: boolean;
  readonly keyPrefix: string;
  readonly bodyTimeoutMs: number;
}

/** {@link ReceiverOptions} with defaults filled in, without the callbacks and hooks. */
export interface ReceiverSettings extends ReadSettings {
  readonly store: DedupeStore | undefined;
  readonly dedupeWindowMs: number;
  readonly ackTimeoutMs: number;
  readonly callbackTimeoutMs: number;
  readonly storeTimeoutMs: number;
  readonly leaseMs: number;
  readonly concurrency: number;
  readonly maxInFlight: number;
  readonly maxInFlightBytes: number;
  /** The answer with status 200. */
  readonly success: Answer;
}

// A bundle of 300 long Chinese messages has 0.8 MB, and a message has about 10 elements.
const RECEIVER_DEFAULTS: Settings = { ...DEFAULTS, maxBytes: 2 * 1024 * 1024, maxElements: 25_600, recover: true };

/**
 * Checks how a body is to be read.
 * @throws TypeError or RangeError that names the option
 */
export function resolveReadOptions(options: ReadOptions = {}): ReadSettings {
  requireOptions(options, OPTION_NAMES);
  const settings = resolveOptions(options, RECEIVER_DEFAULTS);
  const { encoding } = settings;
  if (encoding !== undefined && encodingNamed(encoding) === undefined) {
    throw new TypeError(
      `options.encoding: expected the label of an encoding that this platform knows, got ${JSON.stringify(encoding)}`,
    );
  }
  const { contentKeys = true } = options;
  if (typeof (contentKeys as unknown) !== 'boolean') {
    throw new TypeError(`options.contentKeys: expected a boolean, got ${typeName(contentKeys)}`);
  }
  return {
    ...settings,
    contentKeys,
    keyPrefix: keyPrefixOf(options),
    bodyTimeoutMs: milliseconds(options, 'bodyTimeoutMs', 5000),
  };
}

/**
 * Checks all options of a receiver.
 * @throws TypeError or RangeError that names the option
 */
export function resolveReceiverOptions(options: ReceiverOptions<never>): ReceiverSettings {
  requireOptions(options, OPTION_NAMES);
  const hooks = (['onOther', 'onReject', 'onError', 'authorize'] as const).filter(
    (name) => options[name] !== undefined,
  );
  requireFunctions('options', options, ['onSms', 'onMms', ...hooks]);
  return {
    ...resolveReadOptions(options),
    store: storeOf(options),
    // The provider's last retry comes 25 minutes after the first try: docs/protocol.md, "Delivery".
    dedupeWindowMs: milliseconds(options, 'dedupeWindowMs', 30 * 60 * 1000),
    ackTimeoutMs: milliseconds(options, 'ackTimeoutMs', 9000),
    callbackTimeoutMs: milliseconds(options, 'callbackTimeoutMs', 240_000),
    storeTimeoutMs: milliseconds(options, 'storeTimeoutMs', 1500),
    leaseMs: milliseconds(options, 'leaseMs', 30_000),
    concurrency: countOption(options, 'concurrency', 1, TypeError),
    maxInFlight: countOption(options, 'maxInFlight', 1000, TypeError),
    maxInFlightBytes: countOption(options, 'maxInFlightBytes', 64 * 1024 * 1024, TypeError),
    success: successAnswer(options.successResponse),
  };
}

function requireFunctions<Name extends string>(
  what: string,
  object: Readonly<Partial<Record<Name, unknown>>>,
  names: readonly Name[],
): void {
  for (const name of names) {
    if (typeof object[name] !== 'function') throw new TypeError(`${what}.${name}: expected a function`);
  }
}

function storeOf({ dedupe = memoryDedupe() }: ReceiverOptions<never>): DedupeStore | undefined {
  if (dedupe === false) return undefined;
  if (typeof (dedupe as unknown) !== 'object' || (dedupe as unknown) === null) {
    throw new TypeError('options.dedupe: expected a store with claim, renew, complete and release, or false');
  }
  requireFunctions('options.dedupe', dedupe, ['claim', 'renew', 'complete', 'release']);
  return dedupe;
}

// Keys have at most 128 characters, and a digest needs 71 of them.
const KEY_PREFIX = /^[\w.~/-]{0,50}$/;

function keyPrefixOf({ keyPrefix = '' }: ReadOptions): string {
  if (typeof (keyPrefix as unknown) === 'string' && KEY_PREFIX.test(keyPrefix)) return keyPrefix;
  throw new TypeError('options.keyPrefix: expected at most 50 characters of A-Z a-z 0-9 . _ ~ / -');
}

function milliseconds<Name extends string>(
  options: Readonly<Partial<Record<Name, number | undefined>>>,
  name: Name,
  byDefault: number,
): number {
  const value = numberOption(options, name, byDefault);
  // setTimeout fires immediately above 2^31 - 1 ms.
  if (value > 0 && value < 2 ** 31) return value;
  throw new TypeError(`options.${name}: expected milliseconds above 0 and below 2 ** 31, got ${value}`);
}
