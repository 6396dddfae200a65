// The guides, followed to the letter: each in a folder of its own, with the packages that it names.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const guides = readdirSync(join(root, 'docs/guides')).map((file) => ({ name: file.replace('.md', ''), text: readFileSync(join(root, 'docs/guides', file), 'utf8') }));
const codeOf = (text: string, language: string): string => new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(text)?.[1] ?? '';
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A folder with what `npm install` in the guide would have put there. */
function installed(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'mo-postback-guide-'));
  folders.push(folder);
  const packages = /^npm install (.*)$/m.exec(text)?.[1]?.split(' ') ?? ['mo-postback'];
  for (const name of packages) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(name === 'mo-postback' ? root : join(root, 'node_modules', name), link);
  }
  return folder;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

describe.each(guides.filter(({ text }) => text.includes('node server.mjs')))('docs/guides/$name.md', ({ text }) => {
  it('has a server that receives its message once, and ends when it is told to', async () => {
    const folder = installed(text);
    writeFileSync(join(folder, 'server.mjs'), codeOf(text, 'js'));
    const port = await freePort();
    const child: ChildProcess = spawn('node', ['server.mjs'], { cwd: folder, env: { ...process.env, PORT: String(port) }, stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = new Promise<number | null>((done) => child.once('exit', done));
    let printed = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk) => { printed += String(chunk); });
    const [, path = '', body = ''] = /http:\/\/localhost:8080(\S+) --data-binary '([^']*)'/.exec(text) ?? [];
    const post = (): Promise<Response> => fetch(`http://localhost:${String(port)}${path}`, { method: 'POST', headers: { 'content-type': 'text/xml' }, body });
    let first: Response | undefined;
    while (first === undefined) first = await post().catch(() => new Promise<undefined>((done) => setTimeout(done, 20)));
    expect([first.status, (await post()).status]).toEqual([200, 200]);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(printed).toMatch(/^SMS sha256:[0-9a-f]{64} 15550104477 007 is not 7 & blanks count \n$/);
  });
});

describe.each(guides.filter(({ text }) => !text.includes('node server.mjs')))('docs/guides/$name.md', ({ name, text }) => {
  it('has a function that receives a message', async () => {
    const printed: unknown[][] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((...words: unknown[]) => void printed.push(words));
    const file = join(installed(text), 'index.mjs');
    writeFileSync(file, codeOf(text, 'js'));
    const module = (await import(file)) as {
      handler?: (event: object) => Promise<{ statusCode: number }>;
      default?: { fetch: (request: Request, env: object, context: object) => Promise<Response> };
    };
    const body = readFileSync(join(root, 'fixtures/protocol-sms.xml'), 'utf8');
    if (name === 'lambda') {
      const event = { rawPath: '/', rawQueryString: '', headers: { 'content-type': 'text/xml' }, requestContext: { http: { method: 'POST' } }, body };
      expect(await module.handler?.(event)).toMatchObject({ statusCode: 200 });
    } else {
      const response = await module.default?.fetch(new Request('http://a/', { method: 'POST', body }), {}, { waitUntil: () => undefined });
      expect(response?.status).toBe(200);
    }
    log.mockRestore();
    expect(printed).toEqual([['SMS', expect.stringMatching(/^sha256:/), '15550104477', '007 is not 7 & blanks count ']]);
  });
});
