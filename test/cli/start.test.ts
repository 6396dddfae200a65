// `npm start`. A fresh clone is simulated: a folder with only the script, and a program `npm` that records its arguments.

import { spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { events, root, until } from '../helpers/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'mo-postback-start-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Started {
  readonly output: () => string;
  readonly errors: () => string;
  readonly closed: Promise<number | null>;
  readonly stop: () => void;
}

/** Runs `npm start` as a process. */
function start(port: string, ...args: string[]): Started {
  return run(process.execPath, [join(root, 'src/cli/start.js'), ...args], root, { PORT: port });
}

function run(command: string, args: readonly string[], cwd: string, env: Record<string, string>): Started {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env } });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  const closed = new Promise<number | null>((settle) => {
    child.on('close', settle);
  });
  return { output: () => output, errors: () => errors, closed, stop: () => child.kill() };
}

describe('npm start', () => {
  it('runs mo-postback listen with its options', async () => {
    const { output, closed, stop } = start('0', '--json', '--out', join(folder, 'messages.ndjson'));
    const url = String(await until(() => events(output(), 'listening')[0]?.['url']));
    const fixtures = ['protocol-sms', 'provider-page-1', 'provider-page-2'];
    for (const name of fixtures) {
      const { status } = await fetch(url, { method: 'POST', body: readFileSync(join(root, `fixtures/${name}.xml`)) });
      expect(status).toBe(200);
    }
    stop();
    expect(await closed).toBe(0);
    const kept = readFileSync(join(folder, 'messages.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string });
    expect(kept.map(({ kind }) => kind)).toEqual(['sms', 'mms', 'mms']);
  });

  it('reports in one line that the port is in use, and what to do', async () => {
    const server = createServer();
    await new Promise<void>((settle) => server.listen(0, 'localhost', settle));
    const port = String((server.address() as AddressInfo).port);
    const { errors, closed } = start(port, '--out', join(folder, 'other.ndjson'));
    expect(await closed).toBe(1);
    server.close();
    expect(errors()).toMatch(
      new RegExp(
        `^error: Cannot listen on port ${port} of localhost: the port is already in use\\. Choose another port with --port; .*\\n$`,
      ),
    );
  });

  it('reports that the environment variable PORT is not a port', async () => {
    const { errors, closed } = start('eighty');
    expect(await closed).toBe(2);
    expect(errors()).toMatch(
      /^error: option '--port <PORT>' value 'eighty' from env 'PORT' is invalid\. Expected a whole number from 0 to 65535\./,
    );
  });
});

/**
 * A fresh clone. Its `npm` is run with node, prints to both streams, waits for the file `go` if `isHeld`, and ends with
 * the given exit code. Its build writes a command that prints its arguments.
 */
function freshClone(
  exitCode = 0,
  isHeld = false,
): { cwd: string; path: string; calls: () => string[]; go: () => void } {
  const cwd = mkdtempSync(join(folder, 'clone-'));
  mkdirSync(join(cwd, 'src/cli'), { recursive: true });
  mkdirSync(join(cwd, 'bin'));
  cpSync(join(root, 'src/cli/start.js'), join(cwd, 'src/cli/start.js'));
  for (const file of ['package-lock.json', 'tsup.config.ts', 'calls']) writeFileSync(join(cwd, file), '');
  writeFileSync(join(cwd, 'package.json'), '{"type":"module"}');
  const npm = join(cwd, 'bin/npm');
  writeFileSync(
    npm,
    `#!${process.execPath}
const { appendFileSync, existsSync, mkdirSync, writeFileSync } = require('node:fs');
const [name, ...flags] = process.argv.slice(2);
appendFileSync('calls', [name, ...flags].join(' ') + '\\n');
console.log('output of ' + name);
console.error('warning of ' + name);
const end = () => {
  if (${String(isHeld)} && !existsSync('go')) return setTimeout(end, 5);
  mkdirSync(name === 'ci' ? 'node_modules' : 'dist/cli', { recursive: true });
  if (name === 'ci') writeFileSync('node_modules/.package-lock.json', '');
  else {
    writeFileSync('dist/cli/cli.cjs', 'console.log(JSON.stringify(process.argv.slice(2)))');
    writeFileSync('dist/LICENSES.txt', '');
  }
  process.exitCode = ${String(exitCode)};
};
end();
`,
  );
  // The package of the clone is a module, and this program is not.
  writeFileSync(join(cwd, 'bin/package.json'), '{}');
  chmodSync(npm, 0o755);
  return {
    cwd,
    path: [join(cwd, 'bin'), process.env['PATH']].join(delimiter),
    calls: () => readFileSync(join(cwd, 'calls'), 'utf8').split('\n').slice(0, -1),
    go: () => {
      writeFileSync(join(cwd, 'go'), '');
    },
  };
}

/** Replaces numbers of seconds. */
const withoutTimes = (text: string): string => text.replace(/\d+ s$/gm, 'N s');

describe.skipIf(process.platform === 'win32')('npm start in a fresh clone', () => {
  const args = ['src/cli/start.js', '--port', '0'];

  it('installs, builds and listens, with one line at the start and one at the end of each step', async () => {
    const { cwd, path, calls } = freshClone();
    const first = run(process.execPath, args, cwd, { PATH: path });
    expect(await first.closed).toBe(0);
    expect(first.output()).toBe('["listen","--port","0"]\n');
    expect(withoutTimes(first.errors())).toBe(
      'Installing dependencies (npm ci) ...\nInstalling dependencies (npm ci) ... done in N s\n' +
        'Building (npm run build) ...\nBuilding (npm run build) ... done in N s\n',
    );
    expect(calls()).toEqual(['ci --no-audit --no-fund --loglevel=error', 'run build --silent']);

    const second = run(process.execPath, args, cwd, { PATH: path });
    expect([await second.closed, second.errors(), calls().length]).toEqual([0, '', 2]);
  });

  it('shows that it installs before npm has ended, and how long it takes', async () => {
    const { cwd, path, go } = freshClone(0, true);
    const { errors, closed } = run(process.execPath, args, cwd, { PATH: path });
    await until(() => /^Installing dependencies \(npm ci\) \.\.\. running for \d+ s\n/m.exec(errors()) ?? undefined);
    expect(errors()).toMatch(/^Installing dependencies \(npm ci\) \.\.\.\n/);
    go();
    expect(await closed).toBe(0);
  });

  it('ends with what npm has printed if npm fails, and does not build', async () => {
    const { cwd, path, calls } = freshClone(7);
    const { errors, output, closed } = run(process.execPath, args, cwd, { PATH: path });
    expect(await closed).toBe(1);
    expect(output()).toBe('');
    expect(withoutTimes(errors())).toMatch(
      /^Installing .*\nInstalling .* \.\.\. failed after N s\n(?=[^]*output of ci\n)(?=[^]*warning of ci\n)[^]*error: npm ci ended with exit code 7\.\n$/,
    );
    expect(calls()).toHaveLength(1);
  });

  it.skipIf(!existsSync('/usr/bin/script'))(
    'draws the seconds on one line of a terminal (needs the command script)',
    async () => {
      const { cwd, path, go } = freshClone(0, true);
      const command = `exec "${process.execPath}" ${args.join(' ')}`;
      const { output, closed } = run('script', ['-qefc', command, '/dev/null'], cwd, { PATH: path, TERM: 'xterm' });
      await until(() => (output().split('running for').length > 2 ? true : undefined));
      go();
      expect(await closed).toBe(0);
      const [line = ''] = output().split('\r\n');
      const drawn = line.replace(/\d+ s/g, 'N s').replaceAll('Installing dependencies (npm ci) ...', 'ci');
      expect(drawn.split('\r\x1B[2K').join('|')).toMatch(/^\|ci(?:\|ci running for N s){2,}\|ci done in N s$/);
    },
  );
});
