import { describe, expect, it } from 'vitest';
import { allOf, allowAddresses, anyOf, basicAuth, secretInPath, secretInQuery } from '../src/authorize.ts';
import type { Authorizer, RequestHead } from '../src/authorize.ts';

const head = (from: Partial<RequestHead>): RequestHead => ({
  method: 'POST',
  url: '/',
  headers: {},
  remoteAddress: undefined,
  request: undefined,
  ...from,
});
const basic = (credentials: string, encoding: BufferEncoding = 'utf8'): RequestHead =>
  head({ headers: { authorization: `Basic ${Buffer.from(credentials, encoding).toString('base64')}` } });

const credentials = `Basic ${Buffer.from('sky:pässword:1').toString('base64')}`;

describe('basicAuth', () => {
  it.each<[string, RequestHead, boolean]>([
    ['user and password in UTF-8', basic('sky:pässword:1'), true],
    ['user and password in ISO-8859-1', basic('sky:pässword:1', 'latin1'), true],
    [
      'the scheme in another case',
      head({ headers: { authorization: `${credentials.replace('Basic', 'basic ')} ` } }),
      true,
    ],
    ['text before the scheme', head({ headers: { authorization: `X${credentials}` } }), false],
    ['text after the credentials', head({ headers: { authorization: `${credentials},a` } }), false],
    ['another password', basic('sky:pässword:2'), false],
    ['another user', basic('sly:pässword:1'), false],
    ['the start of the password', basic('sky:pässword:'), false],
    ['no header', head({}), false],
    ['another scheme', head({ headers: { authorization: 'Bearer c2t5OnBhc3N3b3Jk' } }), false],
    ['invalid Base64', head({ headers: { authorization: 'Basic c' } }), false],
    ['empty credentials', basic(':'), false],
  ])('returns the right answer to %s', async (_, request, isAdmitted) => {
    expect(await basicAuth('sky', 'pässword:1')(request)).toBe(isAdmitted);
  });

  it.each<[unknown, unknown, string]>([
    ['sky', '', 'password: expected a string that is not empty'],
    ['sky', undefined, 'password: expected a string, got undefined. Is the environment variable set?'],
    [undefined, 'x', 'user: expected a string, got undefined'],
    ['a:b', 'x', 'user: expected a name without ":"'],
  ])('throws a TypeError for the arguments %o and %o', (user, password, message) => {
    expect(() => basicAuth(user as string, password as string)).toThrow(new TypeError(message));
  });
});

describe('secretInPath', () => {
  it.each<[string, boolean]>([
    ['/postback/s3cr%C3%A9t', true],
    ['/s3crét/postback', true],
    ['/postback/s3cr%C3%A9t?a=b', true],
    ['/postback/s3cr%C3%A9t#a', true],
    ['/postback?s3cr%C3%A9t', false],
    ['/postback/s3cr%C3%A9ts', false],
    ['/postback/S3cr%C3%A9t', false],
    ['/', false],
    ['', false],
    ['/%E9%', false],
  ])('answers the URL %s with %o', async (url, isAdmitted) => {
    expect(await secretInPath('s3crét')(head({ url }))).toBe(isAdmitted);
  });

  it('compares a segment with invalid percent-escapes as it is, and at most 32 segments', async () => {
    expect(await secretInPath('100%')(head({ url: '/100%' }))).toBe(true);
    // Empty segments are not compared, so anybody may send many of them.
    expect(await secretInPath('s')(head({ url: `${'/'.repeat(15_000)}s` }))).toBe(true);
    expect(await secretInPath('s')(head({ url: `${'/a'.repeat(31)}/s` }))).toBe(true);
    expect(await secretInPath('s')(head({ url: `${'/a'.repeat(32)}/s` }))).toBe(false);
  });

  it.each<[unknown, string]>([
    ['', 'secret: expected a string that is not empty'],
    [undefined, 'secret: expected a string, got undefined. Is the environment variable set?'],
    [null, 'secret: expected a string, got object'],
    [5, 'secret: expected a string, got number'],
  ])('throws a TypeError for the secret %o', (secret, message) => {
    expect(() => secretInPath(secret as string)).toThrow(new TypeError(message));
  });
});

