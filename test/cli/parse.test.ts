// `mo-postback parse`.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { command, root, ways } from '../helpers/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'mo-postback-parse-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const fixture = (name: string): string => join(root, 'fixtures', name);
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const SMS =
  '<POSTBACK><ORIGIN>SMS_MO</ORIGIN><CODE>N211</CODE><FROM>1</FROM><TO>2</TO><TEXT>a &\x01 b</TEXT><RECEIVED>2014-02-03 11:19:49</RECEIVED></POSTBACK>';

describe.each(ways)('mo-postback parse, $way', ({ start }) => {
  it('prints each notification as one line of JSON', async () => {
    const { stdout, stderr, exitCode } = await start([
      'parse',
      fixture('protocol-sms.xml'),
      fixture('g1-bundle-of-mixed-kinds.xml'),
      fixture('g5-sms.wire.json'),
    ]).finished;
    expect([stderr, exitCode]).toEqual(['', 0]);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; text?: string });
    expect(lines.map(({ kind }) => kind)).toEqual(['sms', 'sms', 'mms', 'other', 'other', 'sms']);
    expect(lines[0]).toMatchObject({
      from: '15550104477',
      text: '007 is not 7 & blanks count ',
      receivedAt: '2014-02-03T16:19:49.000Z',
    });
  });

  it('reads standard input if the file is - or no file is given', async () => {
    for (const args of [['parse'], ['parse', '-']]) {
      const { stdout, exitCode } = await start(args, readFileSync(fixture('protocol-sms.xml'))).finished;
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ kind: 'sms' });
    }
  });

  it('prints an error with the line and a caret, and continues with the next file', async () => {
    const bad = file('bad.xml', '<POSTBACK>\n  <ORIGIN>SMS_MO</ORIGIN>\n  <TEXT>\x1B[31m&</TEXT>\n</POSTBACK>');
    const { stdout, stderr, exitCode } = await start([
      'parse',
      bad,
      fixture('protocol-sms.xml'),
      join(folder, 'none.xml'),
      folder,
    ]).finished;
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'sms' });
    expect(stderr).toBe(
      `${bad}:3:9: MALFORMED: Character that XML does not allow here (a control character, or a "<" in an attribute) at line 3, column 9 (POSTBACK/TEXT). Expected another character or, for "<", &lt;.\n` +
        '    <TEXT>\uFFFD\n          ^\n' +
        `${join(folder, 'none.xml')}: cannot be read: no such file or folder\n` +
        `${folder}: cannot be read: it is a folder\n`,
    );
  });

  it('prints a warning for each repair', async () => {
    const name = file('repaired.xml', SMS.replace('49<', '49Z<'));
    const { stdout, stderr, exitCode } = await start(['parse', '--recover', name]).finished;
    expect([JSON.parse(stdout), exitCode]).toMatchObject([{ text: 'a &\uFFFD b' }, 0]);
    expect(stderr).toBe(
      `${name}:1:83: STRAY_AMPERSAND: repaired (POSTBACK/TEXT)\n${name}:1:84: FORBIDDEN_CHARACTER: repaired (POSTBACK/TEXT)\n`,
    );
    expect(
      (await start(['parse', '--recover', '--json', name]).finished).stderr
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      { file: name, warning: { code: 'STRAY_AMPERSAND', line: 1, column: 83, path: 'POSTBACK/TEXT' } },
      { file: name, warning: { code: 'FORBIDDEN_CHARACTER' } },
    ]);
  });

  it('prints the error of one notification of a bundle, and all other notifications', async () => {
    const { stdout, stderr, exitCode } = await start(['parse', fixture('g1-one-bad-among-good.xml')]).finished;
    expect(exitCode).toBe(1);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(stderr).toMatch(/^\S+g1-one-bad-among-good\.xml:\d+:\d+: MISSING_FIELD: /);
  });

  it('prints errors as JSON lines with --json', async () => {
    const { stdout, stderr, exitCode } = await start([
      'parse',
      '--json',
      file('empty.xml', ' '),
      join(folder, 'none.xml'),
    ]).finished;
    expect([stdout, exitCode]).toEqual(['', 1]);
    const [first, second] = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(first).toEqual({
      file: join(folder, 'empty.xml'),
      error: {
        name: 'PostbackError',
        code: 'EMPTY',
        line: 1,
        column: 1,
        path: '',
        message: expect.any(String) as string,
        excerpt: expect.any(String) as string,
      },
    });
    expect(second).toEqual({
      file: join(folder, 'none.xml'),
      error: { code: 'ENOENT', message: 'no such file or folder' },
    });
  });

  it('passes its options to the parser', async () => {
    const stray = file('stray.xml', SMS);
    expect((await start(['parse', stray]).finished).stderr).toContain('MALFORMED');
    expect((await start(['parse', '--recover', stray]).finished).stderr).toContain(
      "or the option defaultOffset (such as '-05:00')",
    );
    const { stdout, exitCode } = await start(['parse', '--recover', '--default-offset', '-05:00', stray]).finished;
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([
      0,
      { text: 'a &\uFFFD b', receivedAt: '2014-02-03T16:19:49.000Z' },
    ]);
    const latin = file(
      'latin.xml',
      Buffer.from(readFileSync(fixture('protocol-sms.xml'), 'latin1').replace('007', 'caf\xe9'), 'latin1'),
    );
    expect((await start(['parse', latin]).finished).stderr).toContain('BAD_ENCODING');
    expect(JSON.parse((await start(['parse', '--encoding', 'iso-8859-1', latin]).finished).stdout)).toMatchObject({
      text: 'café is not 7 & blanks count ',
    });
  });

  it('names a wrong option, and exits with 2', async () => {
    const { stderr, exitCode } = await start(['parse', '--encoding', 'klingon']).finished;
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /^error: option '--encoding <LABEL>' argument 'klingon' is invalid\. Expected the name of an encoding, /,
    );
    expect(await start(['parse', '--encodng', 'utf-8']).finished).toMatchObject({
      exitCode: 2,
      stderr: "error: unknown option '--encodng'\n(Did you mean --encoding?)\n(use --help to see what is allowed)\n",
    });
    expect(await start(['parse', '--default-offset', 'EST']).finished).toMatchObject({ exitCode: 2 });
  });

  it('stops as soon as it is told to', async () => {
    const running = start(['parse', '/dev/zero']);
    await expect(running.stop()).resolves.toMatchObject({ stdout: '' });
  });
});

