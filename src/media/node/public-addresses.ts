// Which addresses may be connected to: public ones, and those that the options allow.

import os from 'node:os';
import ipaddr from 'ipaddr.js';
import { addressOf, isIn, rangesOf } from '../../address-ranges.ts';
import type { Address, Range } from '../../address-ranges.ts';

// ipaddr.js takes these for public.
const NOT_PUBLIC = rangesOf(
  [
    // Metadata and DNS of Azure: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
    '168.63.129.16',
    // All of IPv6 that is not global unicast: https://www.iana.org/assignments/ipv6-address-space
    '::/3',
    '4000::/2',
    '8000::/1',
  ],
  'NOT_PUBLIC',
);

/** Whether an address, as `dns.lookup` or a URL writes it, may be connected to. */
export function isAllowedAddress(text: string, allowed: readonly Range[]): boolean {
  // `fe80::1%eth0`
  const address = addressOf(text.replace(/%.*/s, ''));
  if (address === undefined) return false;
  const isAllowed = (each: Address): boolean => isIn(each, allowed) || isPublic(each);
  return isIn(address, allowed) || judgedAddresses(address).every(isAllowed);
}

function isPublic(address: Address): boolean {
  return address.range() === 'unicast' && !isIn(address, NOT_PUBLIC) && !isOwn(address);
}

/** Whether it is an address of this machine, which may be a public one. */
function isOwn(address: Address): boolean {
  const own = Object.values(os.networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return own.some(({ address: text }) => addressOf(text.replace(/%.*/s, ''))?.toString() === address.toString());
}

// IPv6 addresses that end in an IPv4 address: IPv4-compatible (RFC 4291, 2.5.5.1; addressOf has already read
// IPv4-mapped ones), IPv4-translated (RFC 2765, 2.1) and NAT64 (RFC 6052, 2.1).
const ENDING_IN_IPV4 = rangesOf(['::/96', '::ffff:0:0:0/96', '64:ff9b::/96'], 'ENDING_IN_IPV4');
// RFC 3056, 2: 6to4. The IPv4 address follows these 16 bits.
const SIX_TO_FOUR = rangesOf(['2002::/16'], 'SIX_TO_FOUR');

/** The addresses that packets to an address reach: the IPv4 address in it, otherwise the address itself. */
function judgedAddresses(address: Address): Address[] {
  if (!(address instanceof ipaddr.IPv6)) return [address];
  const bytes = address.toByteArray();
  const ending = new ipaddr.IPv4(bytes.slice(12));
  if (isIn(address, ENDING_IN_IPV4)) return [ending];
  const outer = isIn(address, SIX_TO_FOUR) ? new ipaddr.IPv4(bytes.slice(2, 6)) : address;
  // RFC 5214, 6.1: ISATAP, with every prefix. The bit 0x02 says whether the IPv4 address is unique.
  const isIsatap = /^[02],0,94,254$/.test(bytes.slice(8, 12).join());
  return isIsatap ? [outer, ending] : [outer];
}
