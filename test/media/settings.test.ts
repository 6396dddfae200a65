// The options of mo-postback/media, and its arguments.

import { describe, expect, it } from 'vitest';
import type { AttemptFailure } from '../../src/media/errors.ts';
import { locationOf } from '../../src/media/location.ts';
import * as fetchOnly from '../../src/media/fetch-only.ts';
import { fetchFiles, readMms, saveFiles } from '../../src/media/node.ts';
import type { MediaOptions } from '../../src/media/node.ts';
import { resolveMediaOptions } from '../../src/media/settings.ts';
import { thrownBy } from '../helpers/thrown-by.ts';

const mms = { files: ['https://content.example.com/1.jpg'] };
const wrong = (options: object): MediaOptions => options;

describe('a wrong option is an error that names it', () => {
  it.each([
    [{ timeOutMs: 1 }, TypeError, 'options.timeOutMs: unknown option. Did you mean timeoutMs?'],
    [{ directory: 'a' }, TypeError, 'options.directory: unknown option. Expected one of allowHosts, allowAddresses'],
    [{ allowHosts: 'a' }, TypeError, 'options.allowHosts: expected a list of host names'],
    [{ allowHosts: ['https://a.example'] }, TypeError, '*.example.com, got "https://a.example"'],
    [{ allowHosts: ['a.example:8080'] }, TypeError, 'got "a.example:8080"'],
    [{ allowHosts: ['a.*.example'] }, TypeError, 'got "a.*.example"'],
    [{ allowHosts: ['*'] }, TypeError, 'got "*"'],
    [{ allowHosts: [''] }, TypeError, 'got ""'],
    [{ allowHosts: ['[::g]'] }, TypeError, 'got "[::g]"'],
    [{ allowHosts: ['1.2.3.999'] }, TypeError, 'got "1.2.3.999"'],
    [{ allowHosts: [7] }, TypeError, 'got number'],
    [{ allowAddresses: ['10.0.0.0/33'] }, TypeError, 'options.allowAddresses: expected an address or a CIDR range'],
    [{ httpsOnly: 1 }, TypeError, 'options.httpsOnly: expected a boolean, got number'],
    [{ headers: null }, TypeError, 'options.headers: expected an object, got null'],
    [{ headers: { Host: 'a' } }, TypeError, 'options.headers: host cannot be set'],
    [{ headers: { Range: 'a' } }, TypeError, 'options.headers: range cannot be set'],
    [{ headers: { 'a b': 'c' } }, TypeError, 'options.headers: "a b" or its value is not valid in HTTP'],
    [{ dispatcher: {} }, TypeError, 'options.dispatcher: expected a dispatcher of undici, for example a ProxyAgent'],
    [{ dispatcher: null }, TypeError, 'options.dispatcher: expected a dispatcher'],
    [{ signal: {} }, TypeError, 'options.signal: expected an AbortSignal'],
    [{ signal: null }, TypeError, 'options.signal: expected an AbortSignal'],
    [{ maxFileBytes: '1' }, TypeError, 'options.maxFileBytes: expected a number, got string'],
    [{ maxTotalBytes: 0 }, RangeError, 'options.maxTotalBytes: expected a whole number above 0, or Infinity, got 0'],
    [{ timeoutMs: -1 }, RangeError, 'options.timeoutMs: expected milliseconds, got -1'],
    [{ retryDelayMs: Number.NaN }, RangeError, 'options.retryDelayMs: expected milliseconds, got NaN'],
    [{ retries: 1.5 }, RangeError, 'options.retries: expected a whole number, or Infinity, got 1.5'],
    [{ maxRedirects: -1 }, RangeError, 'options.maxRedirects: expected a whole number, or Infinity, got -1'],
    [{ concurrency: 0 }, RangeError, 'options.concurrency: expected a whole number above 0'],
  ])('%j', async (options, type, message) => {
    const error = thrownBy(() => fetchFiles(mms, wrong(options)));
    expect(error).toBeInstanceOf(type);
    expect(String(error)).toContain(message);
    await expect(readMms(mms, wrong(options))).rejects.toThrow(message);
  });

  it('although the value of a header may be secret: it is not in the message', () => {
    const error = thrownBy(() => fetchFiles(mms, { headers: { authorization: 'Bearer a\nb' } }));
    expect(String(error)).toBe('TypeError: options.headers: "authorization" or its value is not valid in HTTP');
  });

  it.each([
    [{ files: 'a' }, 'mms: expected an MmsMo, whose files are a list of strings'],
    [{ files: [1] }, 'mms: expected an MmsMo'],
    [{}, 'mms: expected an MmsMo'],
    [undefined, 'mms: expected an MmsMo'],
    [null, 'mms: expected an MmsMo'],
  ])('as is a wrong message: %j', async (message, problem) => {
    const given = message as typeof mms;
    expect(() => fetchFiles(given)).toThrow(
      new TypeError(`${problem.split(',')[0]}, whose files are a list of strings`),
    );
    await expect(readMms(given)).rejects.toThrow(
      new TypeError('source: expected an MmsMo, or what saveFiles has returned'),
    );
    await expect(saveFiles(given, { directory: 'a' })).rejects.toThrow(TypeError);
  });

  it('as is a folder that is not a path', async () => {
    await expect(saveFiles(mms, { directory: '' })).rejects.toThrow("options.directory: expected a path, got ''");
    await expect(saveFiles(mms, {} as { directory: string })).rejects.toThrow('expected a path, got undefined');
  });
});

