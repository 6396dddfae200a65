// Who may post to `mo-postback listen`, and who may read what it stores.

import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { request as sendRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { deliver, sampleMessages } from '../../../src/testing/index.ts';
import { serializePostback } from '../../../src/index.ts';
import { asProcess, events, until, ways } from '../../helpers/command.ts';
import { createSandbox, linesOf } from '../../helpers/sandbox.ts';

const sandbox = createSandbox();
const { sms } = sampleMessages;
const ONCE = { intervalsMs: [] };

/** Posts a message, with headers that `fetch` would not send. */
async function post(url: string, headers: Record<string, string>): Promise<[status: unknown, answer: string]> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    sendRequest(url, { method: 'POST', headers: { 'content-type': 'text/plain', ...headers } }, resolve)
      .once('error', reject)
      .end(serializePostback(sms));
  });
  return [answer.statusCode, await text(answer)];
}

describe.each(ways)('mo-postback listen, $way', ({ start }) => {
  it('answers 403 to browsers if there is no secret, and shows why', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const { url, stdout } = await sandbox.listen(start, out);
    const origin = ['https://evil.example', 'null', url.replace(/\/$/, '')];
    for (const value of origin) expect(await post(url, { origin: value })).toEqual([403, 'FORBIDDEN\n']);
    for (const site of ['cross-site', 'same-origin', 'none'])
      expect(await post(url, { 'sec-fetch-site': site })).toEqual([403, 'FORBIDDEN\n']);
    expect(readFileSync(out, 'utf8')).toBe('');
    await until(() => events(stdout(), 'rejected')[5]);
    expect(events(stdout(), 'rejected').filter((_, n) => n % 3 === 0)).toEqual(
      ['Origin', 'Sec-Fetch-Site'].map((header) => ({
        event: 'rejected',
        status: 403,
        codes: ['FORBIDDEN'],
        reason: `A browser has sent this request: it has the header ${header}. Use --secret to accept such requests.`,
      })),
    );
    // Tunnels forward the name under which they are known.
    expect(await post(url, { host: 'example.ngrok.app' })).toEqual([200, expect.anything()]);
  });

  it('shows people why it has answered 403', async () => {
    const running = sandbox.run(start, 'listen', '--port', '0', '--out', join(sandbox.newPath(), 'messages.ndjson'));
    const url = await until(() => /send (http:\S+) /.exec(running.stdout())?.[1]);
    await post(url, { origin: 'https://evil.example' });
    const line = await until(() => /403 .*/.exec(running.stdout())?.[0]);
    expect(line).toBe(
      '403   FORBIDDEN A browser has sent this request: it has the header Origin. Use --secret to accept such requests.',
    );
  });

  it('does not look for browsers if there is a secret', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const { url } = await sandbox.listen(start, out, '--secret', 'geheim');
    const headers = { origin: 'https://tester.example', 'sec-fetch-site': 'cross-site' };
    expect(await post(`${url}geheim`, headers)).toEqual([200, expect.anything()]);
    expect(await post(url, headers)).toEqual([401, expect.anything()]);
  });

  it('reads its secret from a file', async () => {
    const [file, folder] = [sandbox.newPath(), sandbox.newPath()];
    writeFileSync(file, 'geheim\r\n');
    const out = join(folder, 'messages.ndjson');
    const running = sandbox.run(start, 'listen', '--port', '0', '--out', out, '--secret-file', file);
    const url = await until(() => /send (http:\S+\/)SECRET /.exec(running.stdout())?.[1]);
    expect(running.stdout()).toContain('(SECRET is the content of the secret file)\n');
    expect(await post(`${url}geheim`, {})).toEqual([200, expect.anything()]);
    expect(await post(url, {})).toEqual([401, expect.anything()]);
    expect(running.stdout()).not.toContain('geheim');
  });

  it('reports in one line that there is no secret in the file', async () => {
    const file = sandbox.newPath();
    const listen = (...args: string[]): unknown => start(['listen', '--port', '0', ...args]).finished;
    expect(await listen('--secret-file', file)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `error: Cannot read the secret in ${file}: no such file or folder.\n`,
    });
    writeFileSync(file, ' \n');
    expect(await listen('--secret-file', file)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `error: Cannot read the secret in ${file}: the file is empty.\n`,
    });
    for (const wrong of [Buffer.from('\uFEFFsecret', 'utf16le'), 'one\ntwo', 'a\0b', 'a'.repeat(1001)]) {
      writeFileSync(file, wrong);
      expect(await listen('--secret-file', file)).toMatchObject({
        exitCode: 1,
        stderr: `error: Cannot read the secret in ${file}: expected one line of at most 1 000 characters in UTF-8.\n`,
      });
    }
    expect(await listen('--secret-file', file, '--secret', 'a')).toMatchObject({ exitCode: 1 });
    writeFileSync(file, 'a');
    expect(await listen('--secret-file', file, '--secret', 'a')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(
        "error: option '--secret-file <FILE>' cannot be used with option '--secret <SECRET>'",
      ) as string,
    });
  });

  it('says in its help that --secret can be seen by others', async () => {
    const help = (await start(['listen', '--help']).finished).stdout.replace(/\s+/g, ' ');
    expect(help).toContain(
      'Everybody on this machine can see it in the list of processes: use the variable or --secret-file instead (env: MO_POSTBACK_SECRET)',
    );
    expect(help).toContain('--secret-file <FILE> file that contains the secret');
  });
});

describe('what mo-postback listen stores', () => {
  it('can be read by its owner only', async () => {
    const folder = sandbox.newPath();
    const out = join(folder, 'messages.ndjson');
    const { url } = await sandbox.listen(asProcess.start, out);
    await deliver(url, sms, ONCE);
    await deliver(url, { body: '<POSTBACK>', headers: {} }, ONCE);
    const rejected = readdirSync(join(folder, 'rejected')).map((name) => join('rejected', name));
    const modes = ['', 'messages.ndjson', 'rejected', ...rejected].map((name) =>
      (statSync(join(folder, name)).mode & 0o777).toString(8),
    );
    expect(modes).toEqual(['700', '600', '700', '600', '600']);
  });

  it('is not written to where a symbolic link leads', async () => {
    const folder = sandbox.newPath();
    const [out, victim] = [join(folder, 'messages.ndjson'), join(folder, 'victim')];
    mkdirSync(join(folder, 'rejected'), { recursive: true });
    writeFileSync(victim, 'mine');
    const nameOf = (content: string): string => createHash('sha256').update(content).digest('hex').slice(0, 16);
    const names = [
      `${nameOf('text/xml\n\n<POSTBACK>')}.body`,
      `${nameOf('text/xml\n\n<POSTBACK>')}.json`,
      `${nameOf('{"te')}.partial`,
    ].map((name) => join(folder, 'rejected', name));
    for (const name of names) symlinkSync(victim, name);
    writeFileSync(out, '{"te');
    const { url } = await sandbox.listen(asProcess.start, out);
    await deliver(url, { body: '<POSTBACK>', headers: { 'content-type': 'text/xml' } }, ONCE);
    expect(readFileSync(victim, 'utf8')).toBe('mine');
    expect(names.map((name) => lstatSync(name).isFile())).toEqual([true, true, true]);
    const [body = '', details = '', partial = ''] = names.map((name) => readFileSync(name, 'utf8'));
    expect([body, partial]).toEqual(['<POSTBACK>', '{"te']);
    expect(JSON.parse(details)).toMatchObject({ headers: { 'content-type': 'text/xml' } });
    expect(linesOf(out)).toEqual([]);
  });
});
