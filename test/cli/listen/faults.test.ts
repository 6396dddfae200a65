// What happens to the files of `mo-postback listen`, and to its answers, when something around it goes wrong.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deliver, sampleMessages } from '../../../src/testing/index.ts';
import { asProcess, command, events, until, ways } from '../../helpers/command.ts';
import { freePort } from '../../helpers/free-port.ts';
import { createSandbox, linesOf } from '../../helpers/sandbox.ts';
import { afterTest } from '../../helpers/server.ts';

const sandbox = createSandbox();
const { sms } = sampleMessages;
const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;
const ONCE = { intervalsMs: [] };
const BAD = { body: '<POSTBACK>', headers: {} };

/** Sends this many different messages at the same time. Resolves to their ids by status. */
async function post(url: string, count: number, prefix = ''): Promise<Map<number | undefined, string[]>> {
  const ids = new Map<number | undefined, string[]>();
  await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const transactionId = `${prefix}${String(n)}`;
      const { attempts } = await deliver(url, { ...sms, transactionId }, ONCE);
      const status = attempts[0]?.status;
      ids.set(status, [...(ids.get(status) ?? []), transactionId]);
    }),
  );
  return ids;
}

const idsIn = (...files: string[]): unknown[] =>
  files.flatMap((file) => linesOf(file).map(({ transactionId }) => transactionId));

/** Starts a process whose output is not read. Resolves when it listens on the port. */
async function startDeaf(line: string, port: number): Promise<{ url: string; pid: string }> {
  const child = spawn('sh', ['-c', `exec ${line}`], { stdio: 'ignore' });
  afterTest(() => {
    child.kill('SIGKILL');
  });
  const url = `http://127.0.0.1:${String(port)}/`;
  for (;;) {
    if (child.exitCode !== null) throw new Error('It has ended.');
    // 405 without any side effect.
    const status = await fetch(url).then(
      (answer) => answer.status,
      () => undefined,
    );
    if (status === 405) return { url, pid: String(child.pid) };
  }
}

describe.each(ways)('a second mo-postback listen, $way', ({ start }) => {
  it('touches no file if the port is taken', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const { url } = await sandbox.listen(start, out);
    await deliver(url, sms, ONCE);
    // The first one is in the middle of a write.
    appendFileSync(out, '{"te');
    const before = readFileSync(out, 'utf8');
    const { port } = new URL(url);
    expect(await start(['listen', '--port', port, '--out', out]).finished).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('the port is already in use') as string,
    });
    const other = sandbox.newPath();
    expect(await start(['listen', '--port', port, '--out', join(other, 'a')]).finished).toMatchObject({ exitCode: 1 });
    expect(() => readdirSync(other)).toThrow();
    expect([readFileSync(out, 'utf8'), readdirSync(join(out, '../rejected'))]).toEqual([before, []]);
  });

  it('is refused if the file is used, also by another name of the file', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const link = sandbox.newPath();
    const { url } = await sandbox.listen(start, out);
    await deliver(url, sms, ONCE);
    appendFileSync(out, '{"te');
    const before = readFileSync(out, 'utf8');
    symlinkSync(out, link);
    symlinkSync(join(out, '..'), `${link}.folder`);
    for (const name of [out, link, join(`${link}.folder`, 'messages.ndjson')]) {
      expect(await start(['listen', '--port', '0', '--out', name]).finished).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: `error: Cannot write to ${name}: another process uses it. Choose another file with --out.\n`,
      });
    }
    expect([readFileSync(out, 'utf8'), readdirSync(join(out, '../rejected'))]).toEqual([before, []]);
  });
});

