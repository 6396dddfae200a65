// `npm start`.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { events, root, until } from '../helpers/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'mo-postback-start-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Runs `npm start` as a process. */
function start(
  port: string,
  ...args: string[]
): { output: () => string; errors: () => string; closed: Promise<number | null>; stop: () => void } {
  const child = spawn(process.execPath, [join(root, 'src/cli/start.js'), ...args], {
    cwd: root,
    env: { ...process.env, PORT: port },
  });
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
