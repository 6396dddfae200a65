// Runs the examples in docs/testing.md, docs/keywords.md, docs/command.md and README.md.

import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProbes } from '../../src/cli/doctor/probes.ts';
import { replyKeyword } from '../../src/keywords.ts';
import { asProcess, command, events, root, urlOf } from '../helpers/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'mo-postback-docs-'));
beforeAll(() => {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/mo-postback'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, code = '']) => code);

describe('docs/security.md', () => {
  it('names a test for each attack, and these tests exist', () => {
    const rows = read('docs/security.md').matchAll(/^\|(?! *(?:attack|-{3})).*\|([^|]*)\|$/gm);
    const tests = Array.from(rows, ([, cell = '']) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, name = '']) => name));
    expect(tests.length).toBeGreaterThan(30);
    const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);
    for (const names of tests) {
      expect(names).not.toEqual([]);
      for (const name of names) {
        const files = ['', 'cli/listen/'].flatMap((folder) =>
          ['', '.ts', '.test.ts', '.js'].map((end) => join(root, 'test', `${folder}${name}${end}`)),
        );
        expect([name, scripts.includes(name) || files.some((file) => existsSync(file))]).toEqual([name, true]);
      }
    }
  });
});

describe('docs/testing.md', () => {
  it('contains a server and tests, and the tests pass', () => {
    const text = read('docs/testing.md');
    const [, app = '', test = ''] = blocks(text, 'js');
    for (const name of ['express', 'fast-check'])
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    writeFileSync(join(folder, 'app.mjs'), app);
    writeFileSync(join(folder, 'app.test.mjs'), test);
    expect(blocks(text, 'sh').at(-1)).toBe('node --test\n');
    // Without the variables of vitest, for example NODE_OPTIONS.
    const output = execFileSync(process.execPath, ['--test'], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    });
    expect(output).toMatch(/pass 3$/m);
    expect(output).toMatch(/fail 0$/m);
  });

  it('contains tests that fail if the server loses a character', async () => {
    writeFileSync(
      join(folder, 'app.mjs'),
      read('docs/testing.md')
        .replace(/^[^]*?`app\.mjs`[^]*?```js\n([^]*?)```[^]*$/, '$1')
        .replace('{ from, text });', '{ from, text: text.trim() });'),
    );
    const failed = promisify(execFile)(process.execPath, ['--test'], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    });
    await expect(failed).rejects.toMatchObject({ stdout: expect.stringMatching(/Counterexample/) as string });
  });
});

describe('docs/keywords.md', () => {
  const page = read('docs/keywords.md');

  it('shows what its example prints', () => {
    writeFileSync(join(folder, 'keywords.mjs'), blocks(page, 'js').join(''));
    const output = execFileSync(process.execPath, ['keywords.mjs'], { cwd: folder, encoding: 'utf8' });
    expect(blocks(page, 'text')).toEqual([output]);
  });

  it('lists exactly the words that are known', () => {
    const listed = [...page.matchAll(/^\| `'([\w-]+)'`(.*)$/gm)].flatMap(([, kind, row = '']) =>
      Array.from(row.matchAll(/`([^`]+)`/g), ([, word = '']) => ({ kind, word, exact: true })),
    );
    expect(listed.map(({ word }) => replyKeyword(word))).toEqual(listed);
    const [table = ''] = /^const KINDS = [^]*?^\]/m.exec(read('src/keywords.ts')) ?? [];
    expect(listed.map(({ word }) => word).sort()).toEqual((table.match(/(?<=')[A-Z ]+(?=')/g) ?? []).sort());
  });
});

describe.each(['docs/command.md', 'README.md'])('%s', (file) => {
  it('contains commands that succeed, and shows the error of the one that fails', async () => {
    const listen = asProcess.start(['listen', '--json', '--port', '0', '--out', join(folder, 'docs.ndjson')]);
    const url = await urlOf(listen);
    const commands = blocks(read(file), 'sh')
      .flatMap((block) => block.trim().split('\n'))
      .filter((line) => line.startsWith('npx mo-postback '));
    const others = commands.filter((line) => !/ (?:listen|serve-media) /.test(line));
    expect(others.length).toBeGreaterThan(2);
    writeFileSync(join(folder, 'postback.xml'), read('fixtures/protocol-sms.xml'));
    writeFileSync(
      join(folder, 'messages.xml'),
      '<POSTBACK>\n  <ORIGIN>SMS_MO</ORIGIN>\n  <TEXT>fish & chips</TEXT>\n</POSTBACK>',
    );
    writeFileSync(join(folder, 'picture.jpg'), '');
    symlinkSync(join(root, 'fixtures'), join(folder, 'fixtures'));
    const isBad = (line: string): boolean => line.includes('messages.xml');
    for (const line of others) {
      const run = line
        .replace('npx mo-postback', `"${process.execPath}" "${command}"`)
        .replace(/http:\/\/localhost:\d+\/\S*/, url)
        .replace('--count 10000 --rate 200', '--count 100 --rate 200')
        // `listen` does not fetch files.
        .replace('picture.jpg', 'picture.jpg --serve-for 0');
      const child = spawn('sh', ['-c', run], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (chunk) => {
        stderr += String(chunk);
      });
      const [status] = (await once(child, 'close')) as [number];
      expect([line, status, stderr]).toEqual([
        line,
        isBad(line) ? 1 : 0,
        isBad(line) ? blocks(read(file), 'text')[0] : '',
      ]);
    }
    rmSync(join(folder, 'fixtures'));
    const { stdout } = await listen.stop();
    expect(events(stdout, 'message').length).toBeGreaterThan(1);
  });
});

describe('docs/command.md', () => {
  const sectionOf = (name: string): string =>
    new RegExp(`^## ${name}\\n[^]*?(?=^## |(?![^]))`, 'm').exec(read('docs/command.md'))?.[0] ?? '';

  it('lists exactly the probes of doctor, each with the statuses that are right', () => {
    const rows = [...sectionOf('doctor').matchAll(/^\| ([^`|]+?) +\| [^|]+\| ([\d, ]+?) +\|$/gm)];
    expect(rows.map(([, name, accepted]) => [name, accepted])).toEqual(
      createProbes('86717').map(({ name, accepted }) => [name, accepted.join(', ')]),
    );
  });

  it('listens on one port and sends to it, and that is not the port of npm start', () => {
    const samples = blocks(read('docs/command.md'), 'sh').join('');
    const [, port = ''] = /listen --port (\d+)/.exec(samples) ?? [];
    expect(port).toMatch(/^\d+$/);
    expect(port).not.toBe('8080');
    const targets = [...samples.matchAll(/(?:send|doctor) http:\/\/localhost:(\d+)/g)].map(([, target]) => target);
    expect(new Set(targets)).toEqual(new Set([port]));
  });

  it.each(['parse', 'listen', 'send', 'doctor', 'serve-media'])('lists exactly the options that %s has', (name) => {
    const help = execFileSync(process.execPath, [command, name, '--help'], { encoding: 'utf8' });
    const optionsIn = (text: string): string[] =>
      [...new Set(text.match(/--[a-z][a-z-]*/g))].filter((option) => option !== '--help').sort();
    expect(optionsIn(sectionOf(name))).toEqual(optionsIn(help));
  });
});
