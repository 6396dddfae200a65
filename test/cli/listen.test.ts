// `mo-postback listen`, with `send` and `serve-media` before it.

import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs, {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { serializePostback } from '../../src/index.ts';
import { deliver, sampleMessages } from '../../src/testing/index.ts';
import { asProcess, events, onPretendedTerminal, root, until, urlOf, ways } from './run.ts';
import type { Running, Way } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'mo-postback-listen-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const servers: Running[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

let files = 0;
/** A place of its own for a test's files. */
const place = (): string => join(folder, String(++files));
const listening = async (start: Way['start'], out: string, ...args: string[]): Promise<Running & { url: string }> => {
  const running = start(['listen', '--json', '--port', '0', '--out', out, ...args]);
  servers.push(running);
  return { ...running, url: await urlOf(running) };
};
const linesOf = (out: string): Record<string, unknown>[] =>
  readFileSync(out, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const keysOf = (out: string): unknown[] => linesOf(out).map(({ key }) => key);

const { sms, mms } = sampleMessages;
const once = { intervalsMs: [] };

describe.each(ways)('mo-postback listen, $way', ({ start }) => {
  it('keeps each message once, as a line with its key and when it arrived', async () => {
    const out = join(place(), 'in', 'messages.ndjson');
    const { url, stdout } = await listening(start, out);
    const before = Date.now();
    for (const message of [{ ...sms, transactionId: 'a' }, mms, { ...sms, transactionId: 'a' }])
      expect(await deliver(url, message, once)).toMatchObject({ isDelivered: true });
    await deliver(url, { body: '<POSTBACK><ORIGIN>SUB</ORIGIN><CODE>N301</CODE></POSTBACK>', headers: {} }, once);
    const lines = linesOf(out);
    expect(lines).toMatchObject([
      { kind: 'sms', text: sms.text, transactionId: 'a', key: '["sms","86717","a"]' },
      { kind: 'mms', spid: '0001470', files: mms.files, key: '["mms","00000","MMS_MO_sample1"]' },
      { kind: 'other', origin: 'SUB', code: 'N301', key: expect.stringMatching(/^sha256:/) as string },
    ]);
    for (const { arrivedAt } of lines) expect(Date.parse(String(arrivedAt))).toBeGreaterThanOrEqual(before);
    await until(() => events(stdout(), 'message')[2]);
    expect(events(stdout(), 'message').map(({ message }) => message)).toEqual(lines);
    expect(events(stdout(), 'duplicate')).toEqual([{ event: 'duplicate', kind: 'sms' }]);
  });

  it('keeps the messages of a bundle in wire order', async () => {
    const out = join(place(), 'messages.ndjson');
    const { url } = await listening(start, out);
    const bundle = Array.from({ length: 300 }, (_, n) => ({ ...sms, text: String(n), envelope: { id: String(n) } }));
    expect(await deliver(url, bundle, once)).toMatchObject({ isDelivered: true });
    expect(linesOf(out).map(({ text }) => text)).toEqual(bundle.map(({ text }) => text));
  });

  it('keeps what it rejects in a folder of its own, once, with what was wrong', async () => {
    const out = join(place(), 'messages.ndjson');
    const { url, stdout } = await listening(start, out);
    const body = '<POSTBACK><SECRET></POSTBACK>';
    for (let n = 0; n < 2; n++)
      expect(await deliver(url, { body, headers: { 'content-type': 'text/xml' } }, once)).toMatchObject({
        attempts: [{ status: 400, answer: 'MALFORMED' }],
      });
    const rejected = join(out, '../rejected');
    const [kept = '', told = ''] = readdirSync(rejected);
    expect(readdirSync(rejected)).toEqual([
      expect.stringMatching(/^[0-9a-f]{16}\.body$/),
      kept.replace('body', 'json'),
    ]);
    expect(readFileSync(join(rejected, kept), 'utf8')).toBe(body);
    expect(JSON.parse(readFileSync(join(rejected, told), 'utf8'))).toMatchObject({
      errors: [{ code: 'MALFORMED', line: 1 }],
      headers: { 'content-type': 'text/xml' },
    });
    expect(events(stdout(), 'unreadable')).toHaveLength(2);
    expect(events(stdout(), 'rejected')).toEqual(
      Array.from({ length: 2 }, () => ({ event: 'rejected', status: 400, codes: ['MALFORMED'] })),
    );
  });

  it('receives at its path, and with its secret', async () => {
    const { url, stdout } = await listening(
      start,
      join(place(), 'messages.ndjson'),
      '--path',
      '/postback',
      '--secret',
      'geheim',
    );
    expect(url).toMatch(/\/postback$/);
    const statusAt = async (at: string): Promise<unknown> =>
      (await deliver(new URL(at, url), sms, once)).attempts[0]?.status;
    expect(
      await Promise.all(
        ['/', '/postbacks', '/postback', '/postback/falsch', '/postback?secret=falsch', '/other/geheim'].map(statusAt),
      ),
    ).toEqual([404, 404, 401, 401, 401, 404]);
    expect(
      await Promise.all(['/postback/geheim', '/postback?secret=geheim', '/postback/?secret=geheim'].map(statusAt)),
    ).toEqual([200, 200, 200]);
    expect(events(stdout(), 'rejected')).toEqual(
      Array.from({ length: 3 }, () => ({ event: 'rejected', status: 401, codes: ['UNAUTHORIZED'] })),
    );
    expect(stdout()).not.toContain('geheim');
  });

  it('knows after a restart what it has kept', async () => {
    const out = join(place(), 'messages.ndjson');
    const first = await listening(start, out);
    await deliver(first.url, sms, once);
    await first.stop();
    const second = await listening(start, out);
    expect(await deliver(second.url, sms, once)).toMatchObject({ isDelivered: true });
    expect(linesOf(out)).toHaveLength(1);
  });

  it('finds the piece of a last line that a crash cut short, and moves it out of the file', async () => {
    const out = join(place(), 'messages.ndjson');
    const piece = '{"kind":"sms","te';
    mkdirSync(join(out, '..'));
    writeFileSync(out, `{"key":"k","arrivedAt":"2011-01-01T00:00:00.000Z"}\nnot ours\n\nnull\n${piece}`);
    const { url, stdout } = await listening(start, out);
    await deliver(url, sms, once);
    expect(readFileSync(out, 'utf8')).toMatch(/^\{"key":"k",.*\}\nnot ours\n\nnull\n\{"kind":"sms",.*\}\n$/);
    const [partial = ''] = readdirSync(join(out, '../rejected'));
    expect(partial).toMatch(/\.partial$/);
    expect(readFileSync(join(out, '../rejected', partial), 'utf8')).toBe(piece);
    expect(events(stdout(), 'problem')).toEqual([
      { event: 'problem', message: expect.stringContaining(`The last line of ${out} was incomplete`) as string },
    ]);
  });

  it('leaves the piece in the file where it cannot be moved, and says so in one line', async () => {
    const out = join(place(), 'messages.ndjson');
    const content = '{"kind":"sms","te';
    const name = `${createHash('sha256').update(content).digest('hex').slice(0, 16)}.partial`;
    // In place of the file that the piece would be.
    mkdirSync(join(out, '../rejected', name), { recursive: true });
    writeFileSync(out, content);
    expect(await start(['listen', '--port', '0', '--out', out]).finished).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `error: Cannot write to ${join(out, '../rejected', name)}: it is a folder. The last line of ${out} is incomplete and must be moved there. Choose another folder with --rejected.\n`,
    });
    expect(readFileSync(out, 'utf8')).toBe(content);
  });

  it('answers 500 to what it cannot read and cannot keep, and tells why', async () => {
    const out = join(place(), 'messages.ndjson');
    const { url, stdout } = await listening(start, out);
    const body = '<POSTBACK>';
    mkdirSync(join(out, '../rejected', `${createHash('sha256').update(body).digest('hex').slice(0, 16)}.body`));
    expect(await deliver(url, { body, headers: {} }, once)).toMatchObject({
      attempts: [{ status: 500, answer: 'ON_REJECT_FAILED' }],
    });
    expect(events(stdout(), 'problem')).toEqual([
      {
        event: 'problem',
        message: `Cannot write a rejected body to ${join(out, '../rejected')}: it is a folder. The answer is 500, so that the provider sends the postback again.`,
      },
    ]);
  });

  it('knows what stands in the file twice', async () => {
    const out = join(place(), 'messages.ndjson');
    mkdirSync(join(out, '..'));
    const line = JSON.stringify({ key: '["mms","00000","MMS_MO_sample1"]', arrivedAt: new Date().toISOString() });
    writeFileSync(out, `${line}\n${line}\n`);
    const { url } = await listening(start, out);
    expect(await deliver(url, mms, once)).toMatchObject({ isDelivered: true });
    expect(readFileSync(out, 'utf8')).toBe(`${line}\n${line}\n`);
  });

  it('keeps a last line that lacks nothing but its end', async () => {
    const out = join(place(), 'messages.ndjson');
    mkdirSync(join(out, '..'));
    const whole = JSON.stringify({ key: 'k', arrivedAt: new Date().toISOString() });
    writeFileSync(out, whole);
    const { url } = await listening(start, out);
    await deliver(url, sms, once);
    expect(keysOf(out)).toEqual(['k', expect.stringMatching(/^sha256:/)]);
  });

  it('is stopped as soon as it is told to', async () => {
    const running = start(['listen', '--json', '--port', '0', '--out', join(place(), 'messages.ndjson')]);
    expect([0, null]).toContain((await running.stop()).exitCode);
  });

  it('says in one line where a port is in use, and what to do', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, 'localhost', done));
    const port = String((server.address() as AddressInfo).port);
    const { stderr, exitCode } = await start(['listen', '--port', port, '--out', join(place(), 'messages.ndjson')])
      .finished;
    server.close();
    expect([stderr, exitCode]).toEqual([
      `error: Cannot listen on port ${port} of localhost: the port is already in use. Choose another port with --port; 0 means any free port.\n`,
      1,
    ]);
  });

  it('says in one line where it cannot write, and what to do', async () => {
    const there = place();
    writeFileSync(there, '');
    mkdirSync(`${there}.folder`);
    expect(await start(['listen', '--port', '0', '--out', join(there, 'messages.ndjson')]).finished).toMatchObject({
      stderr: `error: Cannot make the folder ${join(there, 'rejected')}: a part of the path is not a folder. Choose another file with --out.\n`,
      exitCode: 1,
    });
    expect(
      await start(['listen', '--port', '0', '--out', `${there}.messages`, '--rejected', join(there, 'a/b')]).finished,
    ).toMatchObject({
      stderr: `error: Cannot make the folder ${join(there, 'a/b')}: a part of the path is not a folder. Choose another folder with --rejected.\n`,
      exitCode: 1,
    });
    expect(
      await start(['listen', '--port', '0', '--out', join(there, 'messages.ndjson'), '--rejected', `${there}.rejected`])
        .finished,
    ).toMatchObject({
      stderr: `error: Cannot write to ${join(there, 'messages.ndjson')}: a part of the path is not a folder. Choose another file with --out.\n`,
      exitCode: 1,
    });
    expect(
      await start(['listen', '--port', '0', '--out', `${there}.folder`, '--rejected', `${there}.rejected`]).finished,
    ).toMatchObject({
      stderr: `error: Cannot write to ${there}.folder: it is a folder. Choose another file with --out.\n`,
      exitCode: 1,
    });
    expect(
      await start(['listen', '--port', '0', '--out', `${there}.folder/messages.ndjson`, '--host', 'no.host.invalid'])
        .finished,
    ).toMatchObject({
      stderr: expect.stringMatching(
        /^error: Cannot listen on port 0 of no\.host\.invalid: .*\. Choose another host with --host; 0\.0\.0\.0 means all addresses of this machine\.\n$/,
      ) as string,
      exitCode: 1,
    });
  });

  it('writes to regular files only', async () => {
    const pipe = place();
    execFileSync('mkfifo', [pipe]);
    for (const out of [pipe, '/dev/null']) {
      expect(
        await start(['listen', '--port', '0', '--out', out, '--rejected', `${pipe}.rejected`]).finished,
      ).toMatchObject({
        stderr: `error: Cannot write to ${out}: it is not a regular file. Choose another file with --out.\n`,
        exitCode: 1,
      });
    }
  });

  it('touches no file that holds something else', async () => {
    const out = place();
    for (const content of ['notes', 'notes\nmore', '{\n  "name": "x"\n}']) {
      writeFileSync(out, content);
      expect(
        await start(['listen', '--port', '0', '--out', out, '--rejected', `${out}.rejected`]).finished,
      ).toMatchObject({
        stderr: `error: Cannot write to ${out}: it contains something other than JSON lines. Choose another file with --out.\n`,
        exitCode: 1,
      });
      expect(readFileSync(out, 'utf8')).toBe(content);
    }
  });

  it.skipIf(process.platform !== 'linux')(
    'ends where no folder can be made, also where the system says that there is none (left out where there is no /proc)',
    async () => {
      expect(await start(['listen', '--port', '0', '--out', '/proc/none/messages.ndjson']).finished).toMatchObject({
        stderr:
          'error: Cannot make the folder /proc/none/rejected: no such file or folder. Choose another file with --out.\n',
        exitCode: 1,
      });
    },
  );

  it('keeps what was mended with the message', async () => {
    const out = join(place(), 'messages.ndjson');
    const { url } = await listening(start, out);
    await deliver(url, { body: serializePostback(sms).replace('&amp;', '&'), headers: {} }, once);
    expect(linesOf(out)).toMatchObject([
      { text: sms.text, warnings: [{ code: 'STRAY_AMPERSAND', path: 'POSTBACK/TEXT' }] },
    ]);
  });

  it('shows people what happens, and lets no message write to their terminal', async () => {
    const out = join(place(), 'messages.ndjson');
    const running = start(['listen', '--port', '0', '--host', '127.0.0.1', '--out', out, '--secret', 'geheim']);
    servers.push(running);
    const url = (await until(() => /send (\S+\/)SECRET /.exec(running.stdout())?.[1])) + 'geheim';
    await deliver(url, { ...sms, text: '\u009B31m\u202E"&' }, { ...once, generation: 'G5' });
    await deliver(url, { ...mms, subject: 'Hi' }, once);
    await deliver(url, { ...mms, trackingId: 'b' }, once);
    await deliver(url, mms, once);
    await deliver(url, mms, once);
    await deliver(url, { body: 'a', headers: { 'content-type': 'image/png' } }, once);
    for (const body of [
      '<POSTBACK><ORIGIN>SUB</ORIGIN></POSTBACK>',
      '<POSTBACK><ORIGIN>SUB\x1B</ORIGIN><A>&</A></POSTBACK>',
      '<POSTBACK>',
    ])
      await deliver(url, { body, headers: {} }, once);
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
      '415   UNSUPPORTED_MEDIA_TYPE',
      'OTHER "SUB" ""',
      'OTHER "SUB\uFFFD" "" (repaired in 2 places)',
      expect.stringMatching(/^MALFORMED /),
      expect.stringMatching(/^ {6}saved in .*\.body$/),
      '400   MALFORMED',
      '',
    ]);
  });

  it('receives an MMS whose files come from serve-media, sent by send', async () => {
    const media = place();
    mkdirSync(join(media, 'a b'), { recursive: true });
    writeFileSync(join(media, 'a b', '1.jpg'), Buffer.from([0xff, 0xd8, 0xff]));
    writeFileSync(join(media, 'card.VCF'), 'BEGIN:VCARD');
    writeFileSync(join(media, '.hidden'), '');
    const host = start(['serve-media', '--json', '--port', '0', media]);
    servers.push(host);
    const base = await urlOf(host);
    expect(events(host.stdout(), 'listening')).toMatchObject([{ files: [`${base}a%20b/1.jpg`, `${base}card.VCF`] }]);
    const out = join(place(), 'messages.ndjson');
    const { url } = await listening(start, out);
    const sent = await start(['send', url, '--mms', `${base}a%20b/1.jpg`, `${base}card.VCF`, '--subject', 'Look'])
      .finished;
    expect(sent).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^200 in [\d.]+ ms\n$/) as string });
    const [{ files = [], subject } = {}] = linesOf(out) as { files?: string[]; subject?: string }[];
    expect(subject).toBe('Look');
    const [picture, card] = await Promise.all(files.map((file) => fetch(file)));
    expect([picture?.headers.get('content-type'), card?.headers.get('content-type')]).toEqual([
      'image/jpeg',
      'text/x-vcard; charset=utf-8',
    ]);
    expect(new Uint8Array((await picture?.arrayBuffer()) ?? new ArrayBuffer())).toEqual(
      Uint8Array.of(0xff, 0xd8, 0xff),
    );
    await card?.text();
    expect(
      await Promise.all(
        ['none.jpg', '.hidden', '%2Ehidden', 'a%2F.hidden', '../1/messages.ndjson', '..%2f1/messages.ndjson'].map(
          async (path) => (await fetch(base + path)).status,
        ),
      ),
    ).toEqual([404, 404, 404, 404, 404, 403]);
    expect((await fetch(base, { method: 'POST', body: 'a' })).status).toBe(405);
    await until(() => events(host.stdout(), 'request')[8]);
    expect(events(host.stdout(), 'request')).toContainEqual({
      event: 'request',
      method: 'GET',
      url: '/none.jpg',
      status: 404,
    });
  });
});

