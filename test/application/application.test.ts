// Follows docs/application.md in a folder in which only the packed library and the page's other packages are installed.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DedupeStore } from '../../src/dedupe/store.ts';
import { describeStore } from '../dedupe/contract.ts';
import { mmsFields, single, smsFields } from '../helpers/documents.ts';
import { freePort } from '../helpers/free-port.ts';

const root = resolve(import.meta.dirname, '../..');
const installed = join(tmpdir(), 'mo-postback-application');
const isInstalled = existsSync(join(installed, 'node_modules/better-sqlite3'));
const page = readFileSync(join(root, 'docs/application.md'), 'utf8');

/** The files of the page, by the name before each code block. */
const files = [...page.matchAll(/```(?:ts|json)\n([^]*?)```/g)].map(({ 1: code = '', index }) => {
  const [, name = ''] = [...page.slice(0, index).matchAll(/`(src\/\w+\.ts|tsconfig\.json)`/g)].at(-1) ?? [];
  return { name, code };
});

const folders: string[] = [];
/** A new folder with the page's files. */
function application(packageType: 'module' | 'commonjs' = 'module'): string {
  const folder = mkdtempSync(join(tmpdir(), 'mo-postback-app-'));
  folders.push(folder);
  symlinkSync(join(installed, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: packageType }));
  for (const { name, code } of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), code);
  }
  return folder;
}

/** The compiler's output. */
function compile(cwd: string, compiler: string, ...options: string[]): string {
  try {
    return execFileSync(process.execPath, [compiler, ...options], { cwd, encoding: 'utf8' });
  } catch (error) {
    return (error as { readonly stdout: string }).stdout;
  }
}

const newest = join(installed, 'node_modules/typescript/bin/tsc');
const ours = join(root, 'node_modules/typescript/bin/tsc');

interface Server {
  readonly url: string;
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
  readonly printed: () => string;
}

const servers: Server[] = [];
async function start(cwd: string): Promise<Server> {
  const port = await freePort();
  const child = spawn(process.execPath, ['dist/server.js'], {
    cwd,
    env: { PATH: process.env['PATH'], POSTBACK_SECRET: 'change-me', PORT: String(port) },
  });
  let printed = '';
  const exited = new Promise<void>((done) => {
    child.once('exit', () => {
      done();
    });
  });
  const isListening = new Promise<void>((done) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk) => {
        printed += String(chunk);
        if (printed.includes('listening')) done();
      });
  });
  await Promise.race([isListening, exited.then(() => Promise.reject(new Error(printed)))]);
  const server = {
    url: `http://localhost:${String(port)}/postback/change-me`,
    kill: async (signal: NodeJS.Signals) => {
      child.kill(signal);
      await exited;
    },
    printed: () => printed,
  };
  servers.push(server);
  return server;
}

/** Runs the command as the page does. Returns its output. */
function send(cwd: string, url: string, ...args: string[]): string {
  return execFileSync(join(installed, 'node_modules/.bin/mo-postback'), ['send', url, ...args], {
    cwd,
    encoding: 'utf8',
  });
}

/** The rows of a query in the application's database. */
function rows(cwd: string, sql: string): unknown[] {
  const Database = createRequire(join(installed, 'package.json'))('better-sqlite3') as new (file: string) => {
    prepare: (sql: string) => { all: () => unknown[] };
    close: () => void;
  };
  const database = new Database(join(cwd, 'messages.db'));
  const all = database.prepare(sql).all();
  database.close();
  return all;
}
const count = (cwd: string, table: string): unknown => rows(cwd, `SELECT count(*) AS n FROM ${table}`)[0];

