// Which addresses are public.

import os from 'node:os';
import { describe, expect, it, vi } from 'vitest';
import { rangesOf } from '../../src/address-ranges.ts';
import { isAllowedAddress } from '../../src/media/node/public-addresses.ts';

/** Addresses of one kind, the first and last ones of their ranges included. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'unspecified, and this network': ['0.0.0.0', '0.255.255.255', '::'],
  loopback: ['127.0.0.1', '127.255.255.255', '::1'],
  private: ['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255'],
  'unique local': ['fc00::', 'fdff:ffff::1', 'fd00:ec2::254'],
  'link-local': ['169.254.0.0', '169.254.169.254', '169.254.255.255', 'fe80::1', 'fe80::1%eth0', 'febf:ffff::1'],
  'site-local': ['fec0::1', 'feff::1'],
  shared: ['100.64.0.0', '100.100.100.200', '100.127.255.255'],
  multicast: ['224.0.0.0', '239.255.255.255', 'ff02::1', 'ff00::'],
  broadcast: ['255.255.255.255'],
  reserved: ['240.0.0.0', '255.255.255.254', '192.0.0.0', '192.0.0.192', '192.88.99.1'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1', '3fff:fff:ffff::1'],
  benchmarking: ['198.18.0.0', '198.19.255.255', '2001:2::1'],
  'other protocols': ['2001::1', '2001:1ff:ffff::1', '2001:10::1', '2001:20::1', '192.31.196.1', '192.52.193.1'],
  'metadata of Azure': ['168.63.129.16'],
  discard: ['100::1'],
  'segment routing': ['5f00::1'],
  'not assigned': ['4000::1', '8000::1', 'c000::1', 'e000::1', '1fff:ffff::1', '200::1'],
  'IPv4-mapped': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '::ffff:168.63.129.16'],
  'IPv4-compatible': ['::7f00:1', '::a00:1', '::127.0.0.1'],
  'IPv4-translated': ['::ffff:0:7f00:1', '::ffff:0:a00:1'],
  '6to4': ['2002:7f00:1::', '2002:a00:1::1', '2002:a9fe:a9fe::1', '2002:a83f:8110::1'],
  NAT64: ['64:ff9b::7f00:1', '64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe'],
  'local NAT64': ['64:ff9b:1::808:808'],
  ISATAP: ['2606:4700::5efe:7f00:1', '2606:4700::200:5efe:a00:1'],
  'ISATAP with a prefix that is not public': ['fd00::5efe:808:808', 'fe80::5efe:808:808', '2002:a00:1::5efe:808:808'],
  Teredo: ['2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  'no address': ['', 'localhost', '1', '0177.0.0.1', '127.1', '::g'],
};

const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '168.63.129.15',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '192.169.0.0',
  '223.255.255.255',
  '2606:4700::1111',
  '2a00:1450:4001:80f::200e',
  '2001:4860:4860::8888',
  '2001:200::1',
  '3ffe::1',
  '::ffff:8.8.8.8',
  '::808:808',
  '::ffff:0:808:808',
  '2002:808:808::1',
  '64:ff9b::808:808',
  '2606:4700::5efe:808:808',
];

describe('an address', () => {
  it.each(Object.entries(REFUSED))('is refused: %s', (_, addresses) => {
    expect(addresses.filter((address) => isAllowedAddress(address, []))).toEqual([]);
  });

  it('is allowed if it is public, or leads to a public IPv4 address', () => {
    expect(PUBLIC.filter((address) => !isAllowedAddress(address, []))).toEqual([]);
  });

  it('is refused if it is one of this machine, although it is public', () => {
    const [name = 'lo', addresses = []] = Object.entries(os.networkInterfaces())[0] ?? [];
    const [template] = addresses;
    if (template === undefined) throw new Error('This machine has no network interface.');
    const own = ['8.8.8.8', '2606:4700::1111%eth0'].map((address) => ({ ...template, address }));
    // No machine can be given a public address for a test.
    vi.spyOn(os, 'networkInterfaces').mockReturnValue({ [name]: own, none: undefined });
    expect(
      ['8.8.8.8', '::ffff:8.8.8.8', '2606:4700::1111', '8.8.4.4'].map((text) => isAllowedAddress(text, [])),
    ).toEqual([false, false, false, true]);
    vi.restoreAllMocks();
  });

  it('is allowed if allowAddresses contains it, or the IPv4 address in it', () => {
    const allowed = rangesOf(['127.0.0.0/8', '::1', 'fd00::/8', '64:ff9b:1::/48'], 'allowed');
    const addresses = ['127.0.0.1', '::ffff:127.9.9.9', '64:ff9b::7f00:1', '::1', 'fd12::1', '64:ff9b:1::1'];
    expect(addresses.filter((address) => !isAllowedAddress(address, allowed))).toEqual([]);
    expect(['10.0.0.1', '::2', 'fe80::1'].filter((address) => isAllowedAddress(address, allowed))).toEqual([]);
  });
});
