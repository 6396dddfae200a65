// `mo-postback listen --save-media`.

import { readdirSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MediaSaver } from '../../../src/cli/listen/media-saver.ts';
import type { ListenReport } from '../../../src/cli/listen/report.ts';
import { readMms, saveFiles } from '../../../src/media/node.ts';
import type { MmsMo } from '../../../src/index.ts';
import { deliver, sampleMessages } from '../../../src/testing/index.ts';
import { asFunction, asProcess, events, onSimulatedTerminal, until, ways } from '../../helpers/command.ts';
import { hosting, hostingFiles, JPEG } from '../../helpers/media.ts';
import { createSandbox, linesOf } from '../../helpers/sandbox.ts';
import { sleep } from '../../helpers/sleep.ts';

const sandbox = createSandbox();
const { sms, mms } = sampleMessages;
const ONCE = { intervalsMs: [] };
const LOCAL = ['--media-address', '127.0.0.1'];
const SMIL = '<smil><body><par><img src="1.jpg"/><text src="2.txt"/></par></body></smil>';

const newFiles = (): { out: string; media: string } => {
  const folder = sandbox.newPath();
  return { out: join(folder, 'messages.ndjson'), media: join(folder, 'media') };
};
/** The ids of the messages in the queue file that are not done. */
const pendingIn = (media: string): unknown[] => {
  const lines = linesOf(join(media, 'queue.ndjson'));
  const done = lines.filter(({ event }) => event === 'done').map(({ id }) => id);
  return lines.filter(({ event, id }) => event === 'added' && !done.includes(id)).map(({ id }) => id);
};

describe.each(ways)('mo-postback listen --save-media, $way', ({ start }) => {
  it('saves the files of each MMS in a folder of its own, after the answer, and shows the words', async () => {
    const { out, media } = newFiles();
    let isAnswered = false;
    const waiting: ServerResponse[] = [];
    const files: Readonly<Record<string, readonly [content: string | Uint8Array, type: string]>> = {
      '/0.smil': [SMIL, 'application/smil'],
      '/2.txt': ['Look \u{1F600}', 'text/plain'],
      '/1.jpg': [JPEG, 'image/jpeg'],
    };
    const base = await hosting(({ url }, response) => {
      // Requests before the answer would never be answered.
      if (!isAnswered) waiting.push(response);
      else response.setHeader('content-type', files[String(url)]?.[1] ?? '').end(files[String(url)]?.[0]);
    });
    const { url, stdout } = await sandbox.listen(
      start,
      out,
      '--save-media',
      media,
      '--media-host',
      '127.0.0.1',
      ...LOCAL,
    );
    const message = { ...mms, files: ['0.smil', '2.txt', '1.jpg'].map((name) => base + name) };
    const delivering = deliver(url, message, ONCE);
    expect(await delivering).toMatchObject({ isDelivered: true });
    isAnswered = true;
    for (const response of waiting) response.destroy();
    await deliver(url, { ...mms, trackingId: 'none', files: [] }, ONCE);
    await deliver(url, sms, ONCE);
    const saved = await until(() => events(stdout(), 'media')[0]);
    const [line, withoutFiles, text] = linesOf(out);
    const directory = String(line?.['media']);
    expect(directory).toMatch(new RegExp(`^${media}/sha256-[0-9a-f]{64}$`));
    expect([withoutFiles?.['media'], text?.['media']]).toEqual([undefined, undefined]);
    expect(saved).toMatchObject({
      from: mms.from,
      to: mms.to,
      directory,
      text: 'Look \u{1F600}',
      files: [{ size: SMIL.length }, {}, {}],
    });
    expect(readdirSync(directory)).toEqual(['01.smil', '02.txt', '03.jpg', 'manifest.json']);
    expect(pendingIn(media)).toEqual([]);
    // As a program reads them later.
    const again = await saveFiles(line as unknown as MmsMo, { directory });
    expect(await readMms(again)).toMatchObject({
      isComplete: true,
      text: 'Look \u{1F600}',
      parts: [{ kind: 'image' }, {}, {}],
    });
  });

  it.each([
    [['--media-host', 'a'], "option '--media-host <HOST>' requires --save-media"],
    [['--media-address', '10.0.0.0/8'], "option '--media-address <CIDR>' requires --save-media"],
    [
      ['--save-media', 'm', '--media-host', 'http://a'],
      "option '--media-host <HOST>' argument 'http://a' is invalid. Expected host names",
    ],
    [
      ['--save-media', 'm', '--media-address', '10'],
      "option '--media-address <CIDR>' argument '10' is invalid. Expected an address or a CIDR range.",
    ],
  ])('refuses %j', async (args, message) => {
    const { stderr, exitCode } = await start(['listen', ...args]).finished;
    expect(stderr).toContain(`error: ${message}`);
    expect(exitCode).toBe(2);
  });

  it('does not start if the folder cannot be used', async () => {
    const { out } = newFiles();
    const { stderr, exitCode } = await start(['listen', '--port', '0', '--out', out, '--save-media', '/dev/null'])
      .finished;
    expect([stderr, exitCode]).toEqual([
      'error: Cannot write to /dev/null/queue.ndjson: a part of the path is not a folder. Choose another folder with --save-media.\n',
      1,
    ]);
  });
});

