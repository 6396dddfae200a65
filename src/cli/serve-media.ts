// `mo-postback serve-media`: the provider's content host.

import { readdir, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { relative, resolve, sep } from 'node:path';
import sirv from 'sirv';
import { aborted, listening, originOf } from './listen.ts';
import { colorsOf, Failure, harmless, reasonOf } from './terminal.ts';
import type { Terminal } from './terminal.ts';

export interface ServeMediaOptions {
  readonly port: number;
  readonly host: string;
  readonly json?: boolean | undefined;
}

// What MMS are made of that sirv does not know: https://www.iana.org/assignments/media-types/media-types.xhtml
const TYPES: Readonly<Record<string, string>> = { vcf: 'text/vcard', vcs: 'text/x-vcalendar' };
const MOST_SHOWN = 20;

/** Serves a folder's files until the signal aborts. */
export async function serveMedia(folder: string, { port, host, json }: ServeMediaOptions, { stdout, signal }: Terminal): Promise<void> {
  const root = resolve(folder);
  const files = await filesIn(root, folder);
  const { bold, dim, green, red } = colorsOf(stdout);
  // `dev`: a file that is put there later is served too.
  const serve = sirv(root, {
    dev: true,
    setHeaders(response, pathname) {
      const type = TYPES[pathname.slice(pathname.lastIndexOf('.') + 1).toLowerCase()];
      if (type !== undefined) response.setHeader('Content-Type', type);
    },
  });
  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    response.once('finish', () => {
      const { statusCode: status } = response;
      const shown = (status < 400 ? green : red)(String(status));
      stdout.write(json ? `${JSON.stringify({ event: 'request', method, url, status })}\n` : `${dim(new Date().toTimeString().slice(0, 8))} ${shown} ${method} ${harmless(url)}\n`);
    });
    const notFound = (): void => void response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found\n');
    if (method !== 'GET' && method !== 'HEAD') response.writeHead(405, { allow: 'GET, HEAD' }).end();
    else if (isHidden(url.replace(/\?.*/s, ''))) notFound();
    else serve(request, response, notFound);
  });
  const bound = await listening(server, port, host);
  const base = `${originOf(host, bound)}/`;
  const urls = files.map((file) => base + file.split(sep).map(encodeURIComponent).join('/'));
  if (json) {
    stdout.write(`${JSON.stringify({ event: 'listening', url: base, files: urls })}\n`);
  } else {
    stdout.write(`${bold(`Serving ${folder} on ${base}`)}\n`);
    for (const url of urls.slice(0, MOST_SHOWN)) stdout.write(`  ${url}\n`);
    if (urls.length > MOST_SHOWN) stdout.write(`  and ${String(urls.length - MOST_SHOWN)} more\n`);
    if (urls[0] !== undefined) stdout.write(`Send one to your server:\n  npx mo-postback send http://localhost:8080/ --mms ${urls[0]}\n`);
  }
  await aborted(signal);
  server.close();
  server.closeAllConnections();
}

/** Whether a path leads to or through a name with a dot before it, however that is written: sirv's `dev` serves those too. */
function isHidden(path: string): boolean {
  return /(?:^|[/\\])(?:\.|%2e)/i.test(path.replace(/%2f|%5c/gi, '/'));
}

async function filesIn(root: string, folder: string): Promise<string[]> {
  try {
    if (!(await stat(root)).isDirectory()) throw new Failure(`Cannot serve ${folder}: it is no folder. Name the folder that it is in.`);
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, resolve(entry.parentPath, entry.name)))
      .filter((file) => !isHidden(file))
      .sort();
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`Cannot serve ${folder}: ${reasonOf(error)}. Name a folder that can be read.`);
  }
}
