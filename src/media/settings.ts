// Checks the options of mo-postback/media and fills in the defaults.

import { rangesOf } from '../address-ranges.ts';
import type { Range } from '../address-ranges.ts';
import { countOption, numberOption, requireOptions, typeName } from '../options.ts';
import type { MediaDispatcher, MediaOptions } from './options.ts';

/** {@link MediaOptions} with defaults filled in. */
export interface MediaSettings {
  /** In lower case, without a dot at the end. `undefined`: every host. */
  readonly allowHosts: readonly string[] | undefined;
  readonly allowAddresses: readonly Range[];
  readonly httpsOnly: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: MediaDispatcher | undefined;
  readonly maxFileBytes: number;
  readonly maxTotalBytes: number;
  readonly timeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly totalTimeoutMs: number;
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly maxRedirects: number;
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
}

const OPTION_NAMES = [
  'allowHosts',
  'allowAddresses',
  'httpsOnly',
  'headers',
  'dispatcher',
  'maxFileBytes',
  'maxTotalBytes',
  'timeoutMs',
  'stallTimeoutMs',
  'totalTimeoutMs',
  'retries',
  'retryDelayMs',
  'maxRedirects',
  'concurrency',
  'signal',
] as const satisfies readonly (keyof MediaOptions)[];

const MIB = 1024 * 1024;

/**
 * Checks the options. `more`: the names of further options that the function has. `seesAddresses`: whether the platform
 * lets us check the addresses that it connects to.
 * @throws TypeError or RangeError that names the option
 */
export function resolveMediaOptions(
  options: MediaOptions,
  seesAddresses: boolean,
  more: readonly string[] = [],
): MediaSettings {
  requireOptions(options, [...OPTION_NAMES, ...more]);
  if (!seesAddresses) requirePortable(options);
  return {
    allowHosts: hostsOf(options),
    allowAddresses: rangesOf(options.allowAddresses ?? [], 'options.allowAddresses'),
    httpsOnly: flag(options),
    headers: headersOf(options),
    dispatcher: dispatcherOf(options),
    maxFileBytes: countOption(options, 'maxFileBytes', 10 * MIB),
    maxTotalBytes: countOption(options, 'maxTotalBytes', 50 * MIB),
    timeoutMs: milliseconds(options, 'timeoutMs', 60_000),
    stallTimeoutMs: milliseconds(options, 'stallTimeoutMs', 10_000),
    totalTimeoutMs: milliseconds(options, 'totalTimeoutMs', 300_000),
    retries: wholeNumber(options, 'retries', 3),
    retryDelayMs: milliseconds(options, 'retryDelayMs', 500),
    maxRedirects: wholeNumber(options, 'maxRedirects', 3),
    concurrency: countOption(options, 'concurrency', 4),
    signal: signalOf(options),
  };
}

/** @throws TypeError if the platform lacks what an option needs */
function requirePortable({ allowHosts, allowAddresses, dispatcher }: MediaOptions): void {
  for (const [name, value] of Object.entries({ allowAddresses, dispatcher })) {
    if (value !== undefined) throw new TypeError(`options.${name}: works only on Node.js. Expected no value`);
  }
  if (allowHosts === undefined) {
    throw new TypeError(
      'options.allowHosts: expected a list of host names. Outside Node.js it is required, because the addresses ' +
        'that names lead to cannot be checked there',
    );
  }
}

const HOST_PATTERN = /^(?:\*\.)?[^*\s/?#@\\:]+$/;

function hostsOf({ allowHosts }: MediaOptions): readonly string[] | undefined {
  if (allowHosts === undefined) return undefined;
  if (!Array.isArray(allowHosts)) throw new TypeError('options.allowHosts: expected a list of host names');
  return allowHosts.map((pattern: unknown) => {
    const host = typeof pattern === 'string' ? hostPattern(pattern) : undefined;
    if (host !== undefined) return host;
    throw new TypeError(
      'options.allowHosts: expected host names without scheme, port and path, for example content.example.com or ' +
        `*.example.com, got ${typeof pattern === 'string' ? JSON.stringify(pattern) : typeName(pattern)}`,
    );
  });
}

/** A pattern in the form that URLs have: lower case, Punycode, addresses in their usual spelling. */
function hostPattern(pattern: string): string | undefined {
  const star = pattern.startsWith('*.') ? '*.' : '';
  const name = pattern.slice(star.length);
  const isAddress = /^\[[\da-f:.]+\]$/i.test(name);
  if (!(isAddress || HOST_PATTERN.test(pattern)) || !URL.canParse(`http://${name}`)) return undefined;
  return star + canonicalHost(new URL(`http://${name}`));
}

/** The host of a URL. A dot at its end means the same host. */
export function canonicalHost({ hostname }: URL): string {
  return hostname.replace(/\.$/, '');
}

function flag({ httpsOnly = false }: MediaOptions): boolean {
  if (typeof (httpsOnly as unknown) === 'boolean') return httpsOnly;
  throw new TypeError(`options.httpsOnly: expected a boolean, got ${typeName(httpsOnly)}`);
}

// These belong to the connection, or would change what an answer contains.
const RESERVED_HEADERS =
  /^(?:accept-encoding|connection|content-length|expect|host|keep-alive|range|te|trailer|transfer-encoding|upgrade)$/;

function headersOf({ headers = {} }: MediaOptions): Readonly<Record<string, string>> {
  if (typeof (headers as unknown) !== 'object' || (headers as unknown) === null) {
    throw new TypeError(`options.headers: expected an object, got ${typeName(headers)}`);
  }
  const checked: Record<string, string> = {};
  for (const [name, value] of headers instanceof Headers ? headers : Object.entries(headers)) {
    const key = name.toLowerCase();
    if (RESERVED_HEADERS.test(key)) throw new TypeError(`options.headers: ${key} cannot be set`);
    try {
      for (const [, trimmed] of new Headers([[key, value]])) checked[key] = trimmed;
    } catch {
      // The value may be secret.
      throw new TypeError(`options.headers: ${JSON.stringify(name)} or its value is not valid in HTTP`);
    }
  }
  return checked;
}

function dispatcherOf({ dispatcher }: MediaOptions): MediaDispatcher | undefined {
  if (dispatcher === undefined || typeof (dispatcher as Partial<MediaDispatcher> | null)?.request === 'function') {
    return dispatcher;
  }
  throw new TypeError('options.dispatcher: expected a dispatcher of undici, for example a ProxyAgent');
}

function signalOf({ signal }: MediaOptions): AbortSignal | undefined {
  if (signal === undefined || typeof (signal as Partial<AbortSignal> | null)?.addEventListener === 'function') {
    return signal;
  }
  throw new TypeError('options.signal: expected an AbortSignal');
}

type Name = 'timeoutMs' | 'stallTimeoutMs' | 'totalTimeoutMs' | 'retryDelayMs' | 'retries' | 'maxRedirects';

function milliseconds(options: MediaOptions, name: Name, byDefault: number): number {
  const value = numberOption(options, name, byDefault);
  if (value >= 0) return value;
  throw new RangeError(`options.${name}: expected milliseconds, got ${value}`);
}

function wholeNumber(options: MediaOptions, name: Name, byDefault: number): number {
  const value = numberOption(options, name, byDefault);
  if (value === Infinity || (Number.isSafeInteger(value) && value >= 0)) return value;
  throw new RangeError(`options.${name}: expected a whole number, or Infinity, got ${value}`);
}
