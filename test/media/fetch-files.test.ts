// fetchFiles: the files of a message, one after the other.

import { once } from 'node:events';
import { setDefaultAutoSelectFamily } from 'node:net';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { Agent, MockAgent } from 'undici';
import { describe, expect, it, vi } from 'vitest';
import * as fetchOnly from '../../src/media/fetch-only.ts';
import { fetchFiles, MediaError } from '../../src/media/node.ts';
import type { FailedFile, FetchedFile, MediaOptions } from '../../src/media/node.ts';
import { hosting, hostingFiles, hostingRaw, LOCAL } from '../helpers/media.ts';

type Fetch = (files: readonly string[], options?: MediaOptions) => AsyncGenerator<FetchedFile | FailedFile, void>;

const platforms: readonly (readonly [platform: string, fetch: Fetch])[] = [
  ['Node.js', (files, options) => fetchFiles({ files }, { ...LOCAL, ...options })],
  [
    'fetch',
    (files, options) => fetchOnly.fetchFiles({ files }, { allowHosts: ['127.0.0.1'], retryDelayMs: 1, ...options }),
  ],
];

/** The text of each file, or the code of its error. */
async function textsOf(results: AsyncIterable<FetchedFile | FailedFile>): Promise<string[]> {
  const texts: string[] = [];
  for await (const file of results) {
    texts.push(file.success ? await new Response(file.body).text().catch(codeOf) : file.error.code);
  }
  return texts;
}

const codeOf = (error: unknown): string => String((error as { code: unknown }).code);

/** The error of the only file. */
async function errorOf(results: AsyncGenerator<FetchedFile | FailedFile, void>): Promise<MediaError | undefined> {
  const { value } = await results.next();
  await results.return();
  return value?.error;
}

