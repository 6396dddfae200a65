// Follows the guides of docs/guides/.

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { freePort } from '../helpers/free-port.ts';

/** The folder of the project. */
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

/** The first code block of a language. */
export const codeOf = (text: string, language: string): string =>
  new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(text)?.[1] ?? '';

/**
 * Starts a guide's server, sends the guide's message twice and stops the server. Expects one printed message, and the
 * exit code.
 */
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
    expect.stringMatching(/^SMS sha256-[0-9a-f]{64} 15550104477 007 is not 7 & blanks count $/),
  ]);
}
