// `mo-postback send --mms` with local files, and with --text.

import { execFileSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import fs, { chmodSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { isMainThread } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import { mmsFiles } from '../../../src/cli/option-parsers.ts';
import { printable } from '../../../src/cli/terminal.ts';
import { parsePostback } from '../../../src/index.ts';
import { readMms } from '../../../src/media/node.ts';
import { asFunction, events, onSimulatedTerminal, until, ways } from '../../helpers/command.ts';
import type { Running } from '../../helpers/command.ts';
import { createSandbox } from '../../helpers/sandbox.ts';
import { afterTest, servingPostbacks } from '../../helpers/server.ts';
import type { Received } from '../../helpers/server.ts';
import { bodyOf, LARGE, startReading } from '../../helpers/slow-client.ts';

const sandbox = createSandbox();
const { start } = asFunction;

/** Writes files into a new folder. */
function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = sandbox.newPath();
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** A file with a text in a new folder. */
const fileWith = (name: string, content: string | Uint8Array): string => join(folderWith({ [name]: content }), name);

/** The URLs in a message. */
function filesIn(received: Received | undefined): readonly string[] {
  const message = parsePostback(received?.body ?? '');
  return message.kind === 'mms' ? message.files : [];
}

const fetchText = async (url: string, init?: RequestInit): Promise<string> => (await fetch(url, init)).text();
const statusOf = async (url: string, init?: RequestInit): Promise<number> => {
  const response = await fetch(url, init);
  await response.text();
  return response.status;
};
const fetchedFiles = ({ stdout }: Running): unknown[] => events(stdout(), 'fetched').map(({ file }) => file);
const unfetchedFiles = (stdout: string): unknown[] =>
  events(stdout, 'unfetched').flatMap(({ files }) => (files as { file: string }[]).map(({ file }) => file));

/** A command that was started with these files, and waits until they are fetched. */
async function waiting(...mms: string[]): Promise<Running & { readonly urls: readonly string[] }> {
  const { url, received } = await servingPostbacks();
  const running = sandbox.run(start, 'send', url, '--json', '--mms', ...mms);
  await until(() => events(running.stdout(), 'summary')[0]);
  return { ...running, urls: filesIn(received[0]) };
}

/** Resolves to the answer of a server in this process to the next request for a URL. */
function nextAnswer(url: string): Promise<ServerResponse> {
  return new Promise((resolve) => {
    const onStart = (message: unknown): void => {
      const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
      if (request.url !== new URL(url).pathname) return;
      unsubscribe('http.server.request.start', onStart);
      resolve(response);
    };
    subscribe('http.server.request.start', onStart);
  });
}

describe.each(ways)('mo-postback send with local files, $way', ({ start }) => {
  it('serves each file until it was fetched, and says what happens', async () => {
    const { url, received } = await servingPostbacks();
    const folder = folderWith({ 'a b.jpg': 'picture', 'empty.3GP': '' });
    const files = [join(folder, 'a b.jpg'), join(folder, 'empty.3GP')] as const;
    const running = sandbox.run(start, 'send', url, '--mms', files[0], '--mms', files[1]);
    await until(() => /^Serving .*\n$/m.exec(running.stdout()) ?? undefined);
    const [picture = '', video = ''] = filesIn(received[0]);
    const base = new URL('/', picture).href;
    expect(base).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const answer = await fetch(picture);
    expect(Object.fromEntries(answer.headers)).toMatchObject({ 'content-type': 'image/jpeg', 'content-length': '7' });
    expect(await answer.text()).toBe('picture');
    await until(() => /^Fetched/m.exec(running.stdout()) ?? undefined);
    // A connection that is never used must not keep the command running.
    const { port } = new URL(base);
    const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined);
    afterTest(() => socket.destroy());
    await once(socket, 'connect');
    const empty = await fetch(video);
    expect([empty.headers.get('content-type'), await empty.text()]).toEqual(['video/3gpp', '']);
    const { stdout, stderr, exitCode } = await running.finished;
    expect(stdout.replace(/^200 in .*$/m, '200')).toBe(
      `200\nServing 2 files on ${base} until they are fetched, for at most 60 s\n` +
        `Fetched ${files[0]}\nFetched ${files[1]}\n`,
    );
    expect([stderr, exitCode]).toEqual(['', 0]);
    await expect(fetch(picture)).rejects.toThrow();
  });

  it('stops serving at once if it is stopped, and says what was not fetched', async () => {
    const { url, received } = await servingPostbacks();
    const file = fileWith('1.jpg', 'a');
    const running = sandbox.run(start, 'send', url, '--mms', file);
    await until(
      () => /^Serving 1 file on .* until it is fetched, for at most 60 s\n/m.exec(running.stdout()) ?? undefined,
    );
    const { stdout, exitCode } = await running.stop();
    expect([stdout.split('\n').slice(2), exitCode]).toEqual([[`Not fetched: ${file}`, ''], 0]);
    await expect(fetch(String(filesIn(received[0])[0]))).rejects.toThrow();
  });

  it('ends without cutting off an answer that was sent, but not read yet', async () => {
    const { url, received } = await servingPostbacks();
    const content = Buffer.alloc(200_000, 'abc');
    const running = sandbox.run(start, 'send', url, '--mms', fileWith('1.jpg', content));
    await until(() => /^Serving/m.exec(running.stdout()) ?? undefined);
    const socket = await startReading(String(filesIn(received[0])[0]));
    expect(await running.finished).toMatchObject({ exitCode: 0 });
    expect((await bodyOf(socket)).equals(content)).toBe(true);
  });
});

describe('mo-postback send with local files', () => {
  it('prints events as JSON lines', async () => {
    const file = fileWith('1.jpg', 'a');
    const running = await waiting(file, 'https://content.example.com/2.jpg');
    const [local = '', remote] = running.urls;
    expect(remote).toBe('https://content.example.com/2.jpg');
    expect(await fetchText(local)).toBe('a');
    const { stdout } = await running.finished;
    const lines = stdout.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual([
      'serving',
      'delivery',
      'summary',
      'fetched',
    ]);
    expect(events(stdout, 'serving')).toEqual([
      { event: 'serving', url: new URL('/', local).href, files: [{ file, url: local }] },
    ]);
    expect(events(stdout, 'fetched')).toEqual([{ event: 'fetched', file, url: local }]);
  });

  it('counts what the receiver has fetched before it answered', async () => {
    const { url, received, server } = await servingPostbacks();
    server.removeAllListeners('request');
    const file = fileWith('1.jpg', 'a');
    server.on('request', (request, response) => {
      void buffer(request).then(async (body) => {
        received.push({ head: request, body });
        await fetchText(String(filesIn(received[0])[0]));
        response.end();
      });
    });
    const { stdout, exitCode } = await start(['send', url, '--mms', file]).finished;
    expect([stdout.split('\n').slice(1), exitCode]).toEqual([[`Fetched ${file}`, ''], 0]);
  });

  it('serves the same files for all messages and repetitions, and wants each to be fetched once', async () => {
    const { url, received } = await servingPostbacks();
    const file = fileWith('1.jpg', 'a');
    const load = ['--count', '3', '--repeat', '1'];
    const running = sandbox.run(onSimulatedTerminal.start, 'send', url, '--mms', file, ...load);
    await until(() => /Serving/.exec(running.stdout()) ?? undefined);
    const urls = new Set(received.flatMap(filesIn));
    expect([received.length, urls.size]).toEqual([6, 1]);
    await Promise.all([...urls].map((local) => fetchText(local)));
    const { stdout, exitCode } = await running.finished;
    expect(stdout).toMatch(/6 of 6 postbacks delivered[^]*Serving 1 file on [^]*Fetched/);
    expect(exitCode).toBe(0);
  });

  it('serves files whose names are equal, or the same file twice, at different URLs', async () => {
    const files = [fileWith('1.jpg', 'first'), fileWith('1.jpg', 'second')] as const;
    const running = await waiting(...files, files[0]);
    expect(running.urls.map((url) => basename(url))).toEqual(['1.jpg', '1.jpg', '1.jpg']);
    expect(await Promise.all(running.urls.map((url) => fetchText(url)))).toEqual(['first', 'second', 'first']);
    expect(await running.finished).toMatchObject({ exitCode: 0 });
  });

  it('serves hidden files, relative paths, and files without an extension', async () => {
    const running = await waiting('package.json', './src/../LICENSE', fileWith('.hidden', 'a'));
    const answers = await Promise.all(running.urls.map((url) => fetch(url)));
    expect(answers.map(({ status, headers }) => [status, headers.get('content-type')])).toEqual([
      [200, 'application/json; charset=utf-8'],
      [200, 'application/octet-stream'],
      [200, 'application/octet-stream'],
    ]);
    await Promise.all(answers.map((answer) => answer.text()));
    await running.finished;
    expect(fetchedFiles(running).slice().sort()).toEqual([
      './src/../LICENSE',
      expect.stringMatching(/\.hidden$/),
      'package.json',
    ]);
  });

  it.each([
    ' two  blanks .jpg',
    '#1?a=b&c.jpg',
    '100%.jpg',
    'a%20b%2Fc.jpg',
    `<&">'.jpg`,
    'J\u00FCrgen.jpg',
    '\u{1F600}.jpg',
    'a\nb\x01.jpg',
    '..jpg',
    '\\.jpg',
    // Half of a surrogate pair, which occurs on Windows.
    '\uD83D.jpg',
  ])('serves the file %j, and its SMIL calls it by the same name', async (name) => {
    const { url, received } = await servingPostbacks();
    const file = fileWith(name, name);
    const running = sandbox.run(start, 'send', url, '--text', '', '--mms', file);
    await until(() => /Serving/.exec(running.stdout()) ?? undefined);
    const [smil = '', picture = '', text = ''] = filesIn(received[0]);
    expect(decodeURIComponent(basename(picture))).toBe(name.toWellFormed());
    expect(await fetchText(smil)).toContain(`<img src="${basename(picture)}" region="Image"/>`);
    expect(await fetchText(picture)).toBe(name.toWellFormed());
    await fetchText(text);
    expect((await running.finished).stdout).toContain(`Fetched ${printable(file.toWellFormed())}\n`);
  });

  it('serves at paths that cannot be guessed, only by GET and HEAD, and nothing else', async () => {
    const file = fileWith('1.jpg', 'a');
    const running = await waiting(file, file);
    const [first = '', second = ''] = running.urls.map((url) => new URL(url).pathname);
    expect(first).toMatch(/^\/[\w-]{22}\/1\.jpg$/);
    const secrets = [first, second, new URL(String((await waiting(file)).urls[0])).pathname].map((path) =>
      path.slice(1, 23),
    );
    expect(new Set(secrets).size).toBe(3);
    const others = ['/', '/1.jpg', `/${String(secrets[0])}`, `/${String(secrets[0])}/`, `/${String(secrets[0])}/2.jpg`];
    const paths = [...others, `${first}/`, `/${String(secrets[2])}/1.jpg`, `${first}%00`, `/x/..${first}x`, '/%'];
    for (const path of paths) expect([path, await statusOf(new URL(path, running.urls[0]).href)]).toEqual([path, 404]);
    expect(await statusOf(String(running.urls[0]), { method: 'POST', body: 'a' })).toBe(405);
    expect(fetchedFiles(running)).toEqual([]);
    expect(await fetchText(`${String(running.urls[0])}?a=b`)).toBe('a');
    await until(() => fetchedFiles(running)[0]);
  });

  it('does not count HEAD', async () => {
    const running = await waiting(fileWith('1.jpg', 'picture'), fileWith('2.txt', 'a'));
    const [picture = '', text = ''] = running.urls;
    const answered = nextAnswer(picture).then((answer) => once(answer, 'close'));
    const { status, headers } = await fetch(picture, { method: 'HEAD' });
    expect([status, headers.get('content-length'), headers.get('content-type')]).toEqual([200, '7', 'image/jpeg']);
    await answered;
    await fetchText(text);
    await until(() => fetchedFiles(running)[0]);
    expect(unfetchedFiles((await running.stop()).stdout)).toEqual([expect.stringMatching(/1\.jpg$/)]);
  });

  it('sends the whole file if only a range is asked for', async () => {
    const { urls, finished } = await waiting(fileWith('1.jpg', 'picture'));
    const answer = await fetch(String(urls[0]), { headers: { range: 'bytes=0-1' } });
    expect([answer.status, await answer.text()]).toEqual([200, 'picture']);
    expect(await finished).toMatchObject({ exitCode: 0 });
  });

  it('does not count an answer if the client closes the connection before its end', async () => {
    const running = await waiting(fileWith('1.jpg', Buffer.alloc(LARGE)));
    const url = String(running.urls[0]);
    const answer = nextAnswer(url);
    const socket = await startReading(url);
    const closed = once(await answer, 'close');
    socket.destroy();
    await closed;
    expect(fetchedFiles(running)).toEqual([]);
    expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(LARGE);
    await running.finished;
    expect(fetchedFiles(running)).toHaveLength(1);
  });

  it('does not count an answer that was written to its end, but not sent', async () => {
    const { url, received } = await servingPostbacks();
    const args = ['--json', '--mms', 'http://a/1.jpg', '--text', 'a'.repeat(LARGE)];
    const running = sandbox.run(start, 'send', url, ...args);
    await until(() => events(running.stdout(), 'summary')[0]);
    const text = String(filesIn(received[0])[2]);
    const answer = nextAnswer(text);
    const socket = await startReading(text);
    const response = await answer;
    expect([response.writableEnded, response.writableFinished]).toEqual([true, false]);
    const closed = once(response, 'close');
    socket.resetAndDestroy();
    await closed;
    expect(unfetchedFiles((await running.stop()).stdout)).toEqual(['message.smil', 'text.txt']);
  });

  it('waits for answers that are being sent when all files were fetched', async () => {
    const running = await waiting(fileWith('1.jpg', Buffer.alloc(LARGE)));
    const url = String(running.urls[0]);
    const slow = await startReading(url);
    await (await fetch(url)).arrayBuffer();
    await until(() => fetchedFiles(running)[0]);
    const body = await bodyOf(slow);
    expect(body).toHaveLength(LARGE);
    expect(await running.finished).toMatchObject({ exitCode: 0 });
  });

  it('answers 404 if a file is deleted or replaced after the start, and goes on', async () => {
    const files = ['1.jpg', '2.jpg', '3.jpg', '4.jpg'].map((name) => fileWith(name, 'a'));
    const [deleted = '', folder = '', pipe = '', good = ''] = files;
    const running = await waiting(...files);
    for (const file of [deleted, folder, pipe]) rmSync(file);
    mkdirSync(folder);
    execFileSync('mkfifo', [pipe]);
    expect(await Promise.all(running.urls.map((url) => statusOf(url)))).toEqual([404, 404, 404, 200]);
    await until(() => fetchedFiles(running)[0]);
    expect(fetchedFiles(running)).toEqual([good]);
    const { stdout, exitCode } = await running.stop();
    expect([unfetchedFiles(stdout), exitCode]).toEqual([[deleted, folder, pipe], 0]);
  });

  it('answers 404 if a file is deleted just before it is opened (simulated)', async () => {
    const file = fileWith('1.jpg', 'longer than the text of the answer');
    const { urls, stop } = await waiting(file);
    const { stat } = fs;
    vi.spyOn(fs, 'stat').mockImplementationOnce(((path: string, done: (...outcome: unknown[]) => void) => {
      stat(path, (...outcome) => {
        rmSync(path);
        done(...outcome);
      });
    }) as never);
    const answer = await fetch(String(urls[0]));
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      404,
      'text/plain',
      'Not Found\n',
    ]);
    vi.restoreAllMocks();
    expect(unfetchedFiles((await stop()).stdout)).toEqual([file]);
  });

  it('sends a file as it is when it is fetched', async () => {
    const file = fileWith('1.jpg', 'picture');
    const { urls, finished } = await waiting(file);
    truncateSync(file, 4);
    expect(await fetchText(String(urls[0]))).toBe('pict');
    expect(await finished).toMatchObject({ exitCode: 0 });
  });

  it('aborts the answer if the file becomes shorter while it is sent', async () => {
    const file = fileWith('1.jpg', Buffer.alloc(LARGE));
    const running = await waiting(file);
    const url = String(running.urls[0]);
    const answer = nextAnswer(url);
    const socket = await startReading(url);
    truncateSync(file, 1);
    const closed = once(await answer, 'close');
    expect((await bodyOf(socket)).length).toBeLessThan(LARGE);
    await closed;
    expect(fetchedFiles(running)).toEqual([]);
    expect(await fetchText(url)).toBe('\0');
    expect(await running.finished).toMatchObject({ exitCode: 0 });
  });

  it('ends when the time of --serve-for is over, with the exit code of the deliveries', async () => {
    const { url } = await servingPostbacks();
    const file = fileWith('1.jpg', 'a');
    const since = performance.now();
    const { stdout, exitCode } = await start(['send', url, '--mms', file, '--serve-for', '.3', '--json']).finished;
    expect(performance.now() - since).toBeGreaterThan(295);
    const [{ files = [] } = {}] = events(stdout, 'serving') as { files?: unknown }[];
    expect(events(stdout, 'unfetched')).toEqual([{ event: 'unfetched', files }]);
    expect(exitCode).toBe(0);
  });

  it('does not wait with --serve-for 0, and lists at most 20 files that were not fetched', async () => {
    const { url } = await servingPostbacks();
    const files = Array.from({ length: 22 }, (_, n) => fileWith(`${String(n)}.jpg`, 'a'));
    const { stdout, exitCode } = await start(['send', url, '--serve-for', '0', '--mms', ...files]).finished;
    expect([stdout.split('\n').slice(1), exitCode]).toEqual([
      [`Not fetched: ${files.slice(0, 20).join(', ')}, and 2 more`, ''],
      0,
    ]);
  });

  it('does not wait if no postback was delivered', async () => {
    const { url, received } = await servingPostbacks(() => 500);
    const args = ['--mms', fileWith('1.jpg', 'a'), '--count', '2', '--json'];
    const { stdout, exitCode } = await start(['send', url, ...args]).finished;
    expect([events(stdout, 'unfetched'), exitCode]).toEqual([[], 1]);
    await expect(fetch(String(filesIn(received[0])[0]))).rejects.toThrow();
  });

  it('waits if only some postbacks were delivered, and exits with 1', async () => {
    const { url, received } = await servingPostbacks((n) => (n === 1 ? 200 : 500));
    const running = sandbox.run(start, 'send', url, '--mms', fileWith('1.jpg', 'a'), '--count', '2');
    await until(() => /Serving/.exec(running.stdout()) ?? undefined);
    await fetchText(String(filesIn(received[0])[0]));
    expect(await running.finished).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/^1 of 2 postbacks delivered[^]*\nFetched .*\n$/) as string,
    });
  });

  it('does not wait if it is stopped during the deliveries', async () => {
    const { url, received } = await servingPostbacks((n) => (n === 1 ? 200 : 0));
    const args = ['--mms', fileWith('1.jpg', 'a'), '--count', '2', '--concurrency', '1', '--json'];
    const running = sandbox.run(start, 'send', url, ...args);
    await until(() => received[1]);
    const { stdout, exitCode } = await running.stop();
    expect(events(stdout, 'summary')).toMatchObject([{ delivered: 1, sent: 1 }]);
    expect([unfetchedFiles(stdout).length, exitCode]).toEqual([1, 1]);
  });

  it('reports in one line what cannot be served, before it sends anything', async () => {
    const { url, received } = await servingPostbacks();
    const folder = folderWith({ good: '', 'no rights.jpg': '' });
    const pathOf = (name: string): string => join(folder, name);
    execFileSync('mkfifo', [pathOf('pipe')]);
    for (const [file, reason] of [
      [pathOf('none\n.jpg'), 'no such file or folder. A URL starts with http:// or https://.'],
      ['content.example.com/1.jpg', 'no such file or folder. A URL starts with http:// or https://.'],
      [pathOf('good/1.jpg'), 'a part of the path is not a folder.'],
      [folder, 'it is a folder.'],
      [pathOf('pipe'), 'it is not a regular file.'],
      ['/dev/zero', 'it is not a regular file.'],
    ] as const) {
      expect(await start(['send', url, '--mms', pathOf('good'), file]).finished).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: `error: Cannot read ${file.replace('\n', '\uFFFD')}: ${reason}\n`,
      });
    }
    expect(received).toEqual([]);
  });

  it.runIf(isMainThread)(
    'reports that it may not read a file (not in a thread, which cannot change its user)',
    async () => {
      const file = fileWith('1.jpg', 'a');
      chmodSync(file, 0);
      // The folder above the test's own must be readable for a user who may not read the file.
      chmodSync(join(file, '../..'), 0o755);
      const { seteuid, geteuid } = process;
      const user = geteuid?.() ?? 0;
      if (user === 0) seteuid?.(65_534);
      try {
        expect(await start(['send', 'http://127.0.0.1:1', '--mms', file]).finished).toEqual({
          exitCode: 1,
          stdout: '',
          stderr: `error: Cannot read ${file}: permission denied.\n`,
        });
      } finally {
        seteuid?.(user);
      }
    },
  );

  it('listens on --serve-host, and writes it into the URLs', async () => {
    const { url, received } = await servingPostbacks();
    const file = fileWith('1.jpg', 'a');
    const running = sandbox.run(start, 'send', url, '--mms', file, '--serve-host', '::1');
    await until(() => /Serving/.exec(running.stdout()) ?? undefined);
    const [local = ''] = filesIn(received[0]);
    expect(local).toMatch(/^http:\/\/\[::1\]:/);
    expect(await fetchText(local)).toBe('a');
    expect(await running.finished).toMatchObject({ exitCode: 0 });
    expect(await start(['send', url, '--mms', file, '--serve-host', '192.0.2.1']).finished).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'error: Cannot listen on 192.0.2.1: this machine does not have this address. Choose another host with --serve-host.\n',
    });
    expect(received).toHaveLength(1);
  });

  it('stops the server if the message cannot be sent', async () => {
    const args = ['--mms', fileWith('1.jpg', 'a'), '--subject', 'a\x01', '--json'];
    const { stdout, stderr, exitCode } = await start(['send', 'http://127.0.0.1:1', ...args]).finished;
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^error: The value of --subject cannot be sent/)]);
    await expect(fetch(String(events(stdout, 'serving')[0]?.['url']))).rejects.toThrow();
  });
});