describe.each(platforms)('fetchFiles with %s', (_, fetch) => {
  it('returns each file in wire order, with what the server claims', async () => {
    const base = await hostingFiles({
      a: ['abc', 'text/plain; charset=utf-8'],
      b: '',
      c: (response) => response.write('d') && response.end(),
    });
    const results: unknown[] = [];
    for await (const file of fetch([`${base}a`, `${base}b?x=1`, `${base}c`, `${base}missing`, 'nothing'])) {
      results.push(
        file.success ? { ...file, body: await new Response(file.body).text() } : { ...file, error: file.error.code },
      );
    }
    expect(results).toEqual([
      { success: true, index: 0, url: `${base}a`, contentType: 'text/plain; charset=utf-8', size: 3, body: 'abc' },
      { success: true, index: 1, url: `${base}b?x=1`, size: 0, body: '' },
      { success: true, index: 2, url: `${base}c`, body: 'd' },
      { success: false, index: 3, url: `${base}missing`, error: 'GONE' },
      { success: false, index: 4, url: 'nothing', error: 'BAD_URL' },
    ]);
  });

  it('fetches nothing before the iteration starts, and only one file at a time', async () => {
    const requested: string[] = [];
    const base = await hosting(({ url }, response) => {
      requested.push(String(url));
      response.end('a');
    });
    const results = fetch([`${base}1`, `${base}2`]);
    expect(requested).toEqual([]);
    await results.next();
    expect(requested).toEqual(['/1']);
    await results.next();
    expect(requested).toEqual(['/1', '/2']);
    expect((await results.next()).done).toBe(true);
  });

  it.each(['asking for the next file', 'leaving the loop'])('closes an unread body when %s', async (how) => {
    let closed: () => void = () => undefined;
    const isClosed = new Promise<void>((resolve) => (closed = resolve));
    const base = await hostingFiles({
      endless: (response) => {
        response.once('close', closed);
        response.write('a');
      },
      b: 'b',
    });
    const results = fetch([`${base}endless`, `${base}b`]);
    const { value: first } = await results.next();
    const next = how === 'leaving the loop' ? results.return() : results.next();
    await isClosed;
    await next;
    if (first?.success !== true) throw new Error('The first file failed.');
    await expect(new Response(first.body).text()).rejects.toThrow('The rest of the body was given up');
    await results.return();
  });

  it('closes the connection when a body is cancelled', async () => {
    let closed: () => void = () => undefined;
    const isClosed = new Promise<void>((resolve) => (closed = resolve));
    const base = await hosting((_request, response) => {
      response.once('close', closed);
      response.write('a');
    });
    const results = fetch([base]);
    const { value } = await results.next();
    if (value?.success !== true) throw new Error('The file failed.');
    await value.body.cancel();
    await isClosed;
    await results.return();
  });

  it('errors the body if the rest of it is lost', async () => {
    const base = await hostingRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc');
      setTimeout(() => socket.destroy(), 20);
    });
    const results = fetch([base]);
    const { value } = await results.next();
    if (value?.success !== true) throw new Error('The file failed.');
    const error: unknown = await new Response(value.body).text().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MediaError);
    expect(error).toMatchObject({ code: 'NETWORK', index: 0, host: new URL(base).host });
    await results.return();
  });

  it('counts the time only while somebody reads', async () => {
    const base = await hosting((_request, response) => {
      response.write('a');
      setTimeout(() => response.end('b'), 100);
    });
    const texts: string[] = [];
    for await (const file of fetch([base], { stallTimeoutMs: 1000 })) {
      await new Promise((resolve) => setTimeout(resolve, 1200));
      texts.push(file.success ? await new Response(file.body).text() : file.error.code);
    }
    expect(texts).toEqual(['ab']);
  });

  it('tries again after each status that may pass, and not after others', async () => {
    const counts: Record<string, number> = {};
    const base = await hosting(({ url }, response) => {
      const status = Number(url?.slice(1));
      const count = (counts[status] = (counts[status] ?? 0) + 1);
      response.writeHead(count === 3 ? 200 : status).end('a');
    });
    const statuses = [204, 206, 304, 400, 401, 403, 404, 410, 429, 500, 502, 503, 504];
    const texts = await textsOf(
      fetch(
        statuses.map((status) => base + String(status)),
        { retries: 2 },
      ),
    );
    expect(
      Object.fromEntries(statuses.map((status, n) => [status, `${texts[n] ?? ''} ${String(counts[status])}`])),
    ).toEqual({
      204: 'HTTP_STATUS 1',
      206: 'HTTP_STATUS 1',
      304: 'HTTP_STATUS 1',
      400: 'HTTP_STATUS 1',
      401: 'HTTP_STATUS 1',
      403: 'HTTP_STATUS 1',
      404: 'GONE 2',
      410: 'GONE 1',
      429: 'a 3',
      500: 'a 3',
      502: 'a 3',
      503: 'a 3',
      504: 'a 3',
    });
  });

  it('finds a file that appears later than its message, and says 404 if it is asked for once', async () => {
    let requests = 0;
    const base = await hosting((_request, response) => {
      response.writeHead([404, 503, 200][requests++] ?? 404).end('a');
    });
    expect(await textsOf(fetch([base]))).toEqual(['a']);
    requests = 3;
    const error = await errorOf(fetch([base], { retries: 0 }));
    expect(error?.message).toBe(`files[0] (${new URL(base).host}): The server answered 404. Expected 200`);
    expect(error?.code).toBe('HTTP_STATUS');
  });

  it('counts 404 twice also with other failures between', async () => {
    let requests = 0;
    const base = await hosting((_request, response) => {
      response.writeHead([404, 503, 404][requests++] ?? 200).end('a');
    });
    expect(await textsOf(fetch([base]))).toEqual(['GONE']);
  });

  it('tries again after a lost connection before the first byte of the body', async () => {
    const base = await hostingRaw((socket, n) => {
      if (n === 1) socket.destroy();
      else if (n === 2) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n');
      else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\na');
    });
    expect(await textsOf(fetch([base]))).toEqual(['a']);
  });

  it('waits as long as the server asks for', async () => {
    const times: number[] = [];
    const base = await hosting((_request, response) => {
      times.push(performance.now());
      const retryAfter = [String(1), new Date(Date.now() + 1500).toUTCString(), 'soon'][times.length - 1];
      if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter).writeHead(503);
      response.end('a');
    });
    expect(await textsOf(fetch([base]))).toEqual(['a']);
    const [first = 0, second = 0, third = 0, fourth = 0] = times;
    expect(second - first).toBeGreaterThan(990);
    // The date has whole seconds.
    expect(third - second).toBeGreaterThan(400);
    expect(fourth - third).toBeLessThan(400);
  });

  it('follows redirects, relative ones too, and counts them', async () => {
    const base = await hosting(({ url }, response) => {
      const n = Number(url?.slice(1));
      if (n === 0) response.end('a');
      else response.writeHead([301, 302, 303, 307, 308][n % 5] ?? 302, { location: String(n - 1) }).end('ignored');
    });
    expect(await textsOf(fetch([`${base}3`, `${base}4`]))).toEqual(['a', 'TOO_MANY_REDIRECTS']);
    expect(await textsOf(fetch([`${base}9`], { maxRedirects: 9 }))).toEqual(['a']);
    expect(await textsOf(fetch([`${base}0`, `${base}1`], { maxRedirects: 0 }))).toEqual(['a', 'TOO_MANY_REDIRECTS']);
  });

  it('does not follow a redirect without Location, or other statuses with one', async () => {
    const base = await hosting(({ url }, response) => {
      if (url === '/300') response.setHeader('location', '/a');
      response.writeHead(Number(url?.slice(1))).end();
    });
    expect(await textsOf(fetch([`${base}302`, `${base}300`]))).toEqual(['HTTP_STATUS', 'HTTP_STATUS']);
  });

  it('decompresses, and claims no size then', async () => {
    const base = await hosting((_request, response) => {
      response.setHeader('content-encoding', 'GZIP').end(gzipSync('Hello'));
    });
    for await (const file of fetch([base])) {
      if (!file.success) throw file.error;
      expect([file.size, await new Response(file.body).text()]).toEqual([undefined, 'Hello']);
    }
  });

  it('counts the bytes of all files, but not those of failed attempts', async () => {
    let requests = 0;
    const base = await hosting((_request, response) => {
      if (++requests === 1) response.writeHead(200, { 'content-length': 200 }).end();
      else response.end('a'.repeat(100));
    });
    const urls = [`${base}1`, `${base}2`, `${base}3`];
    const texts = await textsOf(fetch(urls, { maxTotalBytes: 200, maxFileBytes: 100 }));
    expect(texts.map((text) => text.slice(0, 3))).toEqual(['TOO', 'aaa', 'aaa']);
    const error = await errorOf(fetch(urls, { maxFileBytes: 99 }));
    expect(error?.message).toBe(`files[0] (${new URL(base).host}): The file has more than 99 bytes (maxFileBytes)`);
  });

  it('says which timeout has passed', async () => {
    const base = await hostingRaw(() => undefined);
    const messages: string[] = [];
    for (const options of [{ stallTimeoutMs: 30 }, { timeoutMs: 40 }, { totalTimeoutMs: 50 }]) {
      const error = await errorOf(fetch([base], { ...options, retries: 1 }));
      messages.push(`${String(error?.code)} ${String(error?.message.replace(/.*\): /, ''))}`);
    }
    expect(messages).toEqual([
      'TIMEOUT No byte arrived within 30 ms (stallTimeoutMs)',
      'TIMEOUT The file was not complete within 40 ms (timeoutMs)',
      'TIMEOUT Not all files were complete within 50 ms (totalTimeoutMs)',
    ]);
  });

  it('ends with the total time also while it waits for a retry', async () => {
    const base = await hosting((_request, response) => response.writeHead(503).end());
    const error = await errorOf(fetch([base], { totalTimeoutMs: 50, retryDelayMs: 60_000 }));
    expect(error?.code).toBe('TIMEOUT');
  });

  it('turns timeouts off with Infinity', async () => {
    const base = await hostingFiles({ a: 'a' });
    const off = { timeoutMs: Infinity, stallTimeoutMs: Infinity, totalTimeoutMs: Infinity, maxFileBytes: Infinity };
    expect(await textsOf(fetch([`${base}a`], { ...off, maxTotalBytes: Infinity }))).toEqual(['a']);
  });

  it('rejects with the reason of the signal: before, while waiting for the server, and for a retry', async () => {
    const silent = await hostingRaw(() => undefined);
    const failing = await hosting((_request, response) => response.writeHead(503).end());
    const reason = new Error('stopped');
    const before = fetch([silent], { signal: AbortSignal.abort(reason) });
    await expect(before.next()).rejects.toBe(reason);
    for (const url of [silent, failing]) {
      const stopping = new AbortController();
      const results = fetch([url], { signal: stopping.signal, retryDelayMs: 60_000 });
      setTimeout(() => {
        stopping.abort(reason);
      }, 30);
      await expect(results.next()).rejects.toBe(reason);
      expect((await results.next()).done).toBe(true);
    }
  });

  it('errors a body with the reason of the signal', async () => {
    const stopping = new AbortController();
    const base = await hosting((_request, response) => {
      response.write('a');
    });
    const results = fetch([base], { signal: stopping.signal });
    const { value } = await results.next();
    if (value?.success !== true) throw new Error('The file failed.');
    const text = new Response(value.body).text();
    const reason = new Error('stopped');
    setTimeout(() => {
      stopping.abort(reason);
    }, 20);
    await expect(text).rejects.toBe(reason);
    await expect(results.next()).resolves.toEqual({ done: true, value: undefined });
  });

  it('sends few headers, and those of the options', async () => {
    const base = await hosting(({ headers, method }, response) => {
      const { accept, authorization } = headers;
      response.end(JSON.stringify([method, accept, authorization, headers['accept-encoding'], headers['user-agent']]));
    });
    const [plain = '', own = ''] = [
      ...(await textsOf(fetch([base]))),
      ...(await textsOf(fetch([base], { headers: { Authorization: 'a', 'User-Agent': 'b' } }))),
    ];
    expect(JSON.parse(plain)).toEqual(['GET', '*/*', null, 'identity', 'mo-postback']);
    expect(JSON.parse(own)).toEqual(['GET', '*/*', 'a', 'identity', 'b']);
  });
});

