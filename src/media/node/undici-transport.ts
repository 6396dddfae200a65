// Fetches with undici, which connects only to addresses that were checked.

import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Range } from '../../address-ranges.ts';
import type { MediaSettings } from '../settings.ts';
import { MAX_TIMER_MS } from '../session.ts';
import { AddressRefused } from '../transport.ts';
import type { CountBytes, Transport, TransportAnswer } from '../transport.ts';
import { decompressed } from './decompress.ts';
import { lookupAll } from './lookups.ts';
import { isAllowedAddress } from './public-addresses.ts';
import { undici } from './undici.ts';

/** How many connections have failed after they were made. */
interface SocketErrors {
  count: number;
}

export function undiciTransport(settings: MediaSettings): Transport {
  const { dispatcher: given, allowAddresses } = settings;
  const errors: SocketErrors = { count: 0 };
  const own = given === undefined ? createAgent(settings, errors) : undefined;
  const dispatcher = own ?? (given as unknown as Dispatcher);
  return {
    async get(url, headers, signal) {
      if (own !== undefined) requireAllowedHost(url, allowAddresses);
      const {
        statusCode,
        headers: answered,
        body,
      } = await dispatcher.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'GET',
        headers,
        signal,
        // The callers have timeouts of their own.
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      // Otherwise aborting a body that nobody reads would end the process.
      body.on('error', () => undefined);
      const header = (name: string): string | undefined => {
        const value = answered[name];
        return Array.isArray(value) ? value.join(', ') : value;
      };
      return answerOf(statusCode, header, body, errors);
    },
    close() {
      own?.destroy(() => undefined);
    },
  };
}

/** Connects to an address only after it was checked: names that lead elsewhere the next time gain nothing. */
function createAgent({ allowAddresses, stallTimeoutMs }: MediaSettings, errors: SocketErrors): Dispatcher {
  const { Agent, buildConnector } = undici();
  // Timers take no longer time.
  const timeout = Math.min(stallTimeoutMs, MAX_TIMER_MS);
  // A lookup that waits longer belongs to an attempt that has ended with TIMEOUT.
  const maxWaitMs = Math.min(timeout + 1000, MAX_TIMER_MS);
  const connect = buildConnector({ lookup: checkedLookup(allowAddresses, maxWaitMs), timeout });
  return new Agent({
    connect(options, callback) {
      connect(options, (...result) => {
        result[1]?.on('error', () => errors.count++);
        callback(...result);
      });
    },
  });
}

function checkedLookup(allowed: readonly Range[], maxWaitMs: number): LookupFunction {
  return (hostname, options, callback) => {
    // RFC 6761, 6.3. Not every system knows the other spellings.
    const name = /(?:^|\.)localhost\.?$/i.test(hostname) ? 'localhost' : hostname;
    lookupAll(name, { ...options, all: true }, maxWaitMs, (error, addresses) => {
      if (error !== null) {
        callback(error, '');
        return;
      }
      const usable = addresses.filter(({ address }) => isAllowedAddress(address, allowed));
      const [first] = usable;
      // A public name has no private addresses. A private one may have others than those that the options allow.
      const isSuspicious = allowed.length === 0 && usable.length < addresses.length;
      if (first === undefined || isSuspicious) callback(new AddressRefused(), '');
      else if (options.all === true) callback(null, usable);
      else callback(null, first.address, first.family);
    });
  };
}

/** Checks an address in a URL, for which nothing is looked up. */
function requireAllowedHost({ hostname }: URL, allowed: readonly Range[]): void {
  const isAddress = hostname.startsWith('[') || /^[\d.]+$/.test(hostname);
  if (isAddress && !isAllowedAddress(hostname.replace(/^\[|\]$/g, ''), allowed)) throw new AddressRefused();
}

function answerOf(
  status: number,
  header: TransportAnswer['header'],
  body: Readable,
  errors: SocketErrors,
): TransportAnswer {
  const { count } = errors;
  // RFC 9112, 6.3: such a body ends with its connection. undici takes a reset for that end.
  const endsWithConnection = header('content-length') === undefined && header('transfer-encoding') === undefined;
  async function* counted(onReceived: CountBytes): AsyncGenerator<Uint8Array> {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      onReceived(chunk.length);
      yield chunk;
    }
    if (endsWithConnection && errors.count > count) throw new Error('The connection was reset');
  }
  return {
    status,
    header,
    chunks: (onReceived) => decompressed(counted(onReceived), header('content-encoding')),
    cancel() {
      body.destroy();
    },
  };
}