describe('options', () => {
  it('may be undefined', () => {
    const names = Object.keys(resolveMediaOptions({}, true));
    const settings = resolveMediaOptions(Object.fromEntries(names.map((name) => [name, undefined])), true);
    expect(settings).toEqual(resolveMediaOptions({}, true));
  });

  it('have the documented defaults', () => {
    expect(resolveMediaOptions({}, true)).toEqual({
      allowHosts: undefined,
      allowAddresses: [],
      httpsOnly: false,
      headers: {},
      dispatcher: undefined,
      maxFileBytes: 10_485_760,
      maxTotalBytes: 52_428_800,
      timeoutMs: 60_000,
      stallTimeoutMs: 10_000,
      totalTimeoutMs: 300_000,
      retries: 3,
      retryDelayMs: 500,
      maxRedirects: 3,
      concurrency: 4,
      signal: undefined,
    });
  });

  it('accept a Headers', () => {
    const { headers } = resolveMediaOptions({ headers: new Headers({ 'X-A': 'b' }) as never }, true);
    expect(headers).toEqual({ 'x-a': 'b' });
  });
});

describe('allowHosts', () => {
  const isAllowed = (host: string, ...allowHosts: string[]): boolean => {
    try {
      locationOf(`http://${host}/`, { index: 0, url: '' }, resolveMediaOptions({ allowHosts }, true));
      return true;
    } catch (error) {
      expect((error as AttemptFailure).error.code).toBe('HOST_NOT_ALLOWED');
      return false;
    }
  };

  it.each([
    ['content.example.com', 'Content.Example.COM'],
    ['CONTENT.example.com.', 'content.example.com'],
    ['content.example.com', 'content.example.com.'],
    ['a.b.example.com', '*.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'BÜCHER.example'],
    ['192.0.2.1:8080', '192.0.2.1'],
    ['[2001:db8::1]', '[2001:DB8:0::1]'],
  ])('allows %s by %s', (host, pattern) => {
    expect(isAllowed(host, 'other.example', pattern)).toBe(true);
  });

  it.each([
    ['example.com', '*.example.com'],
    ['badexample.com', '*.example.com'],
    ['content.example.com.evil.example', 'content.example.com'],
    ['a.content.example.com', 'content.example.com'],
  ])('does not allow %s by %s', (host, pattern) => {
    expect(isAllowed(host, pattern)).toBe(false);
  });

  it('allows no host if it is empty', () => {
    expect(isAllowed('content.example.com')).toBe(false);
  });
});

describe('where only fetch exists', () => {
  it('allowHosts is required, except for saved files', async () => {
    expect(() => fetchOnly.fetchFiles(mms)).toThrow(
      new TypeError(
        'options.allowHosts: expected a list of host names. Outside Node.js it is required, because the addresses ' +
          'that names lead to cannot be checked there',
      ),
    );
    await expect(fetchOnly.readMms(mms)).rejects.toThrow(TypeError);
  });

  it.each(['allowAddresses', 'dispatcher'])('%s is refused', (name) => {
    const options = wrong({ allowHosts: ['a.example'], [name]: [] });
    expect(() => fetchOnly.fetchFiles(mms, options)).toThrow(
      new TypeError(`options.${name}: works only on Node.js. Expected no value`),
    );
  });

  it('there is no file system', async () => {
    const message = 'This platform has no file system for saveFiles. Use fetchFiles, or readMms with a message';
    await expect(fetchOnly.saveFiles(mms, { directory: 'a', allowHosts: [] })).rejects.toThrow(message);
    await expect(fetchOnly.readMms({ directory: 'a', files: [] })).rejects.toThrow(message);
  });
});