it('does not rely on every fetch: an empty body may be none, and a body may be too short', async () => {
  // A mock: the fetch of Node.js always has a body.
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(null, { headers: { 'content-length': '0' } })));
  expect(await textsOf(fetchOnly.fetchFiles({ files: ['http://a.example/'] }, { allowHosts: ['a.example'] }))).toEqual([
    '',
  ]);
  // Not every fetch notices that a body is shorter than its length.
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('a', { headers: { 'content-length': '2' } })));
  const options = { allowHosts: ['a.example'], retries: 0 };
  expect(await textsOf(fetchOnly.fetchFiles({ files: ['http://a.example/'] }, options))).toEqual(['NETWORK']);
  vi.unstubAllGlobals();
});

describe('a dispatcher of the caller', () => {
  it('is used instead of checks of addresses, and is not closed', async () => {
    const dispatcher = new MockAgent();
    dispatcher.disableNetConnect();
    const pool = dispatcher.get('http://127.0.0.1');
    const answer = { headers: { 'content-type': ['image/jpeg', 'b'] } };
    pool.intercept({ path: '/1.jpg?a' }).reply(200, 'a', answer).times(2);
    for (let n = 0; n < 2; n++) {
      for await (const file of fetchFiles({ files: ['http://127.0.0.1/1.jpg?a'] }, { dispatcher })) {
        if (!file.success) throw file.error;
        expect([file.contentType, await new Response(file.body).text()]).toEqual(['image/jpeg, b', 'a']);
      }
    }
    await dispatcher.close();
  });

  it('may answer when nobody waits any more', async () => {
    const body = new Readable({ read: () => undefined });
    const closed = once(body, 'close');
    const late = [
      () => Promise.resolve({ statusCode: 200, headers: {}, body }),
      () => Promise.reject(new Error('too late')),
    ];
    const dispatcher = {
      request: async (): Promise<unknown> => {
        const answer = late.shift();
        await new Promise((resolve) => setTimeout(resolve, 60));
        return answer?.();
      },
    };
    const files = ['http://a.example/1', 'http://a.example/2'];
    const results = fetchFiles({ files }, { dispatcher, retries: 0, stallTimeoutMs: 20 });
    expect(await textsOf(results)).toEqual(['TIMEOUT', 'TIMEOUT']);
    await closed;
  });

  it('may be an Agent', async () => {
    const dispatcher = new Agent();
    const base = await hostingFiles({ a: 'a' });
    expect(await textsOf(fetchFiles({ files: [`${base}a`] }, { dispatcher }))).toEqual(['a']);
    await dispatcher.close();
  });
});

