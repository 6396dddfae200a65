/**
 * Who may post: for the option `authorize` of every `createHandler`.
 *
 * @example
 * import { createHandler } from 'mo-postback/http';
 * import { allowAddresses, allOf, secretInPath } from 'mo-postback/authorize';
 *
 * const handler = createHandler({
 *   onSms,
 *   onMms,
 *   authorize: allOf(secretInPath(process.env.POSTBACK_SECRET), allowAddresses(['192.0.2.0/24'])),
 * });
 *
 * @module
 */

import ipaddr from 'ipaddr.js';
import { requireOptions } from './options.ts';
import { toBinaryString } from './read/binary-string.ts';

/** What is known of a request before its body is read. */
export interface RequestHead<Request = unknown> {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  /** Values by lower-case name, several of one name joined by `, `. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The address of the peer, where the platform tells it. */
  readonly remoteAddress: string | undefined;
  /** The framework's own. */
  readonly request: Request;
}

/** What `authorize` takes. Only `true`, or a promise of it, admits. */
export type Authorizer = (head: RequestHead) => unknown;
/** One that is made here. */
export type ReadyAuthorizer = (head: RequestHead) => boolean | Promise<boolean>;

/**
 * Admits who has the user's name and the password (RFC 7617), as in a Postback URL of `https://user:password@host/`.
 * @throws TypeError for a password that is empty, and for what is no string: an environment variable that is not set
 */
export function basicAuth(user: string | undefined, password: string | undefined): ReadyAuthorizer {
  if (typeof user !== 'string') throw new TypeError(`user: expected a string, got ${typeof user}`);
  // RFC 7617, 2.
  if (user.includes(':')) throw new TypeError('user: expected a name without ":"');
  requireSecret(password, 'password');
  // Clients differ in how they encode what is not ASCII.
  const wanted = toBinaryString(new TextEncoder().encode(`${user}:${password}`));
  const isWanted = comparer(wanted);
  const isWantedInLatin1 = comparer(`${user}:${password}`);
  return async ({ headers }) => {
    const given = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(headers['authorization'] ?? '')?.[1];
    if (given === undefined) return false;
    let credentials: string;
    try {
      credentials = atob(given);
    } catch {
      return false;
    }
    const verdicts = await Promise.all([isWanted(credentials), isWantedInLatin1(credentials)]);
    return verdicts.includes(true);
  };
}

const MOST_SEGMENTS = 32;

/**
 * Admits where a segment of the URL's path is the secret, as in a Postback URL of `https://host/postback/SECRET`.
 * @throws TypeError for a secret that is empty or no string
 */