describe.each(ways)('mo-postback serve-media, $way', ({ start }) => {
  it('shows people what it serves, twenty files at most, and what was asked of it', async () => {
    const media = place();
    mkdirSync(media);
    for (let n = 10; n < 32; n++) writeFileSync(join(media, `${String(n)}.jpg`), '');
    const host = start(['serve-media', '--port', '0', '--host', '::1', media]);
    servers.push(host);
    const base = await until(() => /^Serving .* on (http:\S+\/)\n[^]*--mms/.exec(host.stdout())?.[1]);
    expect(base).toMatch(/^http:\/\/\[::1\]:\d+\/$/);
    await (await fetch(`${base}10.jpg?a=/.b`)).text();
    await (await fetch(`${base}%00`)).text();
    await until(() => host.stdout().split('\n')[26]);
    const shown = Array.from({ length: 20 }, (_, n) => `  ${base}${String(n + 10)}.jpg`);
    expect(
      host
        .stdout()
        .replace(/\d\d:\d\d:\d\d/g, 'now')
        .split('\n'),
    ).toEqual([
      `Serving ${media} on ${base}`,
      ...shown,
      '  and 2 more',
      'Send one to your server:',
      `  npx mo-postback send http://localhost:8080/ --mms ${base}10.jpg`,
      'now 200 GET /10.jpg?a=/.b',
      'now 400 GET /%00',
      '',
    ]);
  });

  it('serves each file by the URL that it prints, and nothing but files', async () => {
    const media = place();
    mkdirSync(join(media, 'sub'), { recursive: true });
    const names = [
      "@ & + , = ; $ : # ? % ' ( ) ! * ~.jpg",
      'é\u{1F600}.png',
      'a%2Fb.gif',
      '1.3gp',
      '2.amr',
      '3.smil',
      '4.vcs',
    ];
    for (const name of names) writeFileSync(join(media, name), name);
    execFileSync('mkfifo', [join(media, 'pipe')]);
    symlinkSync('/dev/zero', join(media, 'zero'));
    const host = start(['serve-media', '--json', '--port', '0', media]);
    servers.push(host);
    const base = await urlOf(host);
    const [{ files } = { files: [] }] = events(host.stdout(), 'listening') as { files: string[] }[];
    expect(files.join('')).not.toMatch(/[ '()!*;&$]/);
    const answers = await Promise.all(files.map(async (file) => fetch(file)));
    expect(new Set(await Promise.all(answers.map((answer) => answer.text())))).toEqual(new Set(names));
    const types = new Map(answers.map(({ url, headers }) => [url.slice(-4), headers.get('content-type')]));
    expect(['.3gp', '.amr', 'smil', '.vcs'].map((end) => types.get(end))).toEqual([
      'video/3gpp',
      'audio/amr',
      'application/smil+xml',
      'text/x-vcalendar; charset=utf-8',
    ]);
    const statusOf = async (path: string, headers = {}): Promise<number> =>
      (await fetch(base + path, { headers, signal: AbortSignal.timeout(5000) })).status;
    expect(await Promise.all(['pipe', 'zero', 'sub', 'sub/', '', '%'].map((path) => statusOf(path)))).toEqual([
      404, 404, 404, 404, 404, 400,
    ]);
    expect([await statusOf('1.3gp', { range: 'bytes=1-2' }), await statusOf('1.3gp', { range: 'bytes=9-' })]).toEqual([
      206, 416,
    ]);
  });

  it('says in one line where there is no folder', async () => {
    const there = place();
    expect(await start(['serve-media', '--port', '0', there]).finished).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `error: Cannot serve ${there}: no such file or folder. Choose a folder that can be read.\n`,
    });
    writeFileSync(there, '');
    expect(await start(['serve-media', '--port', '0', there]).finished).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `error: Cannot serve ${there}: it is not a folder.\n`,
    });
  });

  it('serves an empty folder, for files may come', async () => {
    const media = place();
    mkdirSync(media);
    const host = start(['serve-media', '--port', '0', media]);
    servers.push(host);
    const base = await until(() => /^Serving .* on (http:\S+\/)\n$/.exec(host.stdout())?.[1]);
    writeFileSync(join(media, '1.txt'), 'later');
    expect(await (await fetch(`${base}1.txt`)).text()).toBe('later');
  });
});

