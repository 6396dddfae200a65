/**
 * Decides who may post: functions for the option `authorize` of every `createHandler`.
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

import { addressOf, isIn, rangesOf } from './address-ranges.ts';
import { requireOptions } from './options.ts';
import { toBinaryString } from './read/binary-string.ts';

/** A request before its body is read. `Req` is the framework's own request. */
export interface RequestHead<Req = unknown> {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  /** Values by lower-case name. Several values of one name are joined by `, `. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The client's address. `undefined` if the platform does not know it. */
  readonly remoteAddress: string | undefined;
  /** The framework's own request. */
  readonly request: Req;
}

/** A function for the option `authorize`. Only `true`, or a promise of it, admits the request. */
export type Authorizer<Req = unknown> = (head: RequestHead<Req>) => boolean | Promise<boolean>;

/**
 * Admits requests with this user name and password (HTTP Basic, RFC 7617), as in the Postback URL
 * `https://user:password@host/`.
 * @throws TypeError if the password is empty, or if one of them is not a string, such as an unset environment variable
 */
export function basicAuth(user: string | undefined, password: string | undefined): Authorizer {
  if (typeof user !== 'string') throw new TypeError(`user: expected a string, got ${typeof user}`);
  // RFC 7617, 2.
  if (user.includes(':')) throw new TypeError('user: expected a name without ":"');
  requireSecret(password, 'password');
  // Some clients send UTF-8, others Latin-1.
  const isExpectedUtf8 = comparer(toBinaryString(new TextEncoder().encode(`${user}:${password}`)));
  const isExpectedLatin1 = comparer(`${user}:${password}`);
  return async ({ headers }) => {
    const given = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(headers['authorization'] ?? '')?.[1];
    if (given === undefined) return false;
    let credentials: string;
    try {
      credentials = atob(given);
    } catch {
      return false;
    }
    const verdicts = await Promise.all([isExpectedUtf8(credentials), isExpectedLatin1(credentials)]);
    return verdicts.includes(true);
  };
}

// Each segment costs a digest, and anybody can send a request.
const MAX_SEGMENTS = 32;

/**
 * Admits requests whose URL path contains the secret as a segment, as in the Postback URL
 * `https://host/postback/SECRET`.
 * @throws TypeError if the secret is empty or not a string
 */
export function secretInPath(secret: string | undefined): Authorizer {
  requireSecret(secret, 'secret');
  const isSecret = comparer(secret);
  return async ({ url }) => {
    const [path = ''] = url.split(/[?#]/);
    const segments = path.split('/').filter((segment) => segment !== '');
    if (segments.length > MAX_SEGMENTS) return false;
    const verdicts = await Promise.all(segments.map((segment) => isSecret(decoded(segment))));
    return verdicts.includes(true);
  };
}

/**
 * Admits requests whose URL query contains the secret under this name, exactly once, as in the Postback URL
 * `https://host/postback?key=SECRET`.
 * @throws TypeError if the name or the secret is empty or not a string
 */
export function secretInQuery(name: string, secret: string | undefined): Authorizer {
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
   * Addresses or CIDR ranges of the proxies in front of the server. X-Forwarded-For is used only if it comes from them.
   * Default none.
   */
  readonly trustProxy?: readonly string[] | undefined;
}

/**
 * Admits requests from these addresses or CIDR ranges, IPv4 and IPv6. An IPv4 address mapped to IPv6
 * (`::ffff:192.0.2.1`) counts as the IPv4 address. If the platform does not know the client's address, nobody is
 * admitted.
 * @throws TypeError for an empty list, or an invalid address or range; the message names it
 */
export function allowAddresses(ranges: readonly string[], options: AddressOptions = {}): Authorizer {
  const { trustProxy = [] } = requireOptions(options, ['trustProxy']);
  const allowed = rangesOf(ranges, 'ranges');
  if (allowed.length === 0) throw new TypeError('ranges: expected at least one address or range');
  const proxies = rangesOf(trustProxy, 'options.trustProxy');
  return ({ headers, remoteAddress }) => {
    // From right to left: each proxy has appended the address of its client. The entries to the left of an unknown
    // address are not reliable.
    const hops = [...(headers['x-forwarded-for']?.split(',') ?? []), remoteAddress ?? ''];
    for (let hop = hops.pop(); hop !== undefined; hop = hops.pop()) {
      const address = addressOf(hop.trim());
      if (address === undefined) return false;
      if (hops.length === 0 || !isIn(address, proxies)) return isIn(address, allowed);
    }
    /* v8 ignore next -- for the type checker: there is at least one hop, and the last one returns */
    return false;
  };
}

/**
 * Admits requests that all of these authorizers admit. They are called one after the other.
 * @throws TypeError without authorizers
 */
export function allOf<Req = unknown>(...authorizers: readonly Authorizer<NoInfer<Req>>[]): Authorizer<Req> {
  requireSome(authorizers);
  return async (head) => {
    for (const authorize of authorizers) if (!(await admits(authorize, head))) return false;
    return true;
  };
}

/**
 * Admits requests that at least one of these authorizers admits. They are called one after the other. If none admits,
 * and one of them threw, that error is thrown.
 * @throws TypeError without authorizers
 */
export function anyOf<Req = unknown>(...authorizers: readonly Authorizer<NoInfer<Req>>[]): Authorizer<Req> {
  requireSome(authorizers);
  return async (head) => {
    const failures: unknown[] = [];
    for (const authorize of authorizers) {
      try {
        if (await admits(authorize, head)) return true;
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return false;
  };
}

/** Only `true` admits, whatever an authorizer in JavaScript returns. */
async function admits<Req>(authorize: Authorizer<Req>, head: RequestHead<Req>): Promise<boolean> {
  const result: unknown = await authorize(head);
  return result === true;
}

function requireSome(authorizers: readonly Authorizer<never>[]): void {
  if (authorizers.length === 0) throw new TypeError('authorizers: expected at least one');
  for (const [n, authorize] of authorizers.entries()) {
    if (typeof (authorize as unknown) !== 'function') {
      throw new TypeError(`authorizers[${n}]: expected a function, got ${typeof authorize}`);
    }
  }
}

function requireSecret(secret: string | undefined, name: string): asserts secret is string {
  if (secret === undefined) {
    throw new TypeError(`${name}: expected a string, got undefined. Is the environment variable set?`);
  }
  if (typeof (secret as unknown) !== 'string') throw new TypeError(`${name}: expected a string, got ${typeof secret}`);
  if (secret === '') throw new TypeError(`${name}: expected a string that is not empty`);
}

/**
 * Returns a function that compares a text with the expected one. The time it takes does not depend on where they
 * differ: it always compares whole digests.
 */
function comparer(expected: string): (given: string) => Promise<boolean> {
  const expectedDigest = digest(expected);
  return async (given) => {
    const [a, b] = await Promise.all([digest(given), expectedDigest]);
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
