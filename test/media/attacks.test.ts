// Every row of the table "Attacks" in docs/media.md.

import dns from 'node:dns';
import { createServer } from 'node:http';
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { Agent } from 'undici';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fetchFiles, readMms, saveFiles } from '../../src/media/node.ts';
import type { MediaOptions } from '../../src/media/node.ts';
import { hosting, hostingFiles, hostingHttps, hostingRaw, JPEG, LOCAL } from '../helpers/media.ts';
import { createSandbox } from '../helpers/sandbox.ts';
import { listening } from '../helpers/server.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/media.md'), 'utf8');
const [, section = ''] = page.split('## Attacks');
const rows = [...section.matchAll(/^\| (.*?) *\| (.*?) *\|$/gm)]
  .map(([, attack = '', result = '']): [string, string] => [attack, result])
  .filter(([attack]) => attack !== 'what somebody tries' && !attack.startsWith('--'));

const sandbox = createSandbox();
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** What each function reports for these URLs: the codes of the errors, or `''` for a file without one. */
async function codesOf(files: readonly string[], options: MediaOptions = {}): Promise<string[]> {
  const directory = sandbox.newPath();
  const fetched: string[] = [];
  for await (const file of fetchFiles({ files }, options)) {
    fetched.push(file.success ? await new Response(file.body).bytes().then(() => '', codeOf) : file.error.code);
  }
  const saved = await saveFiles({ files }, { ...options, directory });
  const read = await readMms({ files }, options);
  const all = [
    fetched,
    saved.files.map(({ error }) => error?.code ?? ''),
    read.parts.toSorted((a, b) => a.index - b.index).map(({ error }) => error?.code ?? ''),
  ];
  for (const { error } of saved.files) expect(String(error?.message)).not.toContain('secret');
  expect(new Set(all.map(String)).size, JSON.stringify(all)).toBe(1);
  if (fetched.every((code) => code !== '')) expect(readdirSync(directory)).toEqual(['manifest.json']);
  return fetched;
}

const codeOf = (error: unknown): string => (error as { code: string }).code;

/** The code that all URLs get. */
async function codeOfAll(files: readonly string[], options: MediaOptions = {}): Promise<string> {
  const codes = new Set(
    await codesOf(
      files.map((url) => (url.includes('//') ? `${url}?key=secret` : url)),
      options,
    ),
  );
  return [...codes].join();
}

const addressesOf = (...hosts: string[]): Promise<string> => codeOfAll(hosts.map((host) => `http://${host}/`));

/** The code for a content host that answers in this way. */
async function codeOfHost(listener: Parameters<typeof hosting>[0], options: MediaOptions = {}): Promise<string> {
  return codeOfAll([`${await hosting(listener)}1.jpg`], { ...LOCAL, ...options });
}

async function codeOfRawHost(onRequest: Parameters<typeof hostingRaw>[0], options: MediaOptions = {}): Promise<string> {
  return codeOfAll([`${await hostingRaw(onRequest)}1.jpg`], { ...LOCAL, ...options });
}

type Callback = (error: null, addresses: readonly dns.LookupAddress[]) => void;

