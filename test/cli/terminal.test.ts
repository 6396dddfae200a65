// What `mo-postback listen` and `mo-postback send` print for people, and draw on terminals.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { main } from '../../src/cli/command.ts';
import { lossy } from '../../src/cli/terminal.ts';
import { deliver, sampleMessages } from '../../src/testing/index.ts';
import { asProcess, onSimulatedTerminal, root, until, ways } from '../helpers/command.ts';
import { createSandbox, linesOf } from '../helpers/sandbox.ts';

const sandbox = createSandbox();
const { sms, mms } = sampleMessages;
const ONCE = { intervalsMs: [] };

describe('the output of a server', () => {
  it('is left out while more than a megabyte waits', () => {
    let read = '';
    const slow: (() => void)[] = [];
    const stream = new Writable({
      decodeStrings: false,
      write(text, _, done) {
        read += String(text);
        slow.push(done);
      },
    });
    const output = lossy(stream);
    const half = 'x'.repeat(512 * 1024);
    for (const text of ['a', half, half, 'left out']) output.write(text);
    while (stream.writableLength > 0) slow.shift()?.();
    output.write('b');
    expect(read.replaceAll(half, '#')).toBe('a##b');
  });
});

describe.each(ways)('mo-postback listen, $way', ({ start }) => {
  it('prints what happens, without control characters from messages', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const running = sandbox.run(
      start,
      'listen',
      '--port',
      '0',
      '--host',
      '127.0.0.1',
      '--out',
      out,
      '--secret',
      'geheim',
    );
    const url = (await until(() => /send (\S+\/)SECRET /.exec(running.stdout())?.[1])) + 'geheim';
    await deliver(url, { ...sms, text: '\u009B31m\u202E"&' }, { ...ONCE, generation: 'G5' });
    await deliver(url, { ...mms, subject: 'Hi' }, ONCE);
    await deliver(url, { ...mms, trackingId: 'b' }, ONCE);
    await deliver(url, mms, ONCE);
    await deliver(url, mms, ONCE);
    await deliver(url, { body: 'a', headers: { 'content-type': 'image/png' } }, ONCE);
    for (const body of [
      '<POSTBACK><ORIGIN>SUB</ORIGIN></POSTBACK>',
      '<POSTBACK><ORIGIN>SUB\x1B</ORIGIN><A>&</A></POSTBACK>',
      '<POSTBACK>',
    ])
      await deliver(url, { body, headers: {} }, ONCE);
    await deliver(url, { body: `<${' '.repeat(8 * 1024 * 1024)}`, headers: {} }, ONCE);
    await deliver(url.replace('geheim', 'wrong'), sms, ONCE);
    await fetch(url);
    const { stdout } = await running.stop();
    const shown = stdout.replace(/^\d\d:\d\d:\d\d /gm, '').split('\n');
    const files = mms.files.map((file) => `"${file}"`).join('  ');
    expect(shown).toEqual([
      `Listening on ${url.replace('geheim', 'SECRET')} (SECRET is the value of --secret)`,
      `Messages are appended to ${out}. Send one from another terminal:`,
      `  npx mo-postback send ${url.replace('geheim', 'SECRET')} --sms 'Hello'`,
      'SMS   15550104477 → 86717  "\\u009b31m\\u202e\\"&"',
      `MMS   15550104477 → 00000  "Hi"  ${files}`,
      `MMS   15550104477 → 00000  ${files}`,
      `MMS   duplicate, answered 200`,
      `MMS   duplicate, answered 200`,
      expect.stringMatching(/^UNSUPPORTED_MEDIA_TYPE /),
      expect.stringMatching(/^ {6}saved in .*\.body$/),
      '415   UNSUPPORTED_MEDIA_TYPE',
      'OTHER "SUB" ""',
      'OTHER "SUB\uFFFD" "" (repaired in 2 places)',
      expect.stringMatching(/^MALFORMED /),
      expect.stringMatching(/^ {6}saved in .*\.body$/),
      '400   MALFORMED',
      expect.stringMatching(/^TOO_LARGE /),
      '413   TOO_LARGE',
      '401   UNAUTHORIZED',
      '405   METHOD_NOT_ALLOWED',
      'Stopped.',
      '',
    ]);
  });
});

describe.each([
  ['listen', '--out'],
  ['serve-media', '.'],
])('mo-postback %s', (name, ...args) => {
  it('goes on after errors of its output', async () => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const stopping = new AbortController();
    const folder = sandbox.newPath();
    mkdirSync(folder);
    const files = name === 'listen' ? [join(folder, 'messages.ndjson')] : [];
    const ended = main([name, '--json', '--port', '0', ...args, ...files], {
      stdin: Readable.from([]),
      stdout,
      stderr,
      signal: stopping.signal,
    });
    let output = '';
    stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    const url = await until(() => /"url":"([^"]*)"/.exec(output)?.[1]);
    stdout.emit('error', new Error('ENOSPC'));
    expect((await fetch(url)).status).toBe(name === 'listen' ? 405 : 404);
    stopping.abort();
    expect(await ended).toBe(0);
  });
});