export function secretInPath(secret: string | undefined): ReadyAuthorizer {
  requireSecret(secret, 'secret');
  const isSecret = comparer(secret);
  return async ({ url }) => {
    const [path = ''] = url.split(/[?#]/);
    const segments = path.split('/').filter((segment) => segment !== '');
    // Each costs a digest, and whoever asks is a stranger.
    if (segments.length > MOST_SEGMENTS) return false;
    const verdicts = await Promise.all(segments.map((segment) => isSecret(decoded(segment))));
    return verdicts.includes(true);
  };
}

/**
 * Admits where the URL's query has the secret under a name, once, as in a Postback URL of `https://host/postback?key=SECRET`.
 * @throws TypeError for a name or a secret that is empty or no string
 */
export function secretInQuery(name: string, secret: string | undefined): ReadyAuthorizer {
  requireSecret(name, 'name');
  requireSecret(secret, 'secret');
  const isSecret = comparer(secret);
  return async ({ url }) => {
    const at = url.indexOf('?');
    const [given, ...others] = at === -1 ? [] : new URLSearchParams(url.slice(at).replace(/#.*$/s, '')).getAll(name);
    return given !== undefined && others.length === 0 && (await isSecret(given));
  };
}

/** Options of {@link allowAddresses}. */
export interface AddressOptions {
  /**
   * The proxies in front of the server, as addresses or CIDR ranges. Only what they say of the address behind them
   * (X-Forwarded-For) is believed. Default none.
   */
  readonly trustProxy?: readonly string[] | undefined;
}

/**
 * Admits requests from these addresses or CIDR ranges, IPv4 and IPv6. An IPv4 address that comes mapped into IPv6
 * (`::ffff:192.0.2.1`) is itself. Where the platform tells no address, nobody is admitted.
 * @throws TypeError for an empty list, and for what is no address or range; the message names it
 */
export function allowAddresses(ranges: readonly string[], options: AddressOptions = {}): ReadyAuthorizer {
  const { trustProxy = [] } = requireOptions(options);
  const allowed = rangesOf(ranges, 'ranges');
  if (allowed.length === 0) throw new TypeError('ranges: expected at least one address or range');
  const proxies = rangesOf(trustProxy, 'options.trustProxy');
  return ({ headers, remoteAddress }) => {
    // From the right: each proxy has written down whom it spoke with, and what stands left of a stranger is hearsay.
    const hops = [...(headers['x-forwarded-for']?.split(',') ?? []), remoteAddress ?? ''];
    for (let hop = hops.pop(); hop !== undefined; hop = hops.pop()) {
      const address = addressOf(hop.trim());
      if (address === undefined) return false;
      if (hops.length === 0 || !isIn(address, proxies)) return isIn(address, allowed);
    }
    /* v8 ignore next -- for the type checker: there is a hop at least, and the last one returns */
    return false;
  };
}

/**
 * Admits who all of these admit. They are asked one after the other.
 * @throws TypeError for none
 */
export function allOf(...authorizers: readonly Authorizer[]): ReadyAuthorizer {
  requireSome(authorizers);
  return async (head) => {
    for (const authorize of authorizers) if ((await authorize(head)) !== true) return false;
    return true;
  };
}

/**
 * Admits who any of these admits. They are asked one after the other; what one throws is thrown where none admits.
 * @throws TypeError for none
 */
export function anyOf(...authorizers: readonly Authorizer[]): ReadyAuthorizer {
  requireSome(authorizers);
  return async (head) => {
    const failures: unknown[] = [];
    for (const authorize of authorizers) {
      try {
        if ((await authorize(head)) === true) return true;
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return false;
  };
}

function requireSome(authorizers: readonly Authorizer[]): void {
  if (authorizers.length === 0) throw new TypeError('expected at least one authorizer');
  for (const authorize of authorizers) {
    if (typeof (authorize as unknown) !== 'function')
      throw new TypeError(`expected functions, got ${typeof authorize}`);
  }
}

function requireSecret(secret: string | undefined, name: string): asserts secret is string {
  if (typeof secret !== 'string') throw new TypeError(`${name}: expected a string, got ${typeof secret}`);
  if (secret === '') throw new TypeError(`${name}: expected one that is not empty`);
}

/**
 * Tells whether a text is the wanted one, in a time that does not depend on where they differ: digests of one length are
 * compared to their ends.
 */
function comparer(wanted: string): (given: string) => Promise<boolean> {
  const wantedDigest = digest(wanted);
  return async (given) => {
    const [a, b] = await Promise.all([digest(given), wantedDigest]);
    let difference = 0;
    for (let at = 0; at < a.byteLength; at++) difference |= a.getUint8(at) ^ b.getUint8(at);
    return difference === 0;
  };
}

async function digest(text: string): Promise<DataView> {
  return new DataView(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

function rangesOf(texts: readonly string[], name: string): Range[] {
  if (!Array.isArray(texts)) throw new TypeError(`${name}: expected a list of addresses or CIDR ranges`);
  return texts.map((text: unknown): Range => {
    const address = typeof text === 'string' && !text.includes('/') ? addressOf(text) : undefined;
    if (address !== undefined) return [address, address.kind() === 'ipv4' ? 32 : 128];
    if (typeof text === 'string' && isCidr(text)) {
      const [start, bits] = ipaddr.parseCIDR(text);
      if (!(start instanceof ipaddr.IPv6 && start.isIPv4MappedAddress())) return [start, bits];
      if (bits >= 96) return [start.toIPv4Address(), bits - 96];
    }
    throw new TypeError(`${name}: expected an address or a CIDR range, got ${JSON.stringify(text)}`);
  });
}

/** Not in short, nor in another base than ten: parsers differ over these. */
function isCidr(text: string): boolean {
  return (
    ipaddr.isValidCIDR(text) && (text.includes(':') || ipaddr.IPv4.isValidFourPartDecimal(text.replace(/\/\d+$/, '')))
  );
}

/** `undefined` for what is no address. One octet of IPv4 in another base than ten is none: parsers differ over it. */
function addressOf(text: string): Address | undefined {
  // A port, as some proxies append it.
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text;
  if (bare.includes('.') && !bare.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(bare)) return undefined;
  return ipaddr.isValid(bare) && /[.:]/.test(bare) ? ipaddr.process(bare) : undefined;
}

function isIn(address: Address, ranges: readonly Range[]): boolean {
  return ranges.some(([start, bits]) => address.kind() === start.kind() && address.match(start, bits));
}
