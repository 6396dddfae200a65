// `mo-postback serve-media`: serves the files of a folder, as the provider's content host does.

import { realpathSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join, relative, resolve, sep } from 'node:path';
import type { Command } from 'commander';
import { Failure, reasonOf } from './failure.ts';
import { answerFile, createFileServer, encodeSegment, pathOf } from './file-server.ts';
import { aborted, originOf, startServer, stopServer } from './server.ts';
import { hostOption, portOption } from './shared-options.ts';
import { colorsOf, lossy, printable, timeOfDay } from './terminal.ts';
import type { Output, Terminal } from './terminal.ts';

const MAX_SHOWN_URLS = 20;

interface ServeMediaOptions {
  readonly port: number;
  readonly host: string;
  readonly json?: boolean | undefined;
}

export function addServeMedia(program: Command, terminal: Terminal): void {
  program
    .command('serve-media')
    .description(
      "Serve the files of a folder over HTTP, like the provider's content host, to test MMS end to end. For a few " +
        "files you do not need it: 'send --mms FILE...' serves them itself.",
    )
    .argument('<DIR>', 'folder whose files are served')
    .addOption(portOption(8081))
    .addOption(hostOption())
    .option('--json', 'print events as JSON lines')
    .action((folder: string, options: ServeMediaOptions) => serveMedia(folder, options, terminal));
}

/** Serves the files until the signal aborts. */
async function serveMedia(
  folder: string,
  { port, host, json }: ServeMediaOptions,
  { stdout: stream, signal }: Terminal,
): Promise<void> {
  const { root, files } = await contentOf(folder);
  const stdout = lossy(stream);
  const report = json ? jsonReport(stdout) : textReport(stdout);
  const server = createFileServer((request, response) => {
    const path = pathOf(request);
    answerFile(request, response, { root, path, dotfiles: 'ignore', isServed: (file) => isServed(root, file) });
  });
  server.on('request', (request, response) => {
    response.once('finish', () => {
      report.request(request, response.statusCode);
    });
  });
  const boundPort = await startServer(server, port, host);
  const base = `${originOf(host, boundPort)}/`;
  report.listening(
    folder,
    base,
    files.map((file) => base + file.split(sep).map(encodeSegment).join('/')),
  );
  await aborted(signal);
  stopServer(server);
}

/**
 * The path of a folder without symbolic links, and the regular files in it and below it. Files are left out if their
 * path contains a name that starts with a dot.
 */
async function contentOf(folder: string): Promise<{ root: string; files: string[] }> {
  try {
    const root = await realpath(folder);
    if (!(await stat(root)).isDirectory()) throw new Failure(`Cannot serve ${folder}: it is not a folder.`);
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, resolve(entry.parentPath, entry.name)))
      .filter((file) => !isHidden(file))
      .sort();
    return { root, files };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`Cannot serve ${folder}: ${reasonOf(error)}. Choose a folder that can be read.`);
  }
}

/** Whether a path contains a name that starts with a dot. */
function isHidden(path: string): boolean {
  return path.split(sep).some((name) => name.startsWith('.'));
}

/** Whether a file is below a folder and not hidden, also after its symbolic links. `root` must not contain any. */
function isServed(root: string, file: string): boolean {
  try {
    const path = realpathSync.native(file);
    return path.startsWith(join(root, sep)) && !isHidden(relative(root, path));
  } catch {
    return false;
  }
}

interface MediaReport {
  readonly listening: (folder: string, base: string, urls: readonly string[]) => void;
  readonly request: (request: IncomingMessage, status: number) => void;
}

function jsonReport(stdout: Output): MediaReport {
  const print = (event: object): void => void stdout.write(`${JSON.stringify(event)}\n`);
  return {
    listening: (_, url, files) => {
      print({ event: 'listening', url, files });
    },
    request: ({ method, url }, status) => {
      print({ event: 'request', method, url, status });
    },
  };
}

function textReport(stdout: Output): MediaReport {
  const { bold, dim, green, red } = colorsOf(stdout);
  return {
    listening(folder, base, urls) {
      stdout.write(`${bold(`Serving ${folder} on ${base}`)}\n`);
      for (const url of urls.slice(0, MAX_SHOWN_URLS)) stdout.write(`  ${url}\n`);
      if (urls.length > MAX_SHOWN_URLS) stdout.write(`  and ${urls.length - MAX_SHOWN_URLS} more\n`);
      if (urls[0] !== undefined)
        stdout.write(`Send one to your server:\n  npx mo-postback send http://localhost:8080/ --mms ${urls[0]}\n`);
    },
    request({ method, url }, status) {
      const shown = (status < 400 ? green : red)(String(status));
      stdout.write(`${dim(timeOfDay())} ${shown} ${method} ${printable(String(url))}\n`);
    },
  };
}
