// Addresses and CIDR ranges, IPv4 and IPv6.

import ipaddr from 'ipaddr.js';

/** An address, parsed. */
export type Address = ipaddr.IPv4 | ipaddr.IPv6;
/** The first address of a CIDR range, and how many bits all of its addresses share. */
export type Range = [Address, number];

/**
 * Parses a list of addresses and CIDR ranges.
 * @throws TypeError that names the list and the wrong item
 */
export function rangesOf(texts: readonly string[], name: string): Range[] {
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

/** Accepts no shortened IPv4 addresses, and none in octal or hexadecimal: parsers disagree about these. */
function isCidr(text: string): boolean {
  const address = text.replace(/\/.*/s, '');
  const isPlain = text.includes(':') ? isAddress(address) : ipaddr.IPv4.isValidFourPartDecimal(address);
  return isPlain && ipaddr.isValidCIDR(text);
}

/**
 * Parses an address. Returns `undefined` for an invalid one. Octal and hexadecimal IPv4 is invalid: parsers disagree
 * about it.
 */
export function addressOf(text: string): Address | undefined {
  // Some proxies append a port.
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text;
  if (bare.includes('.') && !bare.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(bare)) return undefined;
  return isAddress(bare) && /[.:]/.test(bare) ? ipaddr.process(bare) : undefined;
}

/** `::192.0.2.1`, which RFC 4291, 2.5.5.1, has withdrawn, is not 192.0.2.1, although ipaddr.js reads it so. */
function isAddress(text: string): boolean {
  return ipaddr.isValid(text) && !/^::\d+\.[\d.]+(?:%|$)/.test(text);
}

/** Whether an address is in one of these ranges. */
export function isIn(address: Address, ranges: readonly Range[]): boolean {
  return ranges.some(([start, bits]) => address.kind() === start.kind() && address.match(start, bits));
}