/** A mock: a test cannot change the names of the system's resolver. */
function resolving(addressesAt: (lookup: number) => readonly string[]): void {
  let lookups = 0;
  const lookup = (_name: string, _options: object, callback: Callback): void => {
    callback(
      null,
      addressesAt(lookups++).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  vi.spyOn(dns, 'lookup').mockImplementation(lookup as never);
}

const endless = (response: {
  write: (chunk: Uint8Array) => boolean;
  once: (event: 'drain', next: () => void) => unknown;
}): void => {
  const chunk = new Uint8Array(65_536);
  const next = (): void => {
    while (response.write(chunk));
    response.once('drain', next);
  };
  next();
};

const SLOW = { retries: 0, stallTimeoutMs: 50 };

/** What happens, by the first column of the table. */
const attacks: Readonly<Record<string, () => Promise<string>>> = {
  'a text that is no URL (`URL of Content Here`, `example.com`, an empty one)': () =>
    codeOfAll([
      'URL of Content Here',
      'example.com',
      'www.example.com/1.jpg',
      '',
      ' ',
      '//example.com/',
      'http://',
      'http://a b/',
    ]),
  'another scheme (`file:`, `ftp:`, `data:`, `javascript:`)': () =>
    codeOfAll([
      'file:///etc/passwd',
      'ftp://example.com/',
      'data:text/plain,a',
      'javascript:1',
      'blob:http://a.example/b',
      'example.com:80/',
    ]),
  'a user name or password in the URL': () =>
    codeOfAll(['http://user@example.com/', 'http://:secret@example.com/', 'https://a:b@127.0.0.1/']),
  'the port of another protocol (mail, SSH, IRC)': () =>
    codeOfAll([
      'http://example.com:25/',
      'http://example.com:22/',
      'https://example.com:6667/',
      'http://127.0.0.1:6000/',
      'http://example.com:0/',
    ]),
  'an address of this machine or of its network': () =>
    addressesOf(
      '127.0.0.1',
      '127.9.9.9',
      '0.0.0.0',
      '10.0.0.1',
      '172.16.0.1',
      '192.168.1.1',
      '100.64.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '[::1]',
      '[::]',
      '[fe80::1]',
      '[fd00::1]',
      '[ff02::1]',
    ),
  'such an address in another spelling (`http://2130706433/`, `http://0x7f.1/`)': () =>
    addressesOf(
      '2130706433',
      '0x7f.1',
      '0x7f000001',
      '0177.0.0.1',
      '127.1',
      '127.0.1',
      '017700000001',
      '127.0.0.1.',
      '%31%32%37.0.0.1',
      '１２７.0.0.1',
      '127。0。0。1',
      '[0:0:0:0:0:0:0:1]',
      '0',
    ),
  'such an IPv4 address inside an IPv6 address (mapped, compatible, 6to4, NAT64, ISATAP)': () =>
    addressesOf(
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[::127.0.0.1]',
      '[::ffff:0:127.0.0.1]',
      '[2002:7f00:1::]',
      '[64:ff9b::7f00:1]',
      '[64:ff9b::10.0.0.1]',
      '[2606:4700::5efe:127.0.0.1]',
      '[2606:4700::200:5efe:a00:1]',
    ),
  'the metadata service of a cloud': () =>
    addressesOf(
      '169.254.169.254',
      '168.63.129.16',
      '100.100.100.200',
      '192.0.0.192',
      '[fd00:ec2::254]',
      '[::ffff:169.254.169.254]',
      '[::ffff:168.63.129.16]',
      '169.254.170.2',
    ),
  'a name that leads to such an address (`http://localhost./`)': () =>
    addressesOf('localhost', 'localhost.', 'LOCALHOST', 'localhost:8080', 'a.localhost'),
  'a name with a public and a private address': async () => {
    resolving(() => ['8.8.8.8', '10.0.0.1']);
    return addressesOf('content.example.com');
  },
  'a name that leads elsewhere after it was checked': async () => {
    let requests = 0;
    const server = createServer((_, response) => {
      requests++;
      response.end('secret');
    });
    const port = await listening(server);
    // Nobody listens at the address that is allowed. The other one is that of the server.
    resolving((lookup) => [lookup % 2 === 0 ? '127.0.0.2' : '127.0.0.1']);
    const options = { allowAddresses: ['127.0.0.2'], retryDelayMs: 1, retries: 1 };
    const code = await codeOfAll([`http://content.example.com:${String(port)}/`], options);
    expect(requests).toBe(0);
    return code;
  },
  'a redirect to such an address': async () => {
    const targets = ['http://10.0.0.1/', 'http://169.254.169.254/latest/', '//[::1]/', 'http://localhost/'];
    const base = await hosting((request, response) => {
      response.writeHead(302, { location: targets[Number(request.url?.[1])] }).end();
    });
    resolving(() => ['::1']);
    return codeOfAll(
      targets.map((_, n) => `${base}${String(n)}`),
      LOCAL,
    );
  },
  'a redirect to another scheme': async () => {
    const targets = [
      'file:///etc/passwd',
      'ftp://example.com/',
      'data:text/plain,a',
      'http://',
      'http://a:b@example.com/',
      'http://example.com:25/',
    ];
    const base = await hosting((request, response) => {
      response.writeHead(301, { location: targets[Number(request.url?.[1])] }).end();
    });
    return codeOfAll(
      targets.map((_, n) => `${base}${String(n)}`),
      LOCAL,
    );
  },
  'a redirect to a host that is not in `allowHosts`': () =>
    codeOfHost((_, response) => response.writeHead(307, { location: 'http://evil.example/' }).end(), {
      allowHosts: ['127.0.0.1'],
    }),
  'a redirect from https to http, with `httpsOnly`': async () => {
    const base = await hostingHttps((_, response) => {
      response.writeHead(302, { location: 'http://content.example.com/' }).end();
    });
    const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
    const code = await codeOfAll([`${base}1.jpg`, 'http://content.example.com/'], { dispatcher, httpsOnly: true });
    await dispatcher.close();
    return code;
  },
  'redirects without end': () =>
    codeOfHost((request, response) => response.writeHead(302, { location: `${String(request.url)}/a` }).end()),
  'a redirect to another origin, to read your `headers`': async () => {
    const seen: (string | undefined)[] = [];
    const other = await hosting(({ headers }, response) => {
      seen.push(headers.authorization);
      response.end('a');
    });
    const code = await codeOfHost(
      ({ headers, url }, response) => {
        expect(headers.authorization).toBe('Bearer secret');
        const location = String(url).startsWith('/1.jpg') ? '/same-origin' : other;
        response.writeHead(308, { location }).end();
      },
      { headers: { authorization: 'Bearer secret' } },
    );
    expect(seen).toEqual([undefined, undefined, undefined]);
    return code === '' ? 'they are not sent' : code;
  },
  'a cookie that would recognise your server': async () => {
    const cookies: (string | undefined)[] = [];
    const code = await codeOfHost(({ headers, url }, response) => {
      cookies.push(headers.cookie);
      response.setHeader('set-cookie', 'a=b; Path=/');
      if (String(url).startsWith('/1.jpg')) response.writeHead(302, { location: '/2.jpg' });
      response.end('a');
    });
    expect(cookies).toEqual([undefined, undefined, undefined, undefined, undefined, undefined]);
    return code === '' ? 'it is not kept' : code;
  },
  'a proxy in the environment of the process': async () => {
    let requests = 0;
    const proxy = await hosting((_, response) => {
      requests++;
      response.end('a');
    });
    for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy']) vi.stubEnv(name, proxy);
    for (const name of ['NO_PROXY', 'no_proxy']) vi.stubEnv(name, '');
    vi.stubEnv('NODE_USE_ENV_PROXY', '1');
    const code = await codeOfHost((_, response) => response.end('b'));
    expect(requests).toBe(0);
    return code === '' ? 'it is not used' : code;
  },
  'a length above the limit': () =>
    codeOfHost((_, response) => {
      response.setHeader('content-length', 11 * 1024 * 1024);
      endless(response);
    }),
  'a body without end': () =>
    codeOfHost((_, response) => {
      endless(response);
    }),
  'many files that are too large together': async () => {
    const base = await hostingFiles({ a: 'a'.repeat(60), b: 'b'.repeat(60) });
    const codes = await codesOf([`${base}a`, `${base}b`], { ...LOCAL, maxTotalBytes: 100, concurrency: 1 });
    expect(codes[0]).toBe('');
    return codes[1] ?? '';
  },
  'a small body that is decompressed to a large one': async () => {
    const bomb = Buffer.alloc(50 * 1024 * 1024);
    const base = await hosting((request, response) => {
      const coding = String(request.url).startsWith('/br') ? 'br' : 'gzip';
      response.setHeader('content-encoding', coding).end(coding === 'br' ? brotli : gzip);
    });
    const [gzip, brotli] = [gzipSync(bomb), brotliCompressSync(bomb)];
    return codeOfAll([`${base}gzip`, `${base}br`], LOCAL);
  },
  'a server that never answers': () => codeOfRawHost(() => undefined, SLOW),
  'a server that stops in the middle': () =>
    codeOfRawHost((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'), SLOW),
  'a server that sends a byte now and then': () =>
    codeOfHost(
      (_, response) => {
        const timer = setInterval(() => response.write('a'), 20);
        response.once('close', () => {
          clearInterval(timer);
        });
      },
      { retries: 0, stallTimeoutMs: 5000, timeoutMs: 200 },
    ),
  'many slow files': async () => {
    const base = await hostingRaw(() => undefined);
    return codeOfAll(
      Array.from({ length: 50 }, (_, n) => `${base}${String(n)}`),
      { ...LOCAL, totalTimeoutMs: 100 },
    );
  },
  'names whose lookup takes long, to block the threads of the process': async () => {
    const lookups: (() => void)[] = [];
    const lookup = (_name: string, _options: object, callback: (error: Error) => void): void => {
      lookups.push(() => {
        callback(new Error('too late'));
      });
    };
    vi.spyOn(dns, 'lookup').mockImplementation(lookup as never);
    const names = Array.from({ length: 12 }, (_, n) => `http://n${String(n)}.example/`);
    const code = await codeOfAll(names, { retries: 0, stallTimeoutMs: 50 });
    expect(lookups).toHaveLength(2);
    for (const end of lookups) end();
    return code === 'TIMEOUT' ? '`TIMEOUT`, two lookups at a time' : code;
  },
  'a Retry-After of a day': () =>
    codeOfHost((_, response) => response.writeHead(503, { 'retry-after': '86400' }).end()),
  'a body that is shorter than its length': () =>
    codeOfRawHost((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')),
  'a connection that is reset every ten bytes': async () => {
    const heads = ['Content-Length: 60\r\n', '', 'Transfer-Encoding: chunked\r\n'];
    const hosts = await Promise.all(
      heads.map((head) =>
        hostingRaw((socket, n) => {
          // Each time ten bytes later, through the head and the body.
          const answer = `HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n${head}\r\n3c\r\n${'a'.repeat(60)}`;
          socket.write(answer.slice(0, (10 * n) % 100), () => {
            setTimeout(() => socket.resetAndDestroy(), 20);
          });
        }),
      ),
    );
    return codeOfAll(hosts, { ...LOCAL, retries: 9 });
  },
  'a compressed body that is cut or damaged': async () => {
    const gzip = gzipSync('Hello');
    const base = await hosting((request, response) => {
      const body = String(request.url).startsWith('/cut') ? gzip.subarray(0, -4) : Buffer.from('no gzip');
      response.setHeader('content-encoding', 'gzip').end(body);
    });
    return codeOfAll([`${base}cut`, `${base}damaged`], LOCAL);
  },
  'an answer that is not HTTP, or has headers without end': async () => {
    const garbage = await hostingRaw((socket) => socket.end('220 smtp.example.com ESMTP\r\n'));
    const headers = await hostingRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      endless({ write: () => socket.write('a: b\r\n'.repeat(1000)), once: (event, next) => socket.once(event, next) });
    });
    return codeOfAll([garbage, headers], LOCAL);
  },
  'a name with `../` or NUL in the URL, in a header or in the SMIL': async () => {
    const smil = '<smil><img src="../../etc/passwd"/><img src="a&#0;b"/><text src="..\\..\\a"/></smil>';
    const base = await hosting((request, response) => {
      response.setHeader('content-disposition', 'attachment; filename="../../evil.sh"');
      response.setHeader('content-type', String(request.url).includes('smil') ? 'application/smil' : 'image/jpeg');
      response.end(String(request.url).includes('smil') ? smil : JPEG);
    });
    const names = ['..%2f..%2fevil.jpg', '%2e%2e/%2e%2e/evil', 'a%00.jpg', '..\\..\\evil', 'smil', '%00'];
    const directory = sandbox.newPath();
    const { files } = await saveFiles({ files: names.map((name) => base + name) }, { ...LOCAL, directory });
    const saved = ['01.jpg', '02.jpg', '03.jpg', '04.jpg', '05.smil', '06.jpg'];
    expect(files.map(({ success }) => success)).toEqual(saved.map(() => true));
    expect(readdirSync(directory)).toEqual([...saved, 'manifest.json']);
    const { isComplete } = await readMms({ directory, files });
    return isComplete ? `the file is \`${String(saved[0])}\`` : 'missing';
  },
  'a program or a web page that claims to be a picture': async () => {
    const base = await hostingFiles({
      program: ['MZ\x90\0\x03\0\0\0', 'image/jpeg'],
      page: ['<!doctype html><script>alert(1)</script>', 'image/jpeg'],
      svg: ['<?xml version="1.0"?><svg onload="alert(1)"/>', 'image/png'],
    });
    const directory = sandbox.newPath();
    const { files } = await saveFiles(
      { files: ['program', 'page', 'svg'].map((name) => base + name) },
      { ...LOCAL, directory },
    );
    expect(readdirSync(directory)).toEqual(['01.bin', '02.bin', '03.bin', 'manifest.json']);
    expect(files.map((file) => (file.success ? file.detectedType : file.error))).toEqual([
      'application/x-msdownload',
      undefined,
      'application/xml',
    ]);
    return '`detectedType`, and `.bin`';
  },
  'a SMIL with entities, without end, or not well-formed': async () => {
    const bomb = `<!DOCTYPE smil [<!ENTITY a "aaaaaaaaaa">]><smil><img src="3"/>&a;</smil>`;
    for (const smil of [
      bomb,
      `<smil>${'<par>'.repeat(20_000)}`,
      '<smil><img src="3"/>',
      '<smil><img src="3"/></par>',
      '',
    ]) {
      const base = await hostingFiles({
        '1': [smil, 'application/smil'],
        '2': ['b', 'text/plain'],
        '3': [JPEG, 'image/jpeg'],
      });
      const { parts, text } = await readMms({ files: ['1', '2', '3'].map((name) => base + name) }, LOCAL);
      expect([parts.map(({ index }) => index), text]).toEqual([[0, 1, 2], 'b']);
    }
    return 'wire order';
  },
  'a symbolic link that waits in the folder': async () => {
    const [directory, outside] = [sandbox.newPath(), sandbox.newPath()];
    mkdirSync(directory);
    writeFileSync(outside, 'mine');
    const base = await hostingFiles({ '1.jpg': JPEG });
    for (const name of ['01.jpg', 'manifest.json']) symlinkSync(outside, join(directory, name));
    const { files } = await saveFiles({ files: [`${base}1.jpg`] }, { ...LOCAL, directory });
    expect(files[0]?.success).toBe(true);
    expect(lstatSync(join(directory, '01.jpg')).isFile()).toBe(true);
    expect(readFileSync(outside, 'utf8')).toBe('mine');
    return 'it is replaced, not followed';
  },
  'a folder of another message': async () => {
    const directory = sandbox.newPath();
    const base = await hostingFiles({ '1.jpg': JPEG, '2.jpg': 'other' });
    await saveFiles({ files: [`${base}1.jpg`] }, { ...LOCAL, directory });
    const before = readdirSync(directory).map((name) => readFileSync(join(directory, name)));
    const { files } = await saveFiles({ files: [`${base}2.jpg`] }, { ...LOCAL, directory });
    expect(readdirSync(directory).map((name) => readFileSync(join(directory, name)))).toEqual(before);
    return `\`${String(files[0]?.error?.code)}\`, nothing is overwritten`;
  },
};

describe('docs/media.md says what happens', () => {
  it('for each attack that is tested here, and no other', () => {
    expect(rows.map(([attack]) => attack)).toEqual(Object.keys(attacks));
  });

  it.each(rows)('for %s: %s', async (attack, result) => {
    const happened = await attacks[attack]?.();
    expect([`\`${String(happened)}\``, happened]).toContain(result);
  });
});
