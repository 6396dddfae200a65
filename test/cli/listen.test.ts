// `mo-postback listen`: what it accepts, answers and stores.

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serializePostback } from '../../src/index.ts';
import { deliver, sampleMessages } from '../../src/testing/index.ts';
import { events, until, urlOf, ways } from '../helpers/command.ts';
import { createSandbox, linesOf } from '../helpers/sandbox.ts';

const sandbox = createSandbox();
const { sms, mms } = sampleMessages;
const ONCE = { intervalsMs: [] };

describe.each(ways)('mo-postback listen, $way', ({ start }) => {
  it('stores each message once, as a line with its key and the time at which it arrived', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const { url, stdout } = await sandbox.listen(start, out);
    const before = Date.now();
    for (const message of [{ ...sms, transactionId: 'a' }, mms, { ...sms, transactionId: 'a' }])
      expect(await deliver(url, message, ONCE)).toMatchObject({ isDelivered: true });
    await deliver(url, { body: '<POSTBACK><ORIGIN>SUB</ORIGIN><CODE>N301</CODE></POSTBACK>', headers: {} }, ONCE);
    const lines = linesOf(out);
    expect(lines).toMatchObject([
      { kind: 'sms', text: sms.text, transactionId: 'a', key: 'sms/86717/15550104477/a' },
      { kind: 'mms', keyword: 'party', files: mms.files, key: 'mms/00000/15550104477/MMS_MO_sample1' },
      { kind: 'other', origin: 'SUB', code: 'N301', key: expect.stringMatching(/^sha256-/) as string },
    ]);
    for (const { arrivedAt } of lines) expect(Date.parse(String(arrivedAt))).toBeGreaterThanOrEqual(before);
    await until(() => events(stdout(), 'message')[2]);
    expect(events(stdout(), 'message').map(({ message }) => message)).toEqual(lines);
    expect(events(stdout(), 'duplicate')).toEqual([{ event: 'duplicate', kind: 'sms' }]);
  });

  it('stores the messages of a bundle in wire order', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const { url } = await sandbox.listen(start, out);
    const bundle = Array.from({ length: 300 }, (_, n) => ({ ...sms, text: String(n), envelope: { id: String(n) } }));
    expect(await deliver(url, bundle, ONCE)).toMatchObject({ isDelivered: true });
    expect(linesOf(out).map(({ text }) => text)).toEqual(bundle.map(({ text }) => text));
  });

  it('stores a body that it cannot read, with the errors, once for all retries', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const { url, stdout } = await sandbox.listen(start, out);
    const body = '<POSTBACK><SECRET></POSTBACK>';
    const before = Date.now();
    expect(await deliver(url, { body, headers: { 'content-type': 'text/xml' } }, ONCE)).toMatchObject({
      attempts: [{ status: 400, answer: 'MALFORMED' }],
    });
    const between = Date.now();
    expect(
      await deliver(url, { body, headers: { 'content-type': 'text/xml', 'user-agent': 'another' } }, ONCE),
    ).toMatchObject({
      attempts: [{ status: 400, answer: 'MALFORMED' }],
    });
    const rejected = join(out, '../rejected');
    const [kept = '', told = ''] = readdirSync(rejected);
    expect(readdirSync(rejected)).toEqual([
      expect.stringMatching(/^[0-9a-f]{16}\.body$/),
      kept.replace('body', 'json'),
    ]);
    expect(readFileSync(join(rejected, kept), 'utf8')).toBe(body);
    const details = JSON.parse(readFileSync(join(rejected, told), 'utf8')) as { arrivedAt: string };
    // What the first arrival has written.
    expect(details).toMatchObject({
      errors: [{ code: 'MALFORMED', line: 1 }],
      headers: { 'content-type': 'text/xml' },
    });
    expect(Date.parse(details.arrivedAt)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(details.arrivedAt)).toBeLessThanOrEqual(between);
    expect(events(stdout(), 'unreadable')).toHaveLength(2);
    expect(events(stdout(), 'rejected')).toEqual(
      Array.from({ length: 2 }, () => ({ event: 'rejected', status: 400, codes: ['MALFORMED'] })),
    );
  });

  it('stores the same bytes again if their headers are different, and leaves only whole files', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const { url } = await sandbox.listen(start, out);
    const rejected = join(out, '../rejected');
    const types = ['text/xml', 'text/xml; charset=iso-8859-1'];
    const posts = Array.from({ length: 40 }, (_, n) => ({
      body: '<POSTBACK>',
      headers: { 'content-type': types[n % 2] ?? '', 'user-agent': 'a'.repeat(100 * n) },
    }));
    await Promise.all(posts.map((post) => deliver(url, post, ONCE)));
    const names = readdirSync(rejected);
    expect(names.map((name) => name.slice(-4))).toEqual(['body', 'json', 'body', 'json']);
    const stored = names
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(rejected, name), 'utf8')) as { headers: Record<string, string> });
    expect(stored.map(({ headers }) => headers['content-type']).sort()).toEqual(types);
  });

  it('answers 500 if it can neither read nor store a body, and reports why', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const { url, stdout } = await sandbox.listen(start, out);
    const body = '<POSTBACK>';
    mkdirSync(
      join(
        out,
        '../rejected',
        `${createHash('sha256').update(`text/plain;charset=UTF-8\n\n${body}`).digest('hex').slice(0, 16)}.body`,
      ),
    );
    expect(await deliver(url, { body, headers: {} }, ONCE)).toMatchObject({
      attempts: [{ status: 500, answer: 'ON_REJECT_FAILED' }],
    });
    expect(events(stdout(), 'problem')).toEqual([
      {
        event: 'problem',
        message: `Cannot write a rejected body to ${join(out, '../rejected')}: it is a folder. The answer is 500, so that the provider sends the postback again.`,
      },
    ]);
  });

  it('receives only at its path and below, and only with its secret', async () => {
    const { url, stdout } = await sandbox.listen(
      start,
      join(sandbox.newPath(), 'messages.ndjson'),
      '--path',
      '/postback',
      '--secret',
      'geheim',
    );
    expect(url).toMatch(/\/postback$/);
    const statusAt = async (at: string): Promise<unknown> =>
      (await deliver(new URL(at, url), sms, ONCE)).attempts[0]?.status;
    expect(
      await Promise.all(
        ['/', '/postbacks', '/postback', '/postback/falsch', '/postback?secret=falsch', '/other/geheim'].map(statusAt),
      ),
    ).toEqual([404, 404, 401, 401, 401, 404]);
    expect(
      await Promise.all(['/postback/geheim', '/postback?secret=geheim', '/postback/?secret=geheim'].map(statusAt)),
    ).toEqual([200, 200, 200]);
    await until(() => events(stdout(), 'rejected')[5]);
    const shown = events(stdout(), 'rejected');
    expect(shown.filter(({ status }) => status === 401)).toEqual(
      Array.from({ length: 3 }, () => ({ event: 'rejected', status: 401, codes: ['UNAUTHORIZED'] })),
    );
    expect(shown.filter(({ status }) => status === 404)).toEqual(
      Array.from({ length: 3 }, () => ({ event: 'rejected', status: 404, codes: ['NOT_FOUND'] })),
    );
    expect(shown).toHaveLength(6);
    expect(stdout()).not.toContain('geheim');
  });

  it('accepts every path without --path, and its help says so', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const { url, stdout } = await sandbox.listen(start, out);
    for (const [n, path] of ['/', '/postback', '/any/other?path=1'].entries())
      expect(await deliver(new URL(path, url), { ...sms, text: String(n) }, ONCE)).toMatchObject({ isDelivered: true });
    expect(linesOf(out)).toHaveLength(3);
    expect(events(stdout(), 'rejected')).toEqual([]);
    const help = (await start(['listen', '--help']).finished).stdout.replace(/\s+/g, ' ');
    expect(help).toContain(
      'path that receives postbacks, also at every path below it; the answer to other paths is 404. The default, /, accepts every path (default: "/")',
    );
  });

  it('reports requests that are not POST', async () => {
    const { url, stdout } = await sandbox.listen(start, join(sandbox.newPath(), 'messages.ndjson'));
    expect((await fetch(url)).status).toBe(405);
    await until(() => events(stdout(), 'rejected')[0]);
    expect(events(stdout(), 'rejected')).toEqual([{ event: 'rejected', status: 405, codes: ['METHOD_NOT_ALLOWED'] }]);
  });

  it('stores the warnings of a repaired message', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const { url } = await sandbox.listen(start, out);
    await deliver(url, { body: serializePostback(sms).replace('&amp;', '&'), headers: {} }, ONCE);
    expect(linesOf(out)).toMatchObject([
      { text: sms.text, warnings: [{ code: 'STRAY_AMPERSAND', path: 'POSTBACK/TEXT' }] },
    ]);
  });

  it('stops as soon as it is told to', async () => {
    const running = start(['listen', '--json', '--port', '0', '--out', join(sandbox.newPath(), 'messages.ndjson')]);
    expect([0, null]).toContain((await running.stop()).exitCode);
  });

  it('receives an MMS from send, with files from serve-media', async () => {
    const media = sandbox.newPath();
    mkdirSync(join(media, 'a b'), { recursive: true });
    writeFileSync(join(media, 'a b', '1.jpg'), Buffer.from([0xff, 0xd8, 0xff]));
    writeFileSync(join(media, 'card.VCF'), 'BEGIN:VCARD');
    writeFileSync(join(media, '.hidden'), '');
    const host = sandbox.run(start, 'serve-media', '--json', '--port', '0', media);
    const base = await urlOf(host);
    expect(events(host.stdout(), 'listening')).toMatchObject([{ files: [`${base}a%20b/1.jpg`, `${base}card.VCF`] }]);
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const { url } = await sandbox.listen(start, out);
    const sent = await start(['send', url, '--mms', `${base}a%20b/1.jpg`, `${base}card.VCF`, '--subject', 'Look'])
      .finished;
    expect(sent).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^200 in [\d.]+ ms {2}mms\/.*\n$/) as string,
    });
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

