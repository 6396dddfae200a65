// Starts Redis and PostgreSQL on free ports of 127.0.0.1. Their data is in a temporary folder, which is deleted when
// they stop.

import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from '../helpers/free-port.ts';

/** A running server. */
export interface StoreServer {
  readonly port: number;
  /** Pauses (SIGSTOP) or continues (SIGCONT) all of its processes. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  stop(): Promise<void>;
}

const programs = (name: string, folders: string[]): string | undefined =>
  folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
const path = (process.env['PATH'] ?? '').split(delimiter);
// Debian does not put PostgreSQL's programs on the PATH.
const debian = '/usr/lib/postgresql';
const postgresFolders = existsSync(debian)
  ? readdirSync(debian)
      .sort()
      .reverse()
      .map((version) => join(debian, version, 'bin'))
  : [];

const redisServer = programs('redis-server', path);
const initdb = programs('initdb', [...postgresFolders, ...path]);
const postgres = programs('postgres', [...postgresFolders, ...path]);

/** Why a server cannot be started; `undefined` if it can. */
export const missing: { redis: string | undefined; postgres: string | undefined } = {
  redis: redisServer === undefined ? 'there is no redis-server' : undefined,
  postgres: initdb === undefined || postgres === undefined ? 'there is no PostgreSQL server' : undefined,
};

/** Starts Redis. */
export async function startRedis(): Promise<StoreServer> {
  const folder = mkdtempSync(join(tmpdir(), 'mo-postback-redis-'));
  const port = await freePort();
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
    '--daemonize',
    'no',
  ];
  return running(
    spawn(redisServer ?? '', args, { stdio: ['ignore', 'pipe', 'inherit'] }),
    /Ready to accept connections/,
    port,
    folder,
  );
}

/** Starts PostgreSQL, with the user `postgres` and no password. */
export async function startPostgres(): Promise<StoreServer> {
  const folder = mkdtempSync(join(tmpdir(), 'mo-postback-postgres-'));
  const port = await freePort();
  // PostgreSQL refuses to run as root.
  const isRoot = process.getuid?.() === 0;
  const ids = isRoot ? { uid: idOf('-u'), gid: idOf('-g') } : {};
  if (isRoot) chownSync(folder, idOf('-u'), idOf('-g'));
  execFileSync(initdb ?? '', ['-D', folder, '-U', 'postgres', '--auth=trust', '--no-sync', '-E', 'UTF8'], {
    ...ids,
    cwd: folder,
    stdio: 'ignore',
  });
  const args = [
    '-D',
    folder,
    '-p',
    String(port),
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    `unix_socket_directories=${folder}`,
    '-c',
    'fsync=off',
  ];
  return running(
    spawn(postgres ?? '', args, { ...ids, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] }),
    /ready to accept connections/,
    port,
    folder,
  );
}

const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));

function running(child: ChildProcess, ready: RegExp, port: number, folder: string): Promise<StoreServer> {
  return new Promise((resolve, reject) => {
    let told = '';
    const output = child.stdout ?? child.stderr;
    child.once('exit', (code) => {
      reject(new Error(`the server ended with ${String(code)}: ${told}`));
    });
    output?.setEncoding('utf8').on('data', (text) => {
      told += String(text);
      if (!ready.test(told)) return;
      told = '';
      resolve({
        port,
        signal: (name) => {
          // PostgreSQL has a process for each connection.
          const children = readFileSync(`/proc/${String(child.pid)}/task/${String(child.pid)}/children`, 'utf8')
            .trim()
            .split(' ');
          for (const pid of [child.pid ?? 0, ...children.map(Number)]) if (pid > 0) process.kill(pid, name);
        },
        stop: () =>
          new Promise((stopped) => {
            child.once('exit', () => {
              rmSync(folder, { recursive: true, force: true });
              stopped();
            });
            // With SIGINT, PostgreSQL does not wait for its clients.
            child.kill('SIGINT');
          }),
      });
    });
  });
}