describe('a host', () => {
  it('of a private network may have more addresses than those that are allowed', async () => {
    const base = await hostingFiles({ a: 'a' });
    const url = `${base.replace('127.0.0.1', 'localhost')}a`;
    expect(await textsOf(fetchFiles({ files: [url] }, LOCAL))).toEqual(['a']);
  });

  it('is checked in the same way if Node.js uses only one of its addresses', async () => {
    const base = await hostingFiles({ a: 'a' });
    const url = `${base.replace('127.0.0.1', 'localhost')}a`;
    setDefaultAutoSelectFamily(false);
    expect(await textsOf(fetchFiles({ files: [url] }, LOCAL))).toEqual(['a']);
    expect(await textsOf(fetchFiles({ files: [url] }))).toEqual(['ADDRESS_NOT_ALLOWED']);
    setDefaultAutoSelectFamily(true);
  });

  it('that does not exist is a network error', async () => {
    const error = await errorOf(fetchFiles({ files: ['http://does-not-exist.invalid/'] }, { retries: 0 }));
    expect([error?.code, error?.host]).toEqual(['NETWORK', 'does-not-exist.invalid']);
    expect(error?.message).toMatch(/: The connection failed \((ENOTFOUND|EAI_AGAIN)\)$/);
  });

  it('without a server is a network error', async () => {
    const error = await errorOf(fetchFiles({ files: ['http://127.0.0.1:9999/'] }, { ...LOCAL, retries: 0 }));
    expect(error?.message).toBe('files[0] (127.0.0.1:9999): The connection failed (ECONNREFUSED)');
    expect(JSON.stringify({ error })).toBe(
      '{"error":{"name":"MediaError","code":"NETWORK","index":0,"host":"127.0.0.1:9999",' +
        '"message":"files[0] (127.0.0.1:9999): The connection failed (ECONNREFUSED)"}}',
    );
  });

  it('that sends an unknown Content-Encoding is a network error', async () => {
    const base = await hosting((_, response) => response.setHeader('content-encoding', 'zstd, br').end('a'));
    const error = await errorOf(fetchFiles({ files: [base] }, { ...LOCAL, retries: 0 }));
    expect(error?.message).toMatch(/: The server sent a Content-Encoding that is not supported\. Expected none$/);
  });

  it('may send a Content-Encoding that means nothing', async () => {
    const base = await hosting((_, response) => response.setHeader('content-encoding', 'aws-chunked').end('a'));
    expect(await textsOf(fetchFiles({ files: [base] }, LOCAL))).toEqual(['a']);
  });

  it.each(['deflate', 'br'])('may compress with %s', async (coding) => {
    const { brotliCompressSync, deflateSync } = await import('node:zlib');
    const compress = coding === 'br' ? brotliCompressSync : deflateSync;
    const base = await hosting((_, response) => response.setHeader('content-encoding', coding).end(compress('Hello')));
    expect(await textsOf(fetchFiles({ files: [base] }, LOCAL))).toEqual(['Hello']);
  });
});

it('without undici, says how to install it', async () => {
  vi.resetModules();
  vi.doMock('undici', () => {
    throw new Error('not installed');
  });
  const media = await import('../../src/media/node.ts');
  await expect(media.fetchFiles({ files: ['http://example.com/'] }).next()).rejects.toThrow(
    'On Node.js, mo-postback/media needs undici, which could not be loaded. Install it: npm install undici@7',
  );
  vi.doUnmock('undici');
  vi.resetModules();
});