const why = isInstalled ? '' : ' (skipped: npm run test:application installs its packages)';
describe.skipIf(!isInstalled)(`docs/application.md${why}`, () => {
  let built = '';
  beforeAll(() => {
    built = application();
    const printed = compile(built, newest);
    if (printed !== '') throw new Error(printed);
  });
  afterEach(async () => {
    for (const { kill } of servers.splice(0)) await kill('SIGKILL');
  });
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  it.each([
    ['node16', 'the newest TypeScript', newest, 'module', []],
    ['node16', 'our TypeScript', ours, 'module', []],
    ['bundler', 'the newest TypeScript', newest, 'module', ['--module', 'esnext', '--moduleResolution', 'bundler']],
    ['bundler', 'our TypeScript', ours, 'module', ['--module', 'esnext', '--moduleResolution', 'bundler']],
    ['CommonJS', 'the newest TypeScript', newest, 'commonjs', []],
    ['CommonJS', 'our TypeScript', ours, 'commonjs', []],
  ] as const)('compiles with modules of the kind %s, with %s', (_, __, compiler, type, options) => {
    expect(compile(application(type), compiler, '--noEmit', ...options)).toBe('');
  });

  it('runs as CommonJS', async () => {
    const folder = application('commonjs');
    compile(folder, newest);
    const { url } = await start(folder);
    expect(send(folder, url, '--sms', 'Hello')).toMatch(/^200 /);
    expect(count(folder, 'messages')).toEqual({ n: 1 });
  });

  it('stores messages of all generations once, obeys STOP and HELP, and survives kill -9', async () => {
    let server = await start(built);
    for (const generation of ['G1', 'G2', 'G3', 'G4', 'G5']) {
      expect(send(built, server.url, '--sms', 'Hello', '--generation', generation)).toMatch(/^200 /);
      expect(send(built, server.url, '--mms', 'https://content.example.com/1.jpg', '--generation', generation)).toMatch(
        /^200 /,
      );
    }
    expect(count(built, 'messages')).toEqual({ n: 10 });
    expect(count(built, 'files')).toEqual({ n: 5 });
    for (const text of ['Stop ', 'help', 'HELP me']) send(built, server.url, '--sms', text, '--from', '15550100001');
    expect(rows(built, 'SELECT number FROM opted_out')).toEqual([{ number: '15550100001' }]);
    expect(count(built, 'replies')).toEqual({ n: 2 });
    send(built, server.url, '--sms', 'Start without me', '--from', '15550100001');
    send(built, server.url, '--sms', 'Please stop', '--from', '15550100002');
    expect(count(built, 'opted_out')).toEqual({ n: 2 });
    for (const from of ['15550100001', '15550100002']) send(built, server.url, '--sms', 'start', '--from', from);
    expect(count(built, 'opted_out')).toEqual({ n: 0 });

    const post = async (): Promise<number> =>
      (await fetch(server.url, { method: 'POST', body: single(smsFields('Only once', 'T1')) })).status;
    expect(await post()).toBe(200);
    await server.kill('SIGKILL');
    server = await start(built);
    expect(await post()).toBe(200);
    expect(rows(built, "SELECT sender FROM messages WHERE message LIKE '%Only once%'")).toHaveLength(1);
    await server.kill('SIGTERM');
  });

  it('refuses postbacks without the secret, without calling onReject', async () => {
    const { url, printed } = await start(built);
    const answer = await fetch(url.replace('change-me', 'guessed'), { method: 'POST', body: '<html>' });
    expect(answer.status).toBe(401);
    expect(printed()).toBe('listening\n');
  });

  it('stores bodies that cannot be read, and reads them again', async () => {
    const { url, kill } = await start(built);
    const many = '<FILE>https://content.example.com/1.jpg</FILE>'.repeat(300);
    const bad = single(mmsFields('M1').replace('<CONTENT>', `<CONTENT>${many}`));
    expect((await fetch(url, { method: 'POST', body: bad })).status).toBe(200);
    expect((await fetch(url, { method: 'POST', body: '<POSTBACK>' })).status).toBe(200);
    expect(count(built, 'rejected')).toEqual({ n: 2 });
    await kill('SIGTERM');
    const replay = (): string => execFileSync(process.execPath, ['dist/replay.js'], { cwd: built, encoding: 'utf8' });
    replay();
    expect(rows(built, "SELECT key FROM messages WHERE key LIKE '%M1%'")).toHaveLength(1);
    expect(count(built, 'rejected')).toEqual({ n: 1 });
    replay();
    expect(rows(built, "SELECT key FROM messages WHERE key LIKE '%M1%'")).toHaveLength(1);
  });

  it('shows commands that succeed', async () => {
    const { url } = await start(built);
    const onlyOnce = `SELECT key FROM messages WHERE message LIKE '%"text":"Only once"%'`;
    const before = rows(built, onlyOnce).length;
    const commands = [...page.matchAll(/^npx mo-postback (send|doctor) (\S+)(.*)$/gm)];
    expect(commands).toHaveLength(5);
    for (const [, name, , rest] of commands) {
      const command = `node_modules/.bin/mo-postback ${String(name)} ${url}${String(rest)}`;
      expect(execFileSync('sh', ['-c', command], { cwd: built, encoding: 'utf8' })).not.toBe('');
    }
    expect(rows(built, onlyOnce).length).toBe(before + 1);
  });

  describe('the custom store', () => {
    let store: DedupeStore | undefined;
    beforeAll(async () => {
      process.env['DATABASE'] = join(built, 'store.db');
      ({ sqliteStore: store } = (await import(pathToFileURL(join(built, 'dist/store.js')).href)) as {
        sqliteStore: DedupeStore;
      });
    });
    describeStore('keeps the contract of every store', () => {
      if (store === undefined) throw new Error('the store is not loaded');
      return store;
    });
  });
});