describe('the lock of mo-postback listen', () => {
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

  it.skipIf(!isRoot)(
    'works if both processes have the id 1, and is free as soon as one is killed (needs the right to unshare)',
    async () => {
      const folder = sandbox.newPath();
      mkdirSync(folder);
      const out = join(folder, 'messages.ndjson');
      const inContainer = async (): Promise<{ output: string; child: ReturnType<typeof spawn> }> => {
        const port = await freePort();
        // With its own network, as in a container.
        const child = spawn(
          'unshare',
          // prettier-ignore
          ['--pid', '--net', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', 'ip link set lo up; echo pid $$; exec "$@"', 'sh',
            process.execPath, command, 'listen', '--json', '--host', '127.0.0.1', '--port', String(port), '--out', out],
        );
        afterTest(() => {
          child.kill('SIGKILL');
        });
        let output = '';
        for (const stream of [child.stdout, child.stderr])
          stream.on('data', (chunk) => {
            output += String(chunk);
          });
        await until(() => /listening|error/.exec(output)?.[0]);
        return { output, child };
      };
      const first = await inContainer();
      expect(first.output).toMatch(/^pid 1\n.*listening/);
      const second = await inContainer();
      expect(second.output).toMatch(/^pid 1\nerror: .*another process uses it/);
      first.child.kill('SIGKILL');
      await once(first.child, 'close');
      expect((await inContainer()).output).toMatch(/^pid 1\n.*listening/);
    },
  );

  it('is free as soon as its process is killed, and its file is removed', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    for (let n = 0; n < 3; n++) {
      const running = await sandbox.listen(asProcess.start, out);
      expect(readdirSync(join(out, '..')).filter((name) => name.endsWith('.lock'))).toHaveLength(1);
      running.kill('SIGKILL');
      await running.finished;
    }
  });
});

describe('the file of messages of mo-postback listen', () => {
  it.skipIf(!hasPrlimit)('loses nothing if it cannot grow, and grows again when it can (needs prlimit)', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const running = await sandbox.listen(asProcess.start, out);
    const limit = (bytes: string): unknown =>
      execFileSync('prlimit', ['--pid', String(running.pid), `--fsize=${bytes}:`]);
    limit('10000');
    const first = await post(running.url, 100, 'a');
    expect([...first.keys()].sort()).toEqual([200, 500]);
    expect(idsIn(out).sort()).toEqual(first.get(200)?.sort());
    expect(events(running.stdout(), 'problem')[0]).toEqual({
      event: 'problem',
      message: `Cannot write a message to ${out}: the file is too large. The answer is 500, so that the provider sends the postback again.`,
    });
    // Another program appends to the file in the meantime.
    appendFileSync(out, '{"transactionId":"other"}\n');
    limit('1');
    expect([...(await post(running.url, 10, 'c')).keys()]).toEqual([500]);
    limit('unlimited');
    const second = await post(running.url, 100, 'b');
    expect([...second.keys()]).toEqual([200]);
    expect(idsIn(out).sort()).toEqual([...(first.get(200) ?? []), ...(second.get(200) ?? []), 'other'].sort());
  });

  it('may be moved under load: each message that was answered 200 is in exactly one of the files', async () => {
    const folder = sandbox.newPath();
    const out = join(folder, 'messages.ndjson');
    const running = await sandbox.listen(asProcess.start, out);
    const load = asProcess.start(
      // prettier-ignore
      ['send', running.url, '--sms', 'load', '--json', '--count', '3000', '--concurrency', '50', '--retries', '5', '--retry-interval', '0.05'],
    );
    let isOver = false as boolean;
    void load.finished.then(() => {
      isOver = true;
    });
    const moved: string[] = [];
    for (;;) {
      await until(() => isOver || (existsSync(out) && statSync(out).size > 0) || undefined);
      if (isOver) break;
      moved.push(`${out}.${String(moved.length)}`);
      renameSync(out, String(moved.at(-1)));
    }
    const delivered = events((await load.finished).stdout, 'delivery').flatMap(({ keys }) => keys as string[]);
    expect(delivered).toHaveLength(3000);
    expect(moved.length).toBeGreaterThan(20);
    const stored = [...moved, out]
      .filter((file) => existsSync(file))
      .flatMap((file) => linesOf(file).map(({ key }) => key));
    expect(stored.sort()).toEqual(delivered.sort());
  });

  it('is made again before the next answer if it was deleted', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const { url } = await sandbox.listen(asProcess.start, out);
    expect([...(await post(url, 5, 'a')).keys()]).toEqual([200]);
    rmSync(out);
    expect([...(await post(url, 5, 'b')).keys()]).toEqual([200]);
    expect(idsIn(out).sort()).toEqual(['b0', 'b1', 'b2', 'b3', 'b4']);
    // With its folder.
    rmSync(join(out, '..'), { recursive: true });
    expect([...(await post(url, 5, 'c')).keys()]).toEqual([200]);
    expect(idsIn(out).sort()).toEqual(['c0', 'c1', 'c2', 'c3', 'c4']);
  });
});