describe('mo-postback, on what it takes for a terminal', () => {
  it('breaks off a file that cannot be read to its end (by a mock: a disk that fails)', async () => {
    const media = place();
    mkdirSync(media);
    writeFileSync(join(media, '1.jpg'), 'whole');
    const running = onPretendedTerminal.start(['serve-media', '--port', '0', media]);
    servers.push(running);
    const url = await until(() => /--mms (http:\S+)/.exec(running.stdout())?.[1]);
    const failing = Readable.from(
      (function* () {
        yield Buffer.from('wh');
        throw new Error('EIO');
      })(),
    );
    vi.spyOn(fs, 'createReadStream').mockReturnValueOnce(failing as unknown as fs.ReadStream);
    await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow();
    vi.restoreAllMocks();
    expect(await (await fetch(url)).text()).toBe('whole');
  });

  it('tells of a message that could not be written (by a mock: a disk that fails)', async () => {
    const out = join(place(), 'two\nlines.ndjson');
    const running = onPretendedTerminal.start(['listen', '--port', '0', '--out', out]);
    servers.push(running);
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

  it('draws a view of one line that changes, and a bar', async () => {
    const running = onPretendedTerminal.start(['listen', '--port', '0', '--out', join(place(), 'messages.ndjson')]);
    servers.push(running);
    const url = await until(() => /send (http:\S+) /.exec(running.stdout())?.[1]);
    const load = await onPretendedTerminal.start(['send', url, '--sms', 'load', '--count', '3']).finished;
    expect(load.stderr).toContain('3 of 3, 0 not delivered');
    const { stdout } = await running.stop();
    expect(stdout).toContain('3 messages, 0 duplicates, 0 rejected. Press Ctrl-C to stop.');
    expect(stdout.endsWith('\n')).toBe(true);
  });
});

describe('mo-postback listen', () => {
  it('loses and doubles nothing that it answered 200, killed 100 times under load', async () => {
    const out = join(place(), 'messages.ndjson');
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, 'localhost', done));
    const { port } = server.address() as AddressInfo;
    await new Promise((done) => server.close(done));
    const start = async (): Promise<Running> => {
      const running = asProcess.start(['listen', '--json', '--port', String(port), '--out', out]);
      await urlOf(running);
      return running;
    };
    const load = asProcess.start([
      'send',
      `http://localhost:${String(port)}/`,
      '--sms',
      'load',
      '--json',
      '--count',
      '1000000',
      '--rate',
      '400',
      '--retries',
      '100',
      '--retry-interval',
      '0.03',
    ]);
    // Read on from where the last look ended.
    const delivered: string[] = [];
    let read = 0;
    const look = (): void => {
      const text = load.stdout().slice(read);
      const end = text.lastIndexOf('\n') + 1;
      read += end;
      for (const { isDelivered, keys } of events(text.slice(0, end), 'delivery'))
        if (isDelivered === true) delivered.push(...(keys as string[]));
    };
    const check = (): void => {
      look();
      const times = new Map<unknown, number>();
      for (const key of keysOf(out)) times.set(key, 1 + (times.get(key) ?? 0));
      expect(delivered.filter((key) => times.get(key) !== 1)).toEqual([]);
      expect([...times.values()].filter((count) => count > 1)).toEqual([]);
    };
    for (let kill = 0; kill < 100; kill++) {
      const running = await start();
      check();
      const before = delivered.length;
      await until(() => {
        look();
        return delivered.length > before ? true : undefined;
      });
      await new Promise((wake) => setTimeout(wake, Math.random() * 60));
      running.kill('SIGKILL');
      await running.finished;
    }
    const last = await start();
    const summary = await load.stop();
    check();
    await last.stop();
    expect(events(summary.stdout, 'summary')).toMatchObject([{ delivered: delivered.length }]);
    expect(delivered.length).toBeGreaterThan(300);
  });

  const canMount = process.platform === 'linux' && process.getuid?.() === 0;
  it.skipIf(!canMount)(
    'answers 500 where the disk is full, loses nothing, and goes on when there is room (left out where no disk can be mounted)',
    async () => {
      const disk = place();
      mkdirSync(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', disk]);
      try {
        const out = join(disk, 'messages.ndjson');
        const running = await listening(asProcess.start, out);
        writeFileSync(join(disk, 'other'), Buffer.alloc(64 * 1024));
        const messages = Array.from({ length: 400 }, (_, n) => ({
          ...sms,
          transactionId: String(n),
          text: 'a'.repeat(100),
        }));
        const post = async (some: typeof messages): Promise<(number | undefined)[]> =>
          (await Promise.all(some.map((message) => deliver(running.url, message, once)))).map(
            ({ attempts }) => attempts[0]?.status,
          );
        const statuses = await post(messages);
        expect(new Set(statuses)).toEqual(new Set([200, 500]));
        const kept = messages.filter((_, n) => statuses[n] === 200);
        expect(
          linesOf(out)
            .map(({ transactionId }) => transactionId)
            .sort(),
        ).toEqual(kept.map(({ transactionId }) => transactionId).sort());
        expect(await deliver(running.url, { body: '<POSTBACK>', headers: {} }, once)).toMatchObject({
          attempts: [{ status: expect.toBeOneOf([400, 500]) as number }],
        });
        expect(events(running.stdout(), 'problem')[0]).toMatchObject({
          message: `Cannot write a message to ${out}: no space left on the disk. The answer is 500, so that the provider sends the postback again.`,
        });
        rmSync(join(disk, 'other'));
        expect(statfsSync(disk).bavail).toBeGreaterThan(0);
        const failed = messages.filter((_, n) => statuses[n] !== 200).slice(0, 100);
        expect(new Set(await post(failed))).toEqual(new Set([200]));
        expect(
          linesOf(out)
            .map(({ transactionId }) => transactionId)
            .sort(),
        ).toEqual([...kept, ...failed].map(({ transactionId }) => transactionId).sort());
      } finally {
        for (const server of servers.splice(0)) await server.stop();
        execFileSync('umount', [disk]);
      }
    },
  );

  const hasScript = process.platform === 'linux' && existsSync('/usr/bin/script');
  /** Runs a command on a terminal of its own, and gives what it drew there. */
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
    'draws on a terminal: lines in colour above one that changes, which Ctrl-C leaves as it is (left out where there is no script command)',
    async () => {
      for (const [env, hasColours] of [
        [{}, true],
        [{ NO_COLOR: '1' }, false],
      ] as const) {
        const { drawn, ended, interrupt } = onTerminal(
          ['listen', '--port', '0', '--out', join(place(), 'messages.ndjson')],
          env,
        );
        const url = await until(() => /send (http:\S+) /.exec(drawn())?.[1]);
        await deliver(url, sms, once);
        await deliver(url, sms, once);
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
        // Each line takes the place of the one that changes, which is written anew below it.
        expect(plain.replace(/\d\d:\d\d:\d\d/g, 'now')).toBe(
          'now SMS   15550104477 → 86717  "007 is not 7 & blanks count "\n1 message, 0 duplicates, 0 rejected. Press Ctrl-C to stop.' +
            '\r\x1B[2Know SMS   duplicate, answered 200\n1 message, 0 duplicates, 0 rejected. Press Ctrl-C to stop.\r\x1B[2K1 message, 1 duplicate, 0 rejected. Press Ctrl-C to stop.^C\n',
        );
      }
    },
  );

  it.skipIf(!hasScript)(
    'is sent a load with a bar on a terminal that shows how far it is (left out where there is no script command)',
    async () => {
      const { url } = await listening(asProcess.start, join(place(), 'messages.ndjson'));
      const { drawn, ended } = onTerminal(['send', url, '--sms', 'load', '--count', '300', '--rate', '300']);
      expect(await ended).toBe(0);
      expect(drawn()).toContain('300 of 300, 0 not delivered');
      expect(drawn()).toContain('░');
      expect(drawn()).toMatch(/300 of 300 postbacks delivered in \d/);
    },
  );
});