describe('on a simulated terminal', () => {
  it('mo-postback listen shows a request to another path', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const { start } = onSimulatedTerminal;
    const running = sandbox.run(start, 'listen', '--port', '0', '--path', '/postback', '--out', out);
    const url = await until(() => /send (http:\S+) /.exec(running.stdout())?.[1]);
    await deliver(new URL('/other', url), sms, ONCE);
    // eslint-disable-next-line no-control-regex
    expect(running.stdout().replace(/\x1B\[\d+m/g, '')).toContain(
      '404   NOT_FOUND\n0 messages, 0 duplicates, 1 rejected.',
    );
  });

  it('mo-postback listen reports a message that could not be written (simulated disk failure)', async () => {
    const out = join(sandbox.newPath(), 'two\nlines.ndjson');
    const running = sandbox.run(onSimulatedTerminal.start, 'listen', '--port', '0', '--out', out);
    const url = await until(() => /send (http:\S+) /.exec(running.stdout())?.[1]);
    const probe = await open(out);
    const sync = vi
      .spyOn(Object.getPrototypeOf(probe) as typeof probe, 'sync')
      .mockRejectedValueOnce(Object.assign(new Error(), { code: 'EIO' }));
    await probe.close();
    expect(await deliver(url, sms, { intervalsMs: [1] })).toMatchObject({
      attempts: [{ status: 500 }, { status: 200 }],
    });
    sync.mockRestore();
    expect(running.stdout()).toContain(
      `Cannot write a message to ${out.replace('\n', '\uFFFD')}: EIO. The answer is 500, so that the provider sends the postback again.`,
    );
    expect(linesOf(out)).toHaveLength(1);
  });

  it('mo-postback listen draws a status line, and mo-postback send a progress bar', async () => {
    const running = sandbox.run(
      onSimulatedTerminal.start,
      'listen',
      '--port',
      '0',
      '--out',
      join(sandbox.newPath(), 'messages.ndjson'),
    );
    const url = await until(() => /send (http:\S+) /.exec(running.stdout())?.[1]);
    const load = await onSimulatedTerminal.start(['send', url, '--sms', 'load', '--count', '3']).finished;
    expect(load.stderr).toContain('3 of 3, 0 not delivered');
    const { stdout } = await running.stop();
    expect(stdout).toContain('3 messages, 0 duplicates, 0 rejected. Press Ctrl-C to stop.');
    expect(stdout).toMatch(/[^\n]\nStopped\.\n$/);
  });
});

describe('on a real terminal', () => {
  const hasScript = process.platform === 'linux' && existsSync('/usr/bin/script');
  /** Runs a command on a separate terminal. `drawn` returns everything that it has written. */
  const onTerminal = (
    args: readonly string[],
    env: Record<string, string> = {},
  ): { drawn: () => string; ended: Promise<number | null>; interrupt: () => void } => {
    const child = spawn(
      'script',
      [
        '-qefc',
        `stty cols 60; exec ${[process.execPath, join(root, 'dist/cli/cli.cjs'), ...args].map((arg) => `'${arg}'`).join(' ')}`,
        '/dev/null',
      ],
      {
        cwd: root,
        env: {
          ...process.env,
          TERM: 'xterm-256color',
          NO_COLOR: undefined,
          FORCE_COLOR: undefined,
          CI: undefined,
          ...env,
        },
      },
    );
    let drawn = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      drawn += String(chunk);
    });
    const ended = new Promise<number | null>((done) => child.once('close', done));
    return { drawn: () => drawn, ended, interrupt: () => void child.stdin.write('\x03') };
  };

  it.skipIf(!hasScript)(
    'mo-postback listen prints coloured lines above a status line, which stays after Ctrl-C (needs the command script)',
    async () => {
      for (const [env, hasColours] of [
        [{}, true],
        [{ NO_COLOR: '1' }, false],
      ] as const) {
        const { drawn, ended, interrupt } = onTerminal(
          ['listen', '--port', '0', '--out', join(sandbox.newPath(), 'messages.ndjson')],
          env,
        );
        const url = await until(() => /send (http:\S+) /.exec(drawn())?.[1]);
        await deliver(url, sms, ONCE);
        await deliver(url, sms, ONCE);
        await until(() => (drawn().includes('1 duplicate') ? true : undefined));
        interrupt();
        expect(await ended).toBe(0);
        // eslint-disable-next-line no-control-regex
        expect(/\x1B\[3[0-9]m/.test(drawn())).toBe(hasColours);
        const plain = drawn()
          // eslint-disable-next-line no-control-regex
          .replace(/\x1B\[\d+m/g, '')
          .split('\r\n')
          .slice(3)
          .join('\n');
        // Each line replaces the status line, which is written again below it.
        expect(plain.replace(/\d\d:\d\d:\d\d/g, 'now')).toBe(
          'now SMS   15550104477 → 86717  "007 is not 7 & blanks count "\n1 message, 0 duplicates, 0 rejected. Press Ctrl-C to stop.' +
            '\r\x1B[2Know SMS   duplicate, answered 200\n1 message, 0 duplicates, 0 rejected. Press Ctrl-C to stop.\r\x1B[2K1 message, 1 duplicate, 0 rejected. Press Ctrl-C to stop.^C\nStopped.\n',
        );
      }
    },
  );

  it.skipIf(!hasScript)('mo-postback send draws a progress bar (needs the command script)', async () => {
    const { url } = await sandbox.listen(asProcess.start, join(sandbox.newPath(), 'messages.ndjson'));
    const { drawn, ended } = onTerminal(['send', url, '--sms', 'load', '--count', '300', '--rate', '300']);
    expect(await ended).toBe(0);
    expect(drawn()).toContain('300 of 300, 0 not delivered');
    expect(drawn()).toContain('░');
    expect(drawn()).toMatch(/300 of 300 postbacks delivered in \d/);
  });
});
