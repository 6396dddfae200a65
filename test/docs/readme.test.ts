// Runs every snippet and command of the README.

import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostingFiles, JPEG } from '../helpers/media.ts';

const root = resolve(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'mo-postback-readme-'));

/** The code blocks of a language, each with the text block right after it, if any. */
const blocks = (language: string): { code: string; output: string | undefined }[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\`\\n(?:\\n\`\`\`text\\n([^]*?)\`\`\`)?`, 'g'))].map(
    ([, code = '', output]) => ({ code, output }),
  );

beforeAll(() => {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/mo-postback'));
  symlinkSync(join(root, 'node_modules/fast-check'), join(folder, 'node_modules/fast-check'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const snippets = blocks('js');

it('contains snippets', () => {
  expect(snippets.map(({ output }) => output !== undefined)).toEqual([true, true, false, true, true, true]);
});

it.each(snippets.filter(({ output }) => output !== undefined))(
  'prints the output that it shows: $code',
  async ({ code, output }) => {
    const host = await hostingFiles({ '1.jpg': JPEG, '2.txt': ['Look', 'text/plain'] });
    const local = code
      .replaceAll('https://content.example.com/', host)
      .replace('saveFiles(mms, {', "saveFiles(mms, { allowAddresses: ['127.0.0.1'],");
    writeFileSync(join(folder, 'snippet.mjs'), local);
    const { stdout } = await promisify(execFile)('node', ['snippet.mjs'], { cwd: folder, encoding: 'utf8' });
    expect(stdout).toBe(output);
  },
);

it('contains snippets that compile as strict TypeScript', () => {
  const names = snippets.map((_, n) => `snippet${String(n)}.mts`);
  for (const [n, { code }] of snippets.entries()) writeFileSync(join(folder, String(names[n])), code);
  symlinkSync(join(root, 'node_modules/@types'), join(folder, 'node_modules/@types'));
  symlinkSync(join(root, 'node_modules/undici-types'), join(folder, 'node_modules/undici-types'));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'node16', '--types', 'node'];
  const { stdout } = spawnSync(process.execPath, [tsc, ...options, ...names], { cwd: folder, encoding: 'utf8' });
  expect(stdout).toBe('');
});

it('shows commands that do not collide with npm start, before and after it', () => {
  const start = readme.indexOf('npm start\n```');
  expect(readme.slice(0, start)).not.toMatch(/npx mo-postback|8080/);
  expect(readme.match(/mo-postback (?:listen|serve-media)(?! --port (?!8080)\d+)(?= )/g)).toBeNull();
});

it('contains a server that receives a message', async () => {
  const [{ code } = { code: '' }] = snippets.filter(({ output }) => output === undefined);
  const told =
    "server.once('listening', () => console.log(server.address().port)); process.on('message', () => { process.send([...inbox]); process.disconnect(); server.close(); });";
  writeFileSync(join(folder, 'server.mjs'), `${code.replace('3000', '0')}\n${told}`);
  const child = spawn('node', ['server.mjs'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const port = await new Promise<string>((settle) =>
    child.stdout?.once('data', (chunk) => {
      settle(String(chunk).trim());
    }),
  );
  const body = readFileSync(join(root, 'fixtures/provider-page-2.xml'));
  const { status } = await fetch(`http://localhost:${port}/`, { method: 'POST', body });
  const inbox = await new Promise((settle) => {
    child.once('message', settle);
    child.send('inbox');
  });
  expect(status).toBe(200);
  expect(inbox).toEqual([
    ['mms/74700/13217949521/MMS_MO_iLnCRrL6', ['URL of Content Here', 'URL of Content Here', 'URL of Content Here']],
  ]);
});

it('shows the output of the comparison with generic parsers', () => {
  const output = execFileSync('node', ['docs/examples/generic-parsers.js'], { cwd: root, encoding: 'utf8' });
  expect(readme).toContain(`\`\`\`text\n${output}\`\`\``);
});

it('names only commands that exist', () => {
  const { scripts, name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
    name: string;
  };
  expect(blocks('sh').map(({ code }) => code.trim())).toEqual([
    `npm install ${name}`,
    'npm start',
    expect.stringMatching(/^npx mo-postback send /),
    expect.stringMatching(/^npx mo-postback listen /),
    'npm cit',
  ]);
  // `npm cit` is built into npm: `npm ci`, then `npm test`.
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['start', 'test']));
});

/** The codes in the first column of the tables of a page. */
function codesInTables(page: string): string[] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)])
    .map(([, code = '']) => code);
}

/** The codes that a type of errors.ts lists. */
function codesOf(type: string): readonly string[] {
  const source = readFileSync(join(root, 'src/errors.ts'), 'utf8');
  const [, union = ''] = new RegExp(`^export type ${type} =$([^]*?);$`, 'm').exec(source) ?? [];
  return [...union.matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map(([, code = '']) => code);
}

it('lists every error code once', () => {
  const codes = ['DocumentErrorCode', 'NotificationErrorCode', 'PostbackErrorCode'].flatMap(codesOf);
  expect(codesInTables(readme).sort()).toEqual(codes.sort());
});

it('has a page that lists every warning code', () => {
  const page = readFileSync(join(root, 'docs/protocol.md'), 'utf8');
  const codes = codesOf('PostbackWarningCode');
  expect(codes).toContain('STRAY_AMPERSAND');
  expect([...new Set(codesInTables(page))]).toEqual(codes);
});

it('has a table of contents with all of its sections', () => {
  const sections = [...readme.matchAll(/^## (?!Contents$)(.*)$/gm)].map(([, title = '']) => title);
  const entries = [...readme.matchAll(/^- \[(.*)\]\(#(.*)\)$/gm)].map(([, title, anchor]) => [title, anchor]);
  expect(entries).toEqual(sections.map((title) => [title, title.toLowerCase().replace(/ /g, '-')]));
});
