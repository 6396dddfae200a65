// A lock on the path of a file, for as long as this process lives.
//
// The lock is a listening local socket: a Unix domain socket, or a named pipe on Windows. The system closes it when its
// process ends, however that ends, and then refuses connections to it at once. Nothing depends on process ids, which
// are the same in different containers, or on times. A Unix domain socket is a file. It is made in the folder of the
// locked file, because every container that shares the file's folder finds it there.
//
// Each process makes a socket with a new name before it looks for others. So a socket that refuses connections is never
// used again, and anybody may remove it. If two processes start at the same time, at least one sees the other.

import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, open, readdir, unlink, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { basename, dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, reasonOf } from '../failure.ts';

/** How often, and after which times, a process looks again whether the others have given up. */
const ATTEMPTS = 10;
const ATTEMPT_MS = 25;

// What file systems without sockets report, for example FAT and some shared folders of virtual machines.
const NO_SOCKETS = ['ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EINVAL', 'ENOSYS'];

export interface FileLock {
  readonly path: string;
  /** Whether the lock can still be found: the folder of the file may have been moved or deleted. */
  readonly isInPlace: () => boolean;
  readonly release: () => Promise<void>;
}

/**
 * Locks the path of a file, which must not contain symbolic links. If the file system has no sockets, calls
 * `onUnsupported`, and locks nothing.
 * @throws Error if another process has locked it
 */
export async function lockFile(path: string, onUnsupported: () => void): Promise<FileLock> {
  /* v8 ignore next -- only on Windows */
  if (process.platform === 'win32') return lockByPipe(path);
  const folderPath = dirname(path);
  const folder = await openFolder(folderPath);
  const prefix = `.listen-${digestOf(basename(path))}-`;
  const name = `${prefix}${randomBytes(4).toString('hex')}.lock`;
  const server = createLockServer();
  const release = async (): Promise<void> => {
    // Also removes the socket.
    await new Promise((resolve) => server.close(resolve));
    await folder.close();
  };
  try {
    await startLockServer(server, folder.addressOf(name));
    // So that processes of other users can find out whether this one lives.
    await chmod(folder.addressOf(name), 0o666);
    if (!(await isOnlyOne(folder, prefix, name))) throw new Error('another process uses it');
    return { path, isInPlace: () => existsSync(join(folder.path, name)), release };
  } catch (error) {
    await release();
    const code = codeOf(error);
    if (code === undefined) throw error;
    if (!NO_SOCKETS.includes(code) || !(await canMakeFiles(folderPath))) {
      throw new Error(`no lock can be made in its folder: ${reasonOf(error)}`, { cause: error });
    }
    onUnsupported();
    return { path, isInPlace: () => true, release: () => Promise.resolve() };
  }
}

/** Whether other files than sockets can be made: the folder may be read-only. */
async function canMakeFiles(folder: string): Promise<boolean> {
  const probe = join(folder, `.listen-${randomBytes(4).toString('hex')}.tmp`);
  try {
    await writeFile(probe, '', { flag: 'wx', mode: 0o600 });
    await unlink(probe);
    return true;
  } catch {
    return false;
  }
}

interface SocketFolder {
  readonly path: string;
  readonly addressOf: (name: string) => string;
  readonly close: () => Promise<void>;
}

async function openFolder(path: string): Promise<SocketFolder> {
  const handle = await open(path);
  const close = (): Promise<void> => handle.close();
  /* v8 ignore next 3 -- not on Linux */
  if (process.platform !== 'linux') {
    return { path, addressOf: (name) => shortest(join(path, name), relative('.', join(path, name))), close };
  }
  // Short for any folder: the address of a socket has at most 107 bytes, on macOS 103.
  return { path, addressOf: (name) => join('/proc/self/fd', String(handle.fd), name), close };
}

/* v8 ignore next -- not on Linux */
function shortest(absolute: string, relativePath: string): string {
  const address = relativePath.length < absolute.length ? relativePath : absolute;
  // Node.js 20 would cut it.
  if (Buffer.byteLength(address) > 103) throw new Error('the path of its folder is too long');
  return address;
}

/** Whether no other process has a lock or gets one. If several start at the same time, the first name gets it. */
async function isOnlyOne(folder: SocketFolder, prefix: string, own: string): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const others: string[] = [];
    for (const entry of await readdir(folder.path, { withFileTypes: true })) {
      const isOther = entry.isSocket() && entry.name.startsWith(prefix) && entry.name !== own;
      if (isOther && (await isAlive(folder, entry.name))) others.push(entry.name);
    }
    // Somebody may have found our socket before it listened, and have removed it.
    if (others.length === 0) return existsSync(join(folder.path, own));
    if (others.some((other) => other < own)) return false;
    await sleep(ATTEMPT_MS);
  }
  return false;
}

/** Whether the process of a socket lives. Otherwise removes the socket. */
async function isAlive(folder: SocketFolder, name: string): Promise<boolean> {
  const refusal = await new Promise<unknown>((resolve) => {
    const socket = connect(folder.addressOf(name))
      .once('error', resolve)
      .once('connect', () => {
        socket.destroy();
        resolve(undefined);
      });
  });
  const code = String(refusal === undefined ? undefined : codeOf(refusal));
  if (code === 'ECONNREFUSED') {
    try {
      await unlink(join(folder.path, name));
    } catch {
      // It belongs to another user, for example. It does no harm.
    }
  }
  // Any other error may come from a living process, for example if it belongs to another user.
  return code !== 'ECONNREFUSED' && code !== 'ENOENT';
}

function createLockServer(): Server {
  // Not a reason for the process to stay alive.
  return createServer((socket) => socket.destroy()).unref();
}

function startLockServer(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on('error', reject).listen(address, resolve);
  });
}

/* v8 ignore next -- only on Windows */
async function lockByPipe(path: string): Promise<FileLock> {
  const server = createLockServer();
  try {
    // A name of a pipe is given only once, and ends with its process.
    await startLockServer(server, `\\\\?\\pipe\\mo-postback-${digestOf(path.toLowerCase())}`);
  } catch (error) {
    throw new Error(codeOf(error) === 'EADDRINUSE' ? 'another process uses it' : String(error), { cause: error });
  }
  const release = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
    });
  return { path, isInPlace: () => true, release };
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