describe('secretInQuery', () => {
  it.each<[string, boolean]>([
    ['/?key=s3cr%C3%A9t', true],
    ['/a?b=c&key=s3cr%C3%A9t&d#e', true],
    ['/?key=s3cr%C3%A9t#abc', true],
    ['/?key=s3cr%C3%A9t&key=s3cr%C3%A9t', false],
    ['/?Key=s3cr%C3%A9t', false],
    ['/?key=', false],
    ['/?key', false],
    ['/', false],
    ['/key=s3cr%C3%A9t', false],
    ['/#?key=s3cr%C3%A9t', true],
  ])('answers the URL %s with %o', async (url, isAdmitted) => {
    expect(await secretInQuery('key', 's3crét')(head({ url }))).toBe(isAdmitted);
  });

  it.each<[unknown, unknown, string]>([
    ['', 's', 'name: expected a string that is not empty'],
    ['key', '', 'secret: expected a string that is not empty'],
    ['key', undefined, 'secret: expected a string, got undefined. Is the environment variable set?'],
  ])('throws a TypeError for the arguments %o and %o', (name, secret, message) => {
    expect(() => secretInQuery(name as string, secret as string)).toThrow(new TypeError(message));
  });
});

describe('allowAddresses', () => {
  const allowed = ['192.0.2.0/24', '198.51.100.7', 'fd00::1', '2001:db8::/32', '::ffff:203.0.113.0/120'];
  it.each<[string | undefined, boolean]>([
    ['192.0.2.1', true],
    ['192.0.3.1', false],
    ['198.51.100.7', true],
    ['198.51.100.8', false],
    ['::ffff:192.0.2.1', true],
    ['::ffff:c000:201', true],
    ['::192.0.2.1', false],
    ['::192.0.2.1%eth0', false],
    ['0::192.0.2.1', false],
    ['2001:DB8:0::1', true],
    ['[2001:db8::1]:443', true],
    ['[2001:db8::1]x', false],
    ['x[2001:db8::1]', false],
    ['2001:db8::192.0.2.1', true],
    ['192.0.2.1:5000', true],
    ['198.51.100.7:80', true],
    ['192.0.2.17:80', true],
    ['192.0.2.1:80x', false],
    ['x192.0.2.1:80', false],
    ['2001:db9::1', false],
    ['fd00::1', true],
    ['fd00::2', false],
    ['203.0.113.9', true],
    ['[2001:db8::1]', true],
    ['[2001:db9::1]', false],
    [undefined, false],
    ['', false],
    ['unknown', false],
    ['192.0.2', false],
    ['0300.0.2.1', false],
    ['0xc0.0.2.1', false],
    ['3221225985', false],
  ])('answers the address %s with %o', async (remoteAddress, isAdmitted) => {
    expect(await allowAddresses(allowed)(head({ remoteAddress }))).toBe(isAdmitted);
  });

  it.each<[string, string, boolean]>([
    // The entry that a trusted proxy has appended.
    ['10.0.0.1', '192.0.2.1', true],
    ['10.0.0.1', '198.51.100.8', false],
    // Entries to the left of an unknown address are ignored.
    ['10.0.0.1', '192.0.2.1, 198.51.100.8', false],
    ['10.0.0.1', '198.51.100.8, 192.0.2.1', true],
    // Through two trusted proxies.
    ['10.0.0.1', '192.0.2.1,10.0.0.2', true],
    ['10.0.0.1', '198.51.100.8 , 192.0.2.1,  10.0.0.2', true],
    // The header is ignored if it does not come from a trusted proxy.
    ['198.51.100.8', '192.0.2.1', false],
    ['192.0.2.1', '198.51.100.8', true],
    // Invalid entries, or only proxies.
    ['10.0.0.1', '192.0.2.1, unknown', false],
    ['10.0.0.1', '', false],
    ['10.0.0.1', '10.0.0.2', false],
  ])('answers the proxy %s with X-Forwarded-For %j with %o', async (remoteAddress, forwarded, isAdmitted) => {
    const authorize = allowAddresses(allowed, { trustProxy: ['10.0.0.0/8'] });
    expect(await authorize(head({ remoteAddress, headers: { 'x-forwarded-for': forwarded } }))).toBe(isAdmitted);
  });

  it('admits a proxy that connects directly if it is in the ranges, too', async () => {
    const authorize = allowAddresses(['10.0.0.1'], { trustProxy: ['10.0.0.0/8'] });
    expect(await authorize(head({ remoteAddress: '10.0.0.1' }))).toBe(true);
    expect(await authorize(head({ remoteAddress: '10.0.0.2' }))).toBe(false);
  });

  it('reads a range of all IPv4 addresses that are mapped to IPv6', async () => {
    const authorize = allowAddresses(['::ffff:0:0/96']);
    const addresses = ['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1', '::1'];
    expect(await Promise.all(addresses.map(async (remoteAddress) => authorize(head({ remoteAddress }))))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('ignores X-Forwarded-For without trustProxy', async () => {
    expect(
      await allowAddresses(allowed)(head({ remoteAddress: '10.0.0.1', headers: { 'x-forwarded-for': '192.0.2.1' } })),
    ).toBe(false);
  });

  it.each<[unknown, unknown, string]>([
    [[], [], 'ranges: expected at least one address or range'],
    [undefined, [], 'ranges: expected a list of addresses or CIDR ranges'],
    ['192.0.2.1', [], 'ranges: expected a list of addresses or CIDR ranges'],
    [['192.0.2.1', ''], [], 'ranges: expected an address or a CIDR range, got ""'],
    [['192.0.2.0/33'], [], 'ranges: expected an address or a CIDR range, got "192.0.2.0/33"'],
    [['192.0.2/24'], [], 'ranges: expected an address or a CIDR range, got "192.0.2/24"'],
    [['10/8'], [], 'ranges: expected an address or a CIDR range, got "10/8"'],
    [['010.0.0.0/8'], [], 'ranges: expected an address or a CIDR range, got "010.0.0.0/8"'],
    [['0x0a.0.0.0/8'], [], 'ranges: expected an address or a CIDR range, got "0x0a.0.0.0/8"'],
    [['2130706433/32'], [], 'ranges: expected an address or a CIDR range, got "2130706433/32"'],
    [['::192.0.2.1'], [], 'ranges: expected an address or a CIDR range, got "::192.0.2.1"'],
    [['::192.0.2.0/120'], [], 'ranges: expected an address or a CIDR range, got "::192.0.2.0/120"'],
    [['::ffff:192.0.2.0/90'], [], 'ranges: expected an address or a CIDR range, got "::ffff:192.0.2.0/90"'],
    [[undefined], [], 'ranges: expected an address or a CIDR range, got undefined'],
    [['192.0.2.1'], ['proxy'], 'options.trustProxy: expected an address or a CIDR range, got "proxy"'],
  ])('throws a TypeError for the ranges %j with trustProxy %j', (ranges, trustProxy, message) => {
    expect(() => allowAddresses(ranges as string[], { trustProxy: trustProxy as string[] })).toThrow(
      new TypeError(message),
    );
  });

  it('throws a TypeError if options is null', () => {
    expect(() => allowAddresses(['192.0.2.1'], null as never)).toThrow(new TypeError('options: expected an object'));
  });
});

describe('allOf and anyOf', () => {
  const yes = (): boolean => true;
  const no = (): Promise<boolean> => Promise.resolve(false);
  const truthy = (() => 'yes') as unknown as Authorizer;
  const fail = (): never => {
    throw new Error('mine');
  };
  it.each<[string, Authorizer, boolean]>([
    ['allOf, if all admit', allOf(yes, yes), true],
    ['allOf, if one does not admit', allOf(yes, no), false],
    ['allOf, if one returns a truthy value', allOf(truthy), false],
    ['allOf, if one does not admit before another throws', allOf(no, fail), false],
    ['anyOf, if none admits', anyOf(no, no), false],
    ['anyOf, if one admits', anyOf(no, yes), true],
    ['anyOf, if one returns a truthy value', anyOf(truthy), false],
    ['anyOf, if one admits after another threw', anyOf(fail, yes), true],
  ])('return the right answer: %s', async (_, authorize, isAdmitted) => {
    expect(await authorize(head({}))).toBe(isAdmitted);
  });

  it('throw what an authorizer throws if that decides', async () => {
    await expect(allOf(yes, fail)(head({}))).rejects.toThrow('mine');
    await expect(anyOf(no, fail)(head({}))).rejects.toThrow('mine');
  });

  it.each<[unknown[], string]>([
    [[], 'authorizers: expected at least one'],
    [[yes, undefined], 'authorizers[1]: expected a function, got undefined'],
  ])('throw a TypeError for the authorizers %o', (authorizers, message) => {
    for (const join of [allOf, anyOf])
      expect(() => join(...(authorizers as Authorizer[]))).toThrow(new TypeError(message));
  });
});
