// The packed package, as users get it from npm: unpacked, and used from both module systems.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, normalize, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = (command: string, args: string[], cwd: string): string =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const USES = ['http', 'express', 'fetch', 'fastify', 'koa', 'lambda'];
const ENTRY_POINTS = [
  '.',
  './stream',
  ...USES.map((name) => `./${name}`),
  './authorize',
  './keywords',
  './media',
  './testing',
  './dedupe/memory',
  './dedupe/redis',
  './dedupe/postgres',
];

describe('the package', () => {
  const root = resolve(import.meta.dirname, '..');
  const folder = mkdtempSync(join(tmpdir(), 'mo-postback-'));
  const user = join(folder, 'user');
  let tarball = '';
  let files: string[] = [];

  beforeAll(() => {
    // `npm test` has already built it. The package's own scripts would build it again.
    tarball = join(
      folder,
      run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], root).trim(),
    );
    files = run('tar', ['-tzf', tarball], folder)
      .trim()
      .split('\n')
      .map((file) => file.replace(/^package\//, ''));
    run('tar', ['-xzf', tarball], folder);
    mkdirSync(join(user, 'node_modules'), { recursive: true });
    cpSync(join(folder, 'package'), join(user, 'node_modules/mo-postback'), { recursive: true });
    for (const dependency of ['saxes', 'xmlchars', '@types', 'undici-types']) {
      symlinkSync(join(root, 'node_modules', dependency), join(user, 'node_modules', dependency));
    }
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('has types for each entry point, also for tools that do not read exports', () => {
    const { exports, typesVersions } = JSON.parse(readFileSync(join(folder, 'package/package.json'), 'utf8')) as {
      exports: Record<string, { require: { types: string } }>;
      typesVersions: { '*': Record<string, string[]> };
    };
    const entries = Object.entries(exports).filter(([name]) => name !== '.' && name !== './package.json');
    expect(typesVersions['*']).toEqual(
      Object.fromEntries(entries.map(([name, { require }]) => [name.slice(2), [require.types]])),
    );
  });

  it('contains only package.json, dist, docs, README, CHANGELOG and LICENSE', () => {
    const others = files.filter((file) => !file.startsWith('dist/') && !/^docs\/.*\.(md|svg)$/.test(file));
    expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
    expect(files.filter((file) => file.startsWith('dist/') && !/\.(js|cjs|d\.ts|d\.cts)$/.test(file))).toEqual([
      'dist/LICENSES.txt',
    ]);
  });

  it('has at most 650 kB, packed', () => {
    expect(statSync(tarball).size).toBeLessThanOrEqual(650_000);
  });

  it('has only links to files and headings that are in it', () => {
    const pages = files.filter((file) => file.endsWith('.md') || file.endsWith('.d.ts'));
    const textOf = (file: string): string => readFileSync(join(folder, 'package', file), 'utf8');
    for (const page of pages) {
      const links = page.endsWith('.md')
        ? [...textOf(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)]
        : [...textOf(page).matchAll(/\b(docs\/[\w./-]+\.md)\b/g)];
      for (const [link, path = '', anchor] of links) {
        const target = path === '' ? page : page.endsWith('.md') ? normalize(join(dirname(page), path)) : path;
        expect(
          files.some((file) => file === target || file.startsWith(`${target}/`)),
          `${page}: ${link}`,
        ).toBe(true);
        if (anchor === undefined) continue;
        const headings = [...textOf(target).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
          title
            .toLowerCase()
            .replace(/[^\w -]/g, '')
            .replace(/ /g, '-'),
        );
        expect(headings, `${page}: ${link}`).toContain(anchor);
      }
    }
  });

  it('has only one dependency, saxes', () => {
    const { dependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(
      readFileSync(join(folder, 'package/package.json'), 'utf8'),
    ) as Record<string, unknown>;
    expect(dependencies).toEqual({ saxes: '^6.0.0' });
    expect(Object.keys(peerDependencies as object)).toEqual(['fast-check', 'undici']);
    expect(peerDependenciesMeta).toEqual({ 'fast-check': { optional: true }, undici: { optional: true } });
  });

  it('contains a command that requires only saxes, and the licences of all bundled packages', () => {
    const { bin } = JSON.parse(readFileSync(join(folder, 'package/package.json'), 'utf8')) as {
      bin: Record<string, string>;
    };
    const code = readFileSync(join(folder, 'package', bin['mo-postback'] ?? ''), 'utf8');
    const media = readFileSync(join(folder, 'package/dist/cli/media.cjs'), 'utf8');
    expect(code).toMatch(/^#!\/usr\/bin\/env node\n/);
    const required = new Set([...(code + media).matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name = '']) => name));
    expect([...required].filter((name) => !isBuiltin(name) && !name.startsWith('node:'))).toEqual(['saxes']);
    writeFileSync(join(user, 'sms.xml'), readFileSync(join(root, 'fixtures/protocol-sms.xml')));
    expect(
      JSON.parse(run('node', [join('node_modules/mo-postback', bin['mo-postback'] ?? ''), 'parse', 'sms.xml'], user)),
    ).toMatchObject({ kind: 'sms' });
    const licences = readFileSync(join(folder, 'package/dist/LICENSES.txt'), 'utf8');
    for (const name of ['cli-progress', 'commander', 'file-type', 'ipaddr.js', 'picocolors', 'send', 'undici'])
      expect(licences).toMatch(new RegExp(`^${name} \\d.*\\((?:MIT|ISC)\\)$`, 'm'));
    // The registry of all content types has 233 kB. serve-media has its own table.
    expect(licences).not.toMatch(/^mime-/m);
    expect(code).not.toContain('x-conference/x-cooltalk');
  });

  it('exports the documented entry points', () => {
    const { exports } = JSON.parse(readFileSync(join(folder, 'package/package.json'), 'utf8')) as {
      exports: Record<string, unknown>;
    };
    expect(Object.keys(exports)).toEqual([...ENTRY_POINTS, './package.json']);
  });

  it('passes publint', () => {
    expect(run(join(root, 'node_modules/.bin/publint'), ['--strict', join(folder, 'package')], root)).toContain(
      'All good!',
    );
  });

  it('passes arethetypeswrong: its types are right for both module systems', () => {
    // It exits with 1 if it finds a problem.
    const report = run(
      join(root, 'node_modules/.bin/attw'),
      [tarball, '--profile', 'node16', '--format', 'json'],
      root,
    );
    expect(JSON.parse(report)).not.toHaveProperty('problems.0');
  });

  it('has a core, a mo-postback/keywords and a build of mo-postback/media without imports of node: modules', () => {
    const reached = (file: string, seen = new Set<string>()): Set<string> => {
      if (seen.has(file)) return seen;
      seen.add(file);
      const code = readFileSync(join(folder, 'package/dist', file), 'utf8');
      for (const [, name = ''] of code.matchAll(/(?:from\s+|require\(|import\()["']([^"']+)["']/g)) {
        if (name.startsWith('.')) reached(join(dirname(file), name), seen);
        else seen.add(`package ${name}`);
      }
      return seen;
    };
    const packages = (file: string): string[] => [...reached(file)].filter((name) => name.startsWith('package '));
    for (const file of ['index.js', 'index.cjs']) expect(packages(file)).toEqual(['package saxes']);
    for (const file of ['keywords.js', 'keywords.cjs']) expect(packages(file)).toEqual([]);
    for (const file of ['media/fetch-only.js', 'media/fetch-only.cjs'])
      expect(packages(file)).toEqual(['package saxes']);
  });

  it('can be loaded on a platform without TransformStream, except for mo-postback/stream', () => {
    const load = `delete globalThis.TransformStream; import('mo-postback').then(({ parseBundle }) =>
      import('mo-postback/stream').catch(({ name }) => console.log(typeof parseBundle, name)));`;
    expect(run('node', ['--input-type=module', '-e', load], user)).toBe('function ReferenceError\n');
  });

  it.each(['mjs', 'cjs'])('has one PostbackError for all entry points of a module system (%s)', (extension) => {
    const load = (name: string): string => (extension === 'mjs' ? `await import('${name}')` : `require('${name}')`);
    writeFileSync(
      join(user, `use.${extension}`),
      `(async () => {
        const core = ${load('mo-postback')}, http = ${load('mo-postback/http')};
        const { error } = core.safeParsePostback('');
        const { Readable } = ${load('node:stream')};
        const request = Object.assign(Readable.from([Buffer.from('<html>')]), { method: 'POST', headers: {} });
        const rejected = await http.readPostback(request).catch((reason) => reason);
        console.log(JSON.stringify([core.PostbackError === http.PostbackError, error instanceof http.PostbackError,
          rejected instanceof core.PostbackError, core.isPostbackError(rejected), rejected.code]));
      })();`
        .replace('(async () => {', extension === 'mjs' ? '{' : '(async () => {')
        .replace('})();', extension === 'mjs' ? '}' : '})();'),
    );
    expect(JSON.parse(run('node', [`use.${extension}`], user))).toEqual([true, true, true, true, 'NOT_A_POSTBACK']);
  });

  it('recognises a PostbackError of the other module system with isPostbackError', () => {
    writeFileSync(
      join(user, 'both.mjs'),
      `import { createRequire } from 'node:module';
       import { isPostbackError, PostbackError } from 'mo-postback';
       const { error } = createRequire(import.meta.url)('mo-postback').safeParsePostback('');
       console.log(JSON.stringify([error instanceof PostbackError, isPostbackError(error)]));`,
    );
    expect(JSON.parse(run('node', ['both.mjs'], user))).toEqual([false, true]);
  });

  it('has a mo-postback/testing that works without fast-check, and with each supported version of it, in both module systems', () => {
    const load = (extension: string, name: string): string =>
      extension === 'mjs' ? `await import('${name}')` : `require('${name}')`;
    const fastCheck = join(user, 'node_modules/fast-check');
    for (const [link, told] of [
      [undefined, 'false Error'],
      ['fast-check3', 'false 300'],
      ['fast-check', 'false 300'],
    ] as const) {
      rmSync(fastCheck, { force: true });
      if (link !== undefined) symlinkSync(join(root, 'node_modules', link), fastCheck);
      for (const extension of ['mjs', 'cjs']) {
        const code = `const { deliver, postbackDocument, sampleMessages } = ${load(extension, 'mo-postback/testing')};
          const { isDelivered } = await deliver('http://127.0.0.1:1/', sampleMessages.sms, { intervalsMs: [] });
          let drawn;
          try { drawn = (${load(extension, 'fast-check')}).sample(postbackDocument(), 300).length; } catch { try { postbackDocument(); } catch (error) { drawn = error.name; } }
          console.log(isDelivered, drawn);`;
        writeFileSync(join(user, `testing.${extension}`), extension === 'mjs' ? code : `(async () => { ${code} })();`);
        expect(run('node', [`testing.${extension}`], user)).toBe(`${told}\n`);
      }
    }
    rmSync(fastCheck);
  });

  it.each([
    ['deno', 'deno'],
    ['bun', 'bun'],
    ['workerd', 'fetch-only'],
    ['edge-light', 'fetch-only'],
    ['node', 'node'],
  ])('has a mo-postback/media for %s', (condition, build) => {
    const code = "console.log(import.meta.resolve('mo-postback/media'), require.resolve('mo-postback/media'))";
    writeFileSync(
      join(user, 'resolve.mjs'),
      `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); ${code}`,
    );
    const [esm, cjs] = run('node', ['--conditions', condition, 'resolve.mjs'], user).trim().split(' ');
    expect(esm).toMatch(new RegExp(`/dist/media/${build}\\.js$`));
    expect(cjs).toMatch(new RegExp(`/dist/media/${build}\\.cjs$`));
  });

  it('has a mo-postback/media that says what to install without undici, in both module systems', () => {
    const undici = join(user, 'node_modules/undici');
    const options = "{ allowAddresses: ['127.0.0.1'], retries: 0 }";
    for (const isInstalled of [false, true]) {
      if (isInstalled) symlinkSync(join(root, 'node_modules/undici'), undici);
      for (const extension of ['mjs', 'cjs']) {
        const load = extension === 'mjs' ? 'await import' : 'require';
        const code = `const { fetchFiles, readMms } = ${load}('mo-postback/media');
          const saved = await readMms({ directory: 'a', files: [] });
          const next = await fetchFiles({ files: ['http://127.0.0.1:1/'] }, ${options}).next().catch((error) => error);
          console.log(saved.isComplete, next.value?.error.code ?? next.message);`;
        writeFileSync(join(user, `media.${extension}`), extension === 'mjs' ? code : `(async () => { ${code} })();`);
        expect(run('node', [`media.${extension}`], user)).toBe(
          isInstalled
            ? 'true BAD_URL\n'
            : 'true On Node.js, mo-postback/media needs undici, which could not be loaded. Install it: npm install undici@7\n',
        );
      }
    }
    rmSync(undici);
  });

  it.each(['mts', 'cts'])('has types that compile in a strict project (%s)', (extension) => {
    writeFileSync(
      join(user, `typed.${extension}`),
      `import { parsePostback, parseBundle } from 'mo-postback';
       import { PostbackParserStream } from 'mo-postback/stream';
       import type { MmsMo, SmsMo } from 'mo-postback';
       import { createHandler } from 'mo-postback/http';
       import type { NotificationContext } from 'mo-postback/http';
       import { createHandler as createFetchHandler } from 'mo-postback/fetch';
       import { allOf, basicAuth } from 'mo-postback/authorize';
       import { replyKeyword } from 'mo-postback/keywords';
       import type { ReplyKeyword } from 'mo-postback/keywords';
       import { fetchFiles, MediaError, readMms, saveFiles } from 'mo-postback/media';
       import type { MediaErrorCode, MmsPart, SavedFiles } from 'mo-postback/media';
       import { memoryDedupe } from 'mo-postback/dedupe/memory';
       import { deliver, sampleMessages } from 'mo-postback/testing';
       import type { DeliveryResult } from 'mo-postback/testing';
       import { createServer } from 'node:http';
       import type { IncomingMessage } from 'node:http';
       import { createSecureServer } from 'node:http2';
       import type { Http2ServerRequest } from 'node:http2';
       const message = parsePostback('', { defaultOffset: '-05:00' });
       const words: string = message.kind === 'sms' ? message.text : message.files.join();
       export const sms = (text: string): SmsMo => ({ kind: 'sms', origin: 'SMS_MO', code: '', from: '1', to: '2', text, receivedAt: new Date(), receivedAtRaw: '', extra: [] });
       export const spid = ({ spid }: MmsMo): string | undefined => spid;
       export const texts = parseBundle(words).flatMap(({ data }) => (data?.kind === 'sms' ? data.text : []));
       export const stream: TransformStream = new PostbackParserStream();
       export const server = createServer(createHandler({ onSms: async ({ text }, { key }) => { await Promise.resolve(text + key); }, onMms() {} }));
       export const secure = createSecureServer(createHandler<Http2ServerRequest>({ onSms() {}, onMms() {} }));
       export const hooks = createHandler({
         onSms: (sms, { request }: NotificationContext<IncomingMessage>) => request.httpVersion + sms.text,
         onMms() {},
         async onReject({ raw }) { await Promise.resolve(raw); return 'accepted'; },
         onError: async () => 'accepted',
         authorize: allOf(basicAuth('a', 'b'), async ({ url }) => Promise.resolve(url === '/')),
         dedupe: memoryDedupe(),
       });
       export const route = createFetchHandler({ onSms() {}, onMms(mms, { request }) { request.clone(); }, dedupe: false });
       export const response: Promise<Response> = route(new Request('http://a'), { remoteAddress: '::1' });
       export const left: Promise<{ runningCallbacks: number }> = hooks.drain(1000);
       export const delivery: Promise<DeliveryResult> = deliver('http://a', sampleMessages.sms, { intervalsMs: [1000] });
       export const keyword: ReplyKeyword | undefined = replyKeyword(message, { optOut: ['ARRÊT'] });
       export async function files(mms: MmsMo): Promise<string[]> {
         const saved: SavedFiles = await saveFiles(mms, { directory: 'a', allowHosts: ['b.example'], signal: undefined });
         const { text, parts, isComplete } = await readMms(saved);
         await readMms(mms, { retries: 1 });
         const bodies: ReadableStream<Uint8Array>[] = [];
         for await (const file of fetchFiles(mms)) if (file.success) bodies.push(file.body);
         const told = (part: MmsPart): string => (part.kind === 'missing' ? part.error.code : (part.text ?? part.type));
         const sizes: (number | undefined)[] = parts.map(({ size }) => size);
         return [text, String(sizes), String(isComplete), ...parts.map(told), ...saved.files.map((file) => (file.success ? file.path : file.error.message))];
       }
       export const isGone = (error: unknown): boolean => error instanceof MediaError && error.code === ('GONE' satisfies MediaErrorCode);
       // @ts-expect-error -- onMms is missing
       createHandler({ onSms() {} });
       // @ts-expect-error -- messages are readonly
       message.from = '';`,
    );
    const options = [
      '--noEmit',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--target',
      'es2022',
      '--module',
      'node16',
      '--types',
      'node',
    ];
    expect(run('node', [join(root, 'node_modules/typescript/bin/tsc'), ...options, `typed.${extension}`], user)).toBe(
      '',
    );
  });
});

describe('package-lock.json', () => {
  const root = resolve(import.meta.dirname, '..');
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');

  it('contains no package that requires a later version of Node.js than 20, or npm ci prints warnings', () => {
    const { packages } = JSON.parse(lock) as {
      packages: Record<string, { engines?: { node?: string }; optional?: boolean }>;
    };
    // The oldest of a range with alternatives: `^18 || >=20`, `>=23.5.0 || ^20.12.0`.
    const oldest = (range: string): number =>
      Math.min(...range.split('||').map((alternative) => Number(/\d+/.exec(alternative)?.[0] ?? 0)));
    // Optional packages are skipped silently.
    const tooNew = Object.entries(packages).filter(
      ([, { engines, optional }]) => optional !== true && oldest(engines?.node ?? '') > 20,
    );
    expect(tooNew.map(([name]) => name)).toEqual([]);
  });

  it('contains no address of a registry', () => {
    expect(lock).not.toContain('"resolved"');
  });
});
