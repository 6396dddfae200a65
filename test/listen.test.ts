// `npm start`: the server that prints what is posted to it.

import { execFile, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { listen } from '../src/cli/listen.ts';

const root = resolve(import.meta.dirname, '..');
const hasCurl = spawnSync('curl', ['--version']).status === 0;
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function listening() {
  const messages: unknown[] = [];
  const notes: string[] = [];
  const server = await listen(0, { message: (line) => messages.push(JSON.parse(line)), note: (line) => notes.push(line) });
  closers.push(() => server.close());
  return { messages, notes, url: `http://localhost:${String(portOf(server))}/` };
}

describe('listen', () => {
  it.skipIf(!hasCurl)('says which two commands post the samples to it, and they do (left out where there is no curl)', async () => {
    const { messages, notes, url } = await listening();
    expect(notes[0]).toBe(`Listening on ${url}. Post the sample messages to it with`);
    const commands = notes.slice(1).map((note) => note.trim());
    expect(commands).toHaveLength(2);
    for (const command of commands) await promisify(execFile)('sh', ['-c', command.replace('curl', 'curl -sSf')], { cwd: root });
    expect(messages).toMatchObject([
      { kind: 'sms', from: '15550104477', text: '007 is not 7 & blanks count ', receivedAt: '2014-02-03T16:19:49.000Z' },
      { kind: 'mms', trackingId: 'MMS_MO_iLnCRrL6', spid: '0001470', files: ['URL of Content Here', 'URL of Content Here', 'URL of Content Here'] },
    ]);
  });

  it('prints other kinds too, and notes what it rejects without its content', async () => {
    const { messages, notes, url } = await listening();
    await fetch(url, { method: 'POST', body: '<POSTBACK><ORIGIN>SUB</ORIGIN></POSTBACK>' });
    const { status } = await fetch(url, { method: 'POST', body: '<POSTBACK><SECRET></POSTBACK>' });
    expect(status).toBe(400);
    expect(messages).toEqual([{ kind: 'other', origin: 'SUB', fields: [] }]);
    expect((await fetch(url, { method: 'POST', body: '<POSTBACK><ORIGIN>SUB</ORIGIN><A>&</A></POSTBACK>' })).status).toBe(200);
    expect(notes.slice(3)).toEqual([
      'rejected: MALFORMED_XML: This end tag is not of the innermost open element, at line 1, column 29 (POSTBACK/*). Expected the end tag of the element that the path names.',
      'mended: STRAY_AMPERSAND at line 1, column 34 (POSTBACK/*)',
    ]);
  });

  it('fails where the port is in use', async () => {
    const { url } = await listening();
    await expect(listen(Number(new URL(url).port), { message: () => undefined, note: () => undefined })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

/** `npm start` as a process, with what it wrote. */
function start(port: string): { output: () => string; errors: () => string; closed: Promise<number | null>; stop: () => void } {
  const child = spawn(process.execPath, [join(root, 'src/cli/start.js')], { cwd: root, env: { ...process.env, PORT: port } });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk) => { output += String(chunk); });
  child.stderr.on('data', (chunk) => { errors += String(chunk); });
  closers.push(() => child.kill());
  const closed = new Promise<number | null>((settle) => { child.on('close', settle); });
  return { output: () => output, errors: () => errors, closed, stop: () => child.kill() };
}

describe('npm start', () => {
  it('prints each message as one line of JSON', async () => {
    const { output, errors } = start('0');
    while (!errors().includes('provider-page-2')) await new Promise((wake) => setTimeout(wake, 20));
    const [url = ''] = /http:\S+\/(?=\.)/.exec(errors()) ?? [];
    const fixtures = ['protocol-sms', 'provider-page-1', 'provider-page-2'];
    for (const name of fixtures) {
      const { status } = await fetch(url, { method: 'POST', body: readFileSync(join(root, `fixtures/${name}.xml`)) });
      expect(status).toBe(200);
    }
    while (output().split('\n').length <= fixtures.length) await new Promise((wake) => setTimeout(wake, 20));
    expect(output().trim().split('\n').map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual(['sms', 'mms', 'mms']);
  });

  it('says in one line what to do where the port is in use', async () => {
    const server = createServer();
    await new Promise<void>((settle) => server.listen(0, 'localhost', settle));
    closers.push(() => server.close());
    const port = String(portOf(server));
    const { errors, closed } = start(port);
    expect(await closed).toBe(1);
    expect(errors()).toBe(`Cannot listen on port ${port}: it is in use. Set PORT to another one, as in PORT=8081 npm start.\n`);
  });

  it('says so where PORT is no port', async () => {
    const { errors, closed } = start('eighty');
    expect(await closed).toBe(1);
    expect(errors()).toBe('Cannot listen on port eighty: it is no number from 0 to 65535. Set PORT to another one, as in PORT=8081 npm start.\n');
  });
});
