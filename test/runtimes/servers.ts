// Starts the contract's application in other runtimes, with the packed library.

import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ON_NODE } from '../contract/servers.ts';
import type { ContractServer, Running } from '../contract/servers.ts';
import { freePort } from '../helpers/free-port.ts';
import { sleep } from '../helpers/sleep.ts';

// install.js installs the runtimes there.
export const folder: string = join(tmpdir(), 'mo-postback-runtimes');
export const modules: string = join(folder, 'node_modules');

/** Whether the runtimes are installed, and npm run test:runtimes runs. */
export const areInstalled: boolean =
  process.env['npm_lifecycle_event'] === 'test:runtimes' && existsSync(join(modules, 'mo-postback/package.json'));

/**
 * Bundles a server into the folder. The library is imported from node_modules, except for Workers, which load one file.
 */
export async function bundled(name: string, isWhole = false): Promise<string> {
  const outfile = join(folder, `${name}.${isWhole ? 'bundle' : 'module'}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, `${name}.js`)],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    nodePaths: [modules],
    conditions: isWhole ? ['workerd'] : [],
    external: ['node:*', ...(isWhole ? [] : ['mo-postback', 'mo-postback/*'])],
    // The builds import modules for their side effects, which they do not have.
    logOverride: { 'ignored-bare-import': 'silent' },
    logLevel: 'warning',
  });
  return outfile;
}

function started(command: string, args: string[], port?: number): Promise<Running> {
  const child = spawn(join(modules, command), args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      child.once('exit', () => {
        resolve();
      });
      child.kill('SIGKILL');
    });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      reject(new Error(`${command} ended with ${String(code)}`));
    });
    if (port !== undefined)
      void reachable(port).then(() => {
        resolve({ port, close });
      });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const told = /^port (\d+)$/m.exec(text)?.[1];
      if (told !== undefined) resolve({ port: Number(told), close });
    });
  });
}

async function reachable(port: number): Promise<void> {
  for (;;) {
    try {
      await fetch(`http://127.0.0.1:${String(port)}/`);
      return;
    } catch {
      await sleep(20);
    }
  }
}

const node = (name: string) => async (): Promise<Running> => started(`${name}/bin/node`, [await bundled('serve-node')]);
const deno = async (): Promise<Running> =>
  started('@deno/linux-x64-glibc/deno', [
    'run',
    '--node-modules-dir=manual',
    '--allow-net',
    '--allow-read',
    '--allow-env',
    await bundled('serve-fetch'),
  ]);
const bun = async (): Promise<Running> => started('@oven/bun-linux-x64/bin/bun', ['run', await bundled('serve-fetch')]);

/** Serves a bundled Worker. It prints no port, so it gets a free one. */
export async function workerd(name: string): Promise<Running> {
  const port = await freePort();
  await bundled(name, true);
  const config = join(folder, `${name}.capnp`);
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), (name = "internet", network = (allow = ["private"]))],
  sockets = [(name = "http", address = "127.0.0.1:${String(port)}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "${name}.bundle.mjs")],
  compatibilityDate = "2026-01-01",
);
`,
  );
  return started('@cloudflare/workerd-linux-64/bin/workerd', ['serve', config], port);
}

/** All other runtimes. */
export const runtimes: ContractServer[] = [
  { name: 'node:http on Node.js 22', start: node('node22'), isStreaming: true, ...ON_NODE },
  { name: 'node:http on Node.js 24', start: node('node24'), isStreaming: true, ...ON_NODE },
  { name: 'node:http on Node.js 26', start: node('node26'), isStreaming: true, ...ON_NODE },
  { name: 'fetch on Deno', start: deno, isStreaming: true, ...ON_NODE, closesConnection: false },
  { name: 'fetch on Bun', start: bun, isStreaming: true, ...ON_NODE, closesConnection: false },
  {
    name: 'fetch on workerd',
    start: () => workerd('serve-fetch'),
    isStreaming: true,
    knowsAddress: false,
    closesConnection: false,
    hasBrotli: false,
  },
];