describe('mo-postback listen whose output cannot be written', () => {
  it.skipIf(process.platform !== 'linux')('goes on if the disk of its log is full (needs /dev/full)', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    for (const json of ['', '--json']) {
      const port = await freePort();
      const { url } = await startDeaf(
        `"${process.execPath}" "${command}" listen ${json} --host 127.0.0.1 --port ${String(port)} --out "${out}.${json}" >/dev/full 2>&1`,
        port,
      );
      expect([...(await post(url, 20)).keys()]).toEqual([200]);
      expect(await deliver(url, BAD, ONCE)).toMatchObject({ attempts: [{ status: 400 }] });
      expect([...(await post(url, 20, 'b')).keys()]).toEqual([200]);
      expect(idsIn(`${out}.${json}`)).toHaveLength(40);
    }
  });

  it('goes on if nobody reads its output any more', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const running = await sandbox.listen(asProcess.start, out);
    running.closeOutput();
    expect([...(await post(running.url, 20, 'a')).keys()]).toEqual([200]);
    expect(await deliver(running.url, BAD, ONCE)).toMatchObject({ attempts: [{ status: 400 }] });
    expect([...(await post(running.url, 20, 'b')).keys()]).toEqual([200]);
    expect(idsIn(out)).toHaveLength(40);
    expect((await running.stop()).exitCode).toBe(0);
  });

  it('goes on if its output is not read, and ends in spite of it', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const port = await freePort();
    const args = ['listen', '--json', '--host', '127.0.0.1', '--port', String(port), '--out', out];
    // Nobody reads from the pipe.
    const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    afterTest(() => {
      child.kill('SIGKILL');
    });
    await once(child.stdout, 'readable');
    const text = 'long '.repeat(20_000);
    for (let n = 0; n < 30; n++) {
      const message = { ...sms, text, transactionId: String(n) };
      const { attempts } = await deliver(`http://127.0.0.1:${String(port)}/`, message, ONCE);
      expect(attempts).toMatchObject([{ status: 200 }]);
    }
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(idsIn(out)).toHaveLength(30);
  });

  it.skipIf(!hasPrlimit)('writes its log again when there is room (needs prlimit)', async () => {
    const folder = sandbox.newPath();
    mkdirSync(folder);
    const [out, log] = [join(folder, 'messages.ndjson'), join(folder, 'log')];
    writeFileSync(log, '');
    const port = await freePort();
    const { url, pid } = await startDeaf(
      `"${process.execPath}" "${command}" listen --json --host 127.0.0.1 --port ${String(port)} --out "${out}" >>"${log}" 2>&1`,
      port,
    );
    execFileSync('prlimit', ['--pid', pid, '--fsize=1:']);
    expect([...(await post(url, 5, 'a')).keys()]).toEqual([500]);
    execFileSync('prlimit', ['--pid', pid, '--fsize=unlimited:']);
    expect([...(await post(url, 5, 'b')).keys()]).toEqual([200]);
    await until(() => events(readFileSync(log, 'utf8'), 'message')[4]);
  });
});
