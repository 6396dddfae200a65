// The guides, followed to the letter: each in a folder of its own, with the packages that it names. Those of other runtimes
// are in test/runtimes.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { codeOf, expectToServe, guides, root } from './guides.ts';

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

describe.each(guides.filter(({ text }) => text.includes('node server.mjs')))('docs/guides/$name.md', (guide) => {
  it('has a server that receives its message once, and ends when it is told to', async () => {
    const folder = installed(guide.text);
    writeFileSync(join(folder, 'server.mjs'), codeOf(guide.text, 'js'));
    await expectToServe(guide, folder, 'node', () => ['server.mjs']);
  });
});

describe.each(guides.filter(({ name }) => name === 'lambda' || name === 'workers'))('docs/guides/$name.md', ({ name, text }) => {
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