describe('mo-postback parse', () => {
  it('ends silently if the program that reads its output closes the pipe', async () => {
    const many = file(
      'many.xml',
      `<POSTBACK>${'<NOTIFICATION><ORIGIN>SUB</ORIGIN><A>words</A></NOTIFICATION>'.repeat(900)}</POSTBACK>`,
    );
    const { stdout, stderr } = await promisify(execFile)('sh', [
      '-c',
      `"${process.execPath}" "${command}" parse ${`"${many}" `.repeat(30)} | head -n 1`,
    ]);
    expect([stdout.split('\n').length, stderr]).toEqual([2, '']);
  });

  it.skipIf(!existsSync('/dev/full'))(
    'reports in one line that its output cannot be written (needs /dev/full)',
    async () => {
      const one = file('one.xml', SMS.replace('&\x01', ''));
      const run = promisify(execFile)('sh', [
        '-c',
        `"${process.execPath}" "${command}" parse --default-offset Z "${one}" > /dev/full`,
      ]);
      await expect(run).rejects.toMatchObject({
        code: 1,
        stderr: 'error: Cannot write to standard output: no space left on the disk.\n',
      });
    },
  );

  it('prints the name of a file on one line', async () => {
    const { stderr } = await promisify(execFile)(process.execPath, [command, 'parse', 'a\nb'], { cwd: folder }).catch(
      (error: unknown) => error as { stderr: string },
    );
    expect(stderr).toBe('a\uFFFDb: cannot be read: no such file or folder\n');
  });
});
