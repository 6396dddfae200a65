// Follows each guide step by step, in its own folder with the packages that it names. test/runtimes tests the guides of
// other runtimes, and test/guides those about the files of MMS.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { codeOf, expectToServe, guides, root } from './guides.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Creates a folder with the packages that the guide's `npm install` installs. */
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

const followed = guides.filter(({ name, text }) => text.includes('node server.mjs') && !name.startsWith('media-'));

describe.each(followed)('the guide $name', (guide) => {
  it('has a server that handles its message once, and exits at SIGTERM', async () => {
    const folder = installed(guide.text);
    writeFileSync(join(folder, 'server.mjs'), codeOf(guide.text, 'js'));
    await expectToServe(guide, folder, 'node', () => ['server.mjs']);
  });

  it('has a server that compiles as strict TypeScript', () => {
    const folder = installed(guide.text);
    writeFileSync(join(folder, 'server.mts'), codeOf(guide.text, 'js'));
    symlinkSync(join(root, 'node_modules/@types'), join(folder, 'node_modules/@types'));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'node16'];
    const args = [tsc, ...options, '--types', 'node', 'server.mts'];
    expect(spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' }).stdout).toBe('');
  });
});

it('docs/guides/lambda.md has a function that handles its message once', () => {
  const text = guides.find(({ name }) => name === 'lambda')?.text ?? '';
  const folder = installed(text);
  const [index = '', event = ''] = [...text.matchAll(/```js\n([^]*?)```/g)].map(([, code = '']) => code);
  writeFileSync(join(folder, 'index.mjs'), index);
  writeFileSync(join(folder, 'try.mjs'), event);
  expect(text).toContain('\nnode try.mjs\n');
  expect(execFileSync(process.execPath, ['try.mjs'], { cwd: folder, encoding: 'utf8' })).toMatch(
    /^SMS sha256-[0-9a-f]{64} 15550104477 007 is not 7 & blanks count \n200\n200\n$/,
  );
});