describe.each(ways)('mo-postback listen, $way, that cannot start', ({ start }) => {
  it('reports in one line that the port is in use, and what to do', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, 'localhost', done));
    const port = String((server.address() as AddressInfo).port);
    const { stderr, exitCode } = await start([
      'listen',
      '--port',
      port,
      '--out',
      join(sandbox.newPath(), 'messages.ndjson'),
    ]).finished;
    server.close();
    expect([stderr, exitCode]).toEqual([
      `error: Cannot listen on port ${port} of localhost: the port is already in use. Choose another port with --port; 0 means any free port.\n`,
      1,
    ]);
  });

  it('reports in one line that it cannot write, and what to do', async () => {
    const file = sandbox.newPath();
    writeFileSync(file, '');
    mkdirSync(`${file}.folder`);
    expect(await start(['listen', '--port', '0', '--out', join(file, 'messages.ndjson')]).finished).toMatchObject({
      stderr: `error: Cannot write to ${join(file, 'messages.ndjson')}: a part of the path is not a folder. Choose another file with --out.\n`,
      exitCode: 1,
    });
    expect(
      await start(['listen', '--port', '0', '--out', `${file}.messages`, '--rejected', join(file, 'a/b')]).finished,
    ).toMatchObject({
      stderr: `error: Cannot make the folder ${join(file, 'a/b')}: a part of the path is not a folder. Choose another folder with --rejected.\n`,
      exitCode: 1,
    });
    expect(
      await start(['listen', '--port', '0', '--out', join(file, 'messages.ndjson'), '--rejected', `${file}.rejected`])
        .finished,
    ).toMatchObject({
      stderr: `error: Cannot write to ${join(file, 'messages.ndjson')}: a part of the path is not a folder. Choose another file with --out.\n`,
      exitCode: 1,
    });
    expect(
      await start(['listen', '--port', '0', '--out', `${file}.folder`, '--rejected', `${file}.rejected`]).finished,
    ).toMatchObject({
      stderr: `error: Cannot write to ${file}.folder: it is a folder. Choose another file with --out.\n`,
      exitCode: 1,
    });
    expect(
      await start(['listen', '--port', '0', '--out', `${file}.folder/messages.ndjson`, '--host', 'no.host.invalid'])
        .finished,
    ).toMatchObject({
      stderr: expect.stringMatching(
        /^error: Cannot listen on port 0 of no\.host\.invalid: .*\. Choose another host with --host; 0\.0\.0\.0 means all addresses of this machine\.\n$/,
      ) as string,
      exitCode: 1,
    });
  });

  it('makes the folder of --out or --rejected, but names the folder above it if that is missing', async () => {
    const folder = sandbox.newPath();
    const missing = join(folder, 'mising');
    mkdirSync(folder);
    const out = join(missing, 'in', 'messages.ndjson');
    expect(await start(['listen', '--port', '0', '--out', out]).finished).toEqual({
      stdout: '',
      stderr: `error: Cannot write to ${out}: the folder ${missing} does not exist. Choose another file with --out.\n`,
      exitCode: 1,
    });
    expect(readdirSync(folder)).toEqual([]);
    const rejected = join(missing, 'rejected');
    const good = join(folder, 'in', 'messages.ndjson');
    expect(await start(['listen', '--port', '0', '--out', good, '--rejected', rejected]).finished).toEqual({
      stdout: '',
      stderr: `error: Cannot make the folder ${rejected}: the folder ${missing} does not exist. Choose another folder with --rejected.\n`,
      exitCode: 1,
    });
    expect(readdirSync(folder)).toEqual(['in']);
    await sandbox.listen(start, good, '--rejected', join(folder, 'rejected'));
    expect(readdirSync(folder)).toEqual(['in', 'rejected']);
    expect(readdirSync(join(folder, 'in'))).toEqual([
      expect.stringMatching(/^\.listen-[0-9a-f]{12}-[0-9a-f]{8}\.lock$/),
      'messages.ndjson',
    ]);
    await sandbox.stopAll();
    expect(readdirSync(join(folder, 'in'))).toEqual(['messages.ndjson']);
  });

  it('makes no folder for rejected bodies if the file of messages cannot be opened', async () => {
    const folder = sandbox.newPath();
    mkdirSync(folder);
    writeFileSync(join(folder, 'notes.txt'), 'not JSON\n');
    expect(await start(['listen', '--port', '0', '--out', join(folder, 'notes.txt')]).finished).toMatchObject({
      exitCode: 1,
    });
    expect(readdirSync(folder)).toEqual(['notes.txt']);
  });

  it.skipIf(process.platform !== 'linux')(
    'does not hang if the system denies that an existing folder exists (needs /proc)',
    async () => {
      expect(await start(['listen', '--port', '0', '--out', '/proc/none/messages.ndjson']).finished).toMatchObject({
        stderr:
          'error: Cannot write to /proc/none/messages.ndjson: no such file or folder. Choose another file with --out.\n',
        exitCode: 1,
      });
    },
  );
});
