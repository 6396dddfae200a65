// What it is to follow a guide: docs/guides/.

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';

/** Where the project is. */
export const root: string = resolve(import.meta.dirname, '../..');

/** A guide. */
export interface Guide {
  readonly name: string;
  readonly text: string;
}

export const guides: readonly Guide[] = readdirSync(join(root, 'docs/guides')).map((file) => ({
  name: file.replace('.md', ''),
  text: readFileSync(join(root, 'docs/guides', file), 'utf8'),
}));

/** The first of a guide's blocks in a language. */
export const codeOf = (text: string, language: string): string =>
  new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(text)?.[1] ?? '';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** Starts a guide's server, sends its message twice, and ends it: it is to print the message once, and to exit with `code`. */
export async function expectToServe(
  { text }: Guide,
  cwd: string,
  command: string,
  args: (port: number) => readonly string[],
  code = 0,
): Promise<void> {
  const port = await freePort();
  const child = spawn(command, args(port), {
    cwd,
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<number | null>((done) => child.once('exit', done));
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    printed += String(chunk);
  });
  const [, path = '', body = ''] = /http:\/\/localhost:8080(\S+) --data-binary '([^']*)'/.exec(text) ?? [];
  const post = (): Promise<Response> =>
    fetch(`http://localhost:${String(port)}${path}`, { method: 'POST', headers: { 'content-type': 'text/xml' }, body });
  let first: Response | undefined;
  while (first === undefined) first = await post().catch(() => new Promise<undefined>((done) => setTimeout(done, 20)));
  expect([first.status, (await post()).status]).toEqual([200, 200]);
  child.kill('SIGTERM');
  expect(await exited).toBe(code);
  expect(printed.match(/^SMS .*$/gm)).toEqual([
    expect.stringMatching(/^SMS sha256:[0-9a-f]{64} 15550104477 007 is not 7 & blanks count $/),
  ]);
}