describe('mo-postback listen --save-media', () => {
  it('goes on after it was killed', async () => {
    const { out, media } = newFiles();
    let isReady = false;
    let requests = 0;
    const base = await hosting((_, response) => {
      requests++;
      if (isReady) response.end('Hello');
      else response.write('Hel');
    });
    const first = await sandbox.listen(asProcess.start, out, '--save-media', media, ...LOCAL);
    await deliver(first.url, { ...mms, files: [`${base}1`, `${base}2`] }, ONCE);
    await until(() => (requests === 2 ? true : undefined));
    first.kill('SIGKILL');
    await first.finished;
    expect(pendingIn(media)).toHaveLength(1);
    isReady = true;
    const second = await sandbox.listen(asProcess.start, out, '--save-media', media, ...LOCAL);
    const saved = await until(() => events(second.stdout(), 'media')[0]);
    expect(readdirSync(String(saved['directory']))).toEqual(['01.txt', '02.txt', 'manifest.json']);
    await second.stop();
    expect(pendingIn(media)).toEqual([]);
    const third = await sandbox.listen(asProcess.start, out, '--save-media', media, ...LOCAL);
    await third.stop();
    expect(requests).toBe(4);
  });

  it('reports with --json what is missing, and when it is tried again', async () => {
    const { out, media } = newFiles();
    const { url, stdout } = await sandbox.listen(asFunction.start, out, '--save-media', media, ...LOCAL);
    const before = Date.now();
    await deliver(url, { ...mms, files: ['URL of Content Here', 'http://10.0.0.1/?secret'] }, ONCE);
    const event = await until(() => events(stdout(), 'media-failed')[0]);
    expect(event).toMatchObject({
      from: mms.from,
      to: mms.to,
      errors: [
        { code: 'BAD_URL', index: 0 },
        { code: 'ADDRESS_NOT_ALLOWED', index: 1, host: '10.0.0.1' },
      ],
    });
    expect(JSON.stringify(event)).not.toContain('secret');
    expect(Date.parse(String(event['nextTry']))).toBeGreaterThanOrEqual(before + 60_000);
  });

  it('stops at once although a host does not answer, and goes on later', async () => {
    const { out, media } = newFiles();
    let requests = 0;
    const base = await hosting(() => {
      requests++;
    });
    const { url, stop } = await sandbox.listen(asFunction.start, out, '--save-media', media, ...LOCAL);
    await deliver(url, { ...mms, files: [base] }, ONCE);
    await until(() => (requests === 1 ? true : undefined));
    expect((await stop()).exitCode).toBe(0);
    expect(pendingIn(media)).toHaveLength(1);
  });

  it('shows on a terminal what was saved, what is missing, and what is lost', async () => {
    const { out, media } = newFiles();
    const base = await hostingFiles({
      a: ['Hello', 'text/plain'],
      picture: [JPEG, 'image/jpeg'],
      gone: (response) => response.writeHead(410).end(),
      forbidden: (response) => response.writeHead(403).end(),
    });
    const running = onSimulatedTerminal.start(['listen', '--port', '0', '--out', out, '--save-media', media, ...LOCAL]);
    const url = await until(() => /http:\S+/.exec(running.stdout())?.[0]);
    // eslint-disable-next-line no-control-regex -- removes colors
    const shown = (): string => running.stdout().replace(/\x1B\[[\d;]*[A-Za-z]/g, '');
    await deliver(url, { ...mms, trackingId: 'a', files: [`${base}a`, `${base}gone`] }, ONCE);
    await until(() => (shown().includes('lost') ? true : undefined));
    await deliver(url, { ...mms, trackingId: 'c', files: [`${base}picture`] }, ONCE);
    await until(() => /saved in \S+\n/.exec(shown()) ?? undefined);
    await deliver(url, { ...mms, trackingId: 'b', files: [`${base}forbidden?secret`, 'http://10.0.0.1/'] }, ONCE);
    await until(() => /option --media-address/.exec(shown()) ?? undefined);
    await running.stop();
    const host = new URL(base).host;
    expect(shown()).toMatch(/FILES 15550104477 → 00000 {2}1 file saved in \S+ {2}"Hello"/);
    expect(shown()).toContain(`lost files[1] (${host}): The server answered 410: the file was deleted`);
    expect(shown()).toMatch(/FILES 15550104477 → 00000 {2}2 files missing, next try at \d\d:\d\d/);
    expect(shown()).toContain(`The files of MMS are saved in ${media}.`);
    expect(shown()).toContain(`      files[0] (${host}): The server answered 403. Expected 200`);
    expect(shown()).toContain(
      '      files[1] (10.0.0.1): The host leads to an address that is not public. Expected a public one, or one of ' +
        'allowAddresses (option --media-address)',
    );
    expect(shown().replaceAll(/^.*MMS .*$/gm, '')).not.toContain('secret');
  });

  it('shows at most 500 characters of the words on a terminal', async () => {
    const { out, media } = newFiles();
    const base = await hostingFiles({ a: ['x'.repeat(501), 'text/plain'] });
    const running = onSimulatedTerminal.start(['listen', '--port', '0', '--out', out, '--save-media', media, ...LOCAL]);
    const url = await until(() => /http:\S+/.exec(running.stdout())?.[0]);
    await deliver(url, { ...mms, files: [`${base}a`] }, ONCE);
    await until(() => (running.stdout().includes(`"${'x'.repeat(500)}"…`) ? true : undefined));
    await running.stop();
    expect(running.stdout()).not.toContain('x'.repeat(501));
  });

  it('answers 500 if the queue cannot be written', async () => {
    const { out, media } = newFiles();
    const { url, stdout } = await sandbox.listen(asFunction.start, out, '--save-media', media, ...LOCAL);
    rmSync(join(media, 'queue.ndjson'));
    mkdirSync(join(media, 'queue.ndjson'));
    expect(await deliver(url, { ...mms, files: ['http://a.example/'] }, ONCE)).toMatchObject({
      attempts: [{ status: 500 }],
    });
    expect(linesOf(out)).toEqual([]);
    expect(events(stdout(), 'problem')[0]?.['message']).toContain(
      `Cannot write a message to ${out}, or its files to ${media}`,
    );
  });

  it('stores a message although too many are waiting for their files', async () => {
    const { out, media } = newFiles();
    const silent = await hosting(() => undefined);
    mkdirSync(media, { recursive: true });
    const line = (n: number): string => {
      const id = `sha256-${String(n).padStart(64, '0')}`;
      return `${JSON.stringify({ event: 'added', id, from: '1', to: '2', files: [silent], addedAt: new Date() })}\n`;
    };
    writeFileSync(join(media, 'queue.ndjson'), Array.from({ length: 10_000 }, (_, n) => line(n)).join(''));
    const { url, stdout } = await sandbox.listen(asFunction.start, out, '--save-media', media, ...LOCAL);
    expect(await deliver(url, { ...mms, files: ['http://a.example/'] }, ONCE)).toMatchObject({ isDelivered: true });
    expect(linesOf(out)[0]?.['media']).toBeUndefined();
    expect(events(stdout(), 'problem')).toEqual([
      {
        event: 'problem',
        message:
          'The files of a message are not saved: too many are waiting already. The line of the message has the URLs.',
      },
    ]);
  });
});

/** A report that records what it is called with. */
function recordingReport(): { report: ListenReport; calls: unknown[][] } {
  const calls: unknown[][] = [];
  const record =
    (name: string) =>
    (...args: unknown[]): void => {
      calls.push([name, ...args]);
    };
  const names = [
    'listening',
    'message',
    'duplicate',
    'unreadable',
    'rejected',
    'media',
    'mediaFailed',
    'problem',
    'end',
  ];
  return { report: Object.fromEntries(names.map((name) => [name, record(name)])) as unknown as ListenReport, calls };
}

/** Stands for the request of a message. */
const REQUEST = {};

const message: MmsMo = { ...mms, files: [] };

describe('a message whose files cannot be fetched', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is tried again after 1, 2, 4 minutes and so on, at most 6 hours, for 7 days', async () => {
    const folder = sandbox.newPath();
    const { report, calls } = recordingReport();
    const settings = { folder, allowHosts: undefined, allowAddresses: undefined };
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const start = Date.now();
    const saver = await MediaSaver.open(settings, report);
    await saver.add({ ...message, files: ['URL of Content Here'] }, REQUEST);
    saver.answered(REQUEST);
    const delays: number[] = [];
    for (let n = 0; calls.at(-1)?.[0] !== 'media'; n++) {
      // Files are real, so their work takes turns of the event loop, but no time.
      while (calls.length === n) await new Promise((resolve) => setImmediate(resolve));
      const [, , , nextTry] = calls[n] ?? [];
      if (!(nextTry instanceof Date)) break;
      delays.push((nextTry.getTime() - Date.now()) / 60_000);
      vi.advanceTimersByTime(nextTry.getTime() - Date.now());
    }
    expect(delays.slice(0, 12)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]);
    const days = (Date.now() - start) / 86_400_000;
    expect(days).toBeGreaterThan(7);
    expect(days).toBeLessThan(7.25);
    expect(pendingIn(folder)).toEqual([]);
    await saver.close();
  });

  it('is not fetched before its own request is answered, and only once if it is added twice', async () => {
    const folder = sandbox.newPath();
    const { report, calls } = recordingReport();
    let requests = 0;
    const base = await hosting((_, response) => {
      requests++;
      response.end('Hello');
    });
    const saver = await MediaSaver.open({ folder, allowHosts: undefined, allowAddresses: ['127.0.0.1'] }, report);
    const mo = { ...message, files: [`${base}a`] };
    const [directory, same] = [await saver.add(mo, REQUEST), await saver.add(mo, REQUEST)];
    expect(same).toBe(directory);
    saver.answered({});
    await sleep(50);
    expect(requests).toBe(0);
    saver.answered(REQUEST);
    await until(() => calls.find(([name]) => name === 'media'));
    expect([requests, calls[0]?.[3]]).toEqual([1, 'Hello']);
    expect(readFileSync(join(String(directory), '01.txt'), 'utf8')).toBe('Hello');
    await saver.close();
    saver.answered(REQUEST);
  });

  it('is tried again later after a mistake', async () => {
    const folder = sandbox.newPath();
    const { report, calls } = recordingReport();
    const saver = await MediaSaver.open({ folder, allowHosts: ['http://'], allowAddresses: undefined }, report);
    const directory = await saver.add({ ...message, files: ['http://a.example/'] }, REQUEST);
    saver.answered(REQUEST);
    await until(() => calls[0]);
    expect(calls[0]).toEqual([
      'problem',
      `Cannot save the files in ${String(directory)}: options.allowHosts: expected host names without scheme, port and ` +
        'path, for example content.example.com or *.example.com, got "http://". They are tried again later.',
    ]);
    await saver.close();
    expect(pendingIn(folder)).toHaveLength(1);
  });
});