describe('mo-postback send --mms with --text', () => {
  it('sends a SMIL, the files and the text, in this order, and a reader finds the text below the picture', async () => {
    const { url, received } = await servingPostbacks();
    const text = '</text> & "fish" <![CDATA[\r\nJ\u00FCrgen \u{1F600}';
    const folder = folderWith({ 'card.vcf': 'BEGIN:VCARD', 'a&b.gif': 'GIF89a' });
    const files = [join(folder, 'card.vcf'), 'https://content.example.com/x.jpg', join(folder, 'a&b.gif')];
    const running = sandbox.run(start, 'send', url, '--json', '--text', text, '--mms', ...files);
    await until(() => events(running.stdout(), 'summary')[0]);
    const urls = filesIn(received[0]);
    expect(urls.map((file) => basename(file))).toEqual(['message.smil', 'card.vcf', 'x.jpg', 'a%26b.gif', 'text.txt']);
    const local = urls.filter((_, n) => n !== 2);
    const { text: read, parts } = await readMms({ files: local }, { allowAddresses: ['127.0.0.1'], retries: 0 });
    expect([read, parts.map(({ kind }) => kind)]).toEqual([text, ['contact', 'text', 'image', 'smil']]);
    await running.finished;
    expect(fetchedFiles(running).slice().sort()).toEqual([files[2], files[0], 'message.smil', 'text.txt'].sort());
  });

  it('serves a text and a SMIL for files that are all elsewhere', async () => {
    const { url, received } = await servingPostbacks();
    const files = ['https://content.example.com/a&b\u00FC.jpg?sig=1&a=/2.mp4#x', 'https://content.example.com/?a&b'];
    const running = sandbox.run(start, 'send', url, '--text', 'Look', '--generation', 'G5', '--mms', ...files);
    await until(() => /Serving 2 files/.exec(running.stdout()) ?? undefined);
    const [smil = '', first, second, text = ''] = filesIn(received[0]);
    expect([first, second]).toEqual(files);
    const [smilAnswer, textAnswer] = [await fetch(smil), await fetch(text)];
    expect(
      [smilAnswer, textAnswer].map(({ headers }) => [headers.get('content-type'), headers.get('content-length')]),
    ).toEqual([
      ['application/smil', String((await smilAnswer.clone().arrayBuffer()).byteLength)],
      ['text/plain; charset=utf-8', '4'],
    ]);
    expect(await textAnswer.text()).toBe('Look');
    const written = await smilAnswer.text();
    expect(written).toContain(
      '<img src="a&amp;b%C3%BC.jpg" region="Image"/>\n      <text src="text.txt" region="Text"/>',
    );
    expect(written).toContain('<ref src="https://content.example.com/?a&amp;b"/>');
    expect((await running.finished).stdout).toMatch(/\nFetched message\.smil\nFetched text\.txt\n$/);
  });
});

describe('a value of --mms', () => {
  it.each(['http://a/1.jpg', 'HTTPS://a', '\thttp://a', 'http://a/b c.jpg'])('is a URL: %j', (value) => {
    expect(mmsFiles(value)).toEqual([{ url: value }]);
  });

  it.each(['1.jpg', './a b.png', '/abs/x.3gp', 'C:\\x.jpg', 'c://x.jpg', 'http:1.jpg', 'a/b://c', '-', ' '])(
    'is a path: %j',
    (value) => {
      expect(mmsFiles(value, [{ url: 'http://a' }])).toEqual([{ url: 'http://a' }, { path: value }]);
    },
  );
});
