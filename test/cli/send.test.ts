// `mo-postback send`.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { contentKey, messageKey, parseBundle, parsePostback } from '../../src/index.ts';
import { asProcess, events, root, until, ways } from '../helpers/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'mo-postback-send-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

interface Received {
  readonly head: IncomingMessage;
  readonly body: Buffer;
}

/** A server, and the requests that it has received. `statusOf` chooses the status; 0 means no answer. */
async function serving(
  statusOf: (n: number) => number = () => 200,
  answer = '',
): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
    });
    request.once('end', () => {
      received.push({ head: request, body: Buffer.concat(chunks) });
      const status = statusOf(received.length);
      if (status !== 0) response.writeHead(status).end(answer);
    });
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`, received };
}

describe.each(ways)('mo-postback send, $way', ({ start }) => {
  it('sends a text message, and prints the status of the answer', async () => {
    const { url, received } = await serving();
    const { stdout, stderr, exitCode } = await start(['send', url, '--sms', '1 < 2 & \u{1F600}']).finished;
    expect(stdout).toMatch(/^200 in \d+\.\d ms\n$/);
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(received.map(({ head }) => head.headers['content-type'])).toEqual(['text/xml']);
    expect(parsePostback(received[0]?.body ?? '')).toMatchObject({
      kind: 'sms',
      code: 'N211',
      from: '15550104477',
      to: '86717',
      text: '1 < 2 & \u{1F600}',
    });
  });

  it('writes the message according to its options', async () => {
    const { url, received } = await serving();
    const run = async (...args: string[]): Promise<Received | undefined> => {
      expect(await start(['send', url, ...args]).finished).toMatchObject({ exitCode: 0 });
      return received.at(-1);
    };
    const numbers = await run('--sms', '', '--from', '1', '--to', '00000', '--generation', 'G4');
    expect(numbers?.body.toString()).toMatch(/^<\?xml .*<postback>.*<from>1<\/from><to>00000<\/to><message-text\/>/);
    const json = await run('--mms', 'http://a/1', 'http://a/2', '--subject', 'Hi', '--generation', 'G5');
    expect(json?.head.headers['content-type']).toBe('application/json');
    expect(parsePostback(json?.body ?? '')).toMatchObject({
      kind: 'mms',
      code: 'N401',
      files: ['http://a/1', 'http://a/2'],
      subject: 'Hi',
    });
    const form = await run('--sms', 'a', '--form');
    expect(form?.head.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(parsePostback(new URLSearchParams(form?.body.toString()).get('xml') ?? '')).toMatchObject({ text: 'a' });
    const multipart = await run('--sms', 'a', '--multipart');
    expect(multipart?.head.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    const picture = await run('--mms', 'http://a/1');
    expect(parsePostback(picture?.body ?? '')).not.toHaveProperty('subject');
    const bundle = await run('--sms', 'a', '--bundle', '3');
    expect(parseBundle(bundle?.body ?? '').map(({ data }) => data?.envelope?.id)).toEqual(
      [0, 1, 2].map((n) => expect.stringMatching(new RegExp(`^[0-9a-f]{8}-${String(n)}$`)) as string),
    );
  });

  it('sends a file byte by byte as it is', async () => {
    const { url, received } = await serving();
    for (const [file, contentType] of [
      ['encoding-utf-16le-with-mark.xml', 'text/xml'],
      ['g5-sms.wire.json', 'application/json'],
    ] as const) {
      expect(await start(['send', url, '--file', join(root, 'fixtures', file)]).finished).toMatchObject({
        exitCode: 0,
      });
      expect(received.at(-1)?.body).toEqual(readFileSync(join(root, 'fixtures', file)));
      expect(received.at(-1)?.head.headers['content-type']).toBe(contentType);
    }
    const latin1 = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><A>caf\xE9 +&%</A>', 'latin1');
    expect(await start(['send', url, '--file', '-'], latin1).finished).toMatchObject({ exitCode: 0 });
    expect(received.at(-1)?.body).toEqual(latin1);
    expect(await start(['send', url, '--file', '-', '--form'], latin1).finished).toMatchObject({ exitCode: 0 });
    expect(received.at(-1)?.body.toString()).toMatch(/^xml=%3C%3Fxml\+version.*caf%E9\+%2B%26%25%3C/);
    expect(await start(['send', url, '--file', '-', '--multipart'], latin1).finished).toMatchObject({ exitCode: 0 });
    expect(received.at(-1)?.body.includes(latin1)).toBe(true);
    expect(await start(['send', url, '--file', '-', '--form'], 'no postback').finished).toMatchObject({ exitCode: 0 });
    expect(received.at(-1)?.body.toString()).toBe('xml=no+postback');
  });

  it('sends the user name and password of the URL as HTTP Basic credentials', async () => {
    const { url, received } = await serving();
    await start(['send', url.replace('//', '//user:password@'), '--sms', 'a']).finished;
    expect(received[0]?.head.headers.authorization).toBe(`Basic ${btoa('user:password')}`);
  });

  it.each(['G1', 'G2', 'G3', 'G4', 'G5'])('sends messages in %s that all have different keys', async (generation) => {
    const { url, received } = await serving();
    expect(
      await start(['send', url, '--sms', 'a', '--generation', generation, '--count', '20']).finished,
    ).toMatchObject({ exitCode: 0 });
    const keys = await Promise.all(
      received.map(async ({ body }) => {
        const message = parsePostback(body);
        return messageKey(message) ?? (await contentKey(message));
      }),
    );
    expect(new Set(keys).size).toBe(20);
  });

  it('prints no keys for a file that is not a postback', async () => {
    const { url } = await serving();
    for (const [document, keys] of [
      ['<POSTBACK>', []],
      ['<POSTBACK><NOTIFICATION id="7"/></POSTBACK>', []],
      ['<POSTBACK><ORIGIN>SUB</ORIGIN></POSTBACK>', [expect.stringMatching(/^sha256:/)]],
    ]) {
      const { stdout } = await start(['send', url, '--file', '-', '--json'], document as string).finished;
      expect(events(stdout, 'delivery')).toMatchObject([{ keys, isDelivered: true }]);
    }
  });

  it('prints a summary of many postbacks', async () => {
    const { url } = await serving((n) => (n % 4 === 0 ? 503 : 200));
    const { stdout, stderr, exitCode } = await start(['send', url, '--sms', 'a', '--count', '40']).finished;
    expect([stderr, exitCode]).toEqual(['', 1]);
    expect(stdout).toMatch(
      /^30 of 40 postbacks delivered in \d+\.\d s \(\d+ per second\)\nAnswers by status\n {2}200 {10}30\n {2}503 {10}10\nRetries {8}0\nLatency in ms {2}p50 [\d.]+, p90 [\d.]+, p99 [\d.]+, max [\d.]+\n$/,
    );
  });

  it('sends a postback again if the answer is not 200, as often as --retries allows', async () => {
    const { url, received } = await serving((n) => [500, 0][n - 1] ?? 200);
    const { stdout, exitCode } = await start([
      'send',
      url,
      '--sms',
      'a',
      '--retries',
      '5',
      '--retry-interval',
      '.05',
      '--timeout',
      '0.3',
      '--json',
    ]).finished;
    expect([received.length, exitCode]).toEqual([3, 0]);
    expect(events(stdout, 'delivery')).toMatchObject([
      {
        n: 0,
        isDelivered: true,
        keys: [expect.stringContaining('SMS_MO_')],
        attempts: [{ status: 500 }, { error: 'TIMEOUT' }, { status: 200 }],
      },
    ]);
    expect(events(stdout, 'summary')).toMatchObject([
      {
        postbacks: 1,
        sent: 1,
        delivered: 1,
        retries: 2,
        answers: { 500: 1, TIMEOUT: 1, 200: 1 },
        latencyMs: { max: expect.any(Number) as number },
      },
    ]);
  });

  it('sends no more postbacks per second than --rate', async () => {
    const { url } = await serving();
    const since = performance.now();
    expect(await start(['send', url, '--sms', 'a', '--count', '11', '--rate', '50']).finished).toMatchObject({
      exitCode: 0,
    });
    // The last postback is sent 10/50 s after the first.
    expect(performance.now() - since).toBeGreaterThan(195);
  });

  it('waits for the next postback even if that is longer than setTimeout can wait', async () => {
    const { url, received } = await serving();
    const slow = start(['send', url, '--sms', 'slow', '--count', '2', '--rate', '0.0000001', '--json']);
    await until(() => events(slow.stdout(), 'delivery')[0]);
    // If the rate were ignored, the second postback would have been sent long before this one.
    await asProcess.start(['send', url, '--sms', 'other']).finished;
    const { stdout, stderr } = await slow.stop();
    expect(events(stdout, 'summary')).toMatchObject([{ postbacks: 2, sent: 1 }]);
    // Node.js prints a warning if the time is too long for setTimeout.
    expect(stderr).toBe('');
    expect(received).toHaveLength(2);
  });

  it('sends no more postbacks at the same time than --concurrency', async () => {
    let [open, most] = [0, 0];
    const server = createServer((_, response) => {
      most = Math.max(most, ++open);
      setTimeout(() => {
        open--;
        response.end();
      }, 10);
    });
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
    expect(await start(['send', url, '--sms', 'a', '--count', '30', '--concurrency', '3']).finished).toMatchObject({
      exitCode: 0,
    });
    expect(most).toBe(3);
  });

  it('prints the body of an error answer, without control characters', async () => {
    const { url } = await serving(() => 400, '\x1B[31mMALFORMED\n');
    const { stdout, exitCode } = await start(['send', url, '--sms', 'a']).finished;
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/^400 in [\d.]+ ms \uFFFD\[31mMALFORMED\n$/)]);
  });

  it('prints the error code if the server cannot be reached', async () => {
    const { url } = await serving();
    await new Promise((done) => servers.splice(0)[0]?.close(done));
    const { stdout, exitCode } = await start(['send', url, '--sms', 'a', '--count', '3']).finished;
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining('0 of 3 postbacks delivered') as string]);
    expect(stdout).toContain('  ECONNREFUSED 3\n');
    expect((await start(['send', url, '--sms', 'a']).finished).stdout).toMatch(/^ECONNREFUSED in [\d.]+ ms\n$/);
  });

  it('prints a summary of what was sent if it is stopped', async () => {
    const { url, received } = await serving();
    const load = start(['send', url, '--sms', 'a', '--count', '100', '--rate', '20']);
    await until(() => received[1]);
    const { stdout, exitCode } = await load.stop();
    expect([exitCode, stdout]).toEqual([
      1,
      expect.stringMatching(/^\d+ of \d+ postbacks delivered in .*, \d+ of 100 not sent\n/),
    ]);
    const silent = await serving(() => 0);
    const single = start(['send', silent.url, '--sms', 'a']);
    await until(() => silent.received[0]);
    expect(await single.stop()).toEqual({ stdout: 'No answer was received.\n', stderr: '', exitCode: 1 });
    const told = start(['send', silent.url, '--sms', 'a', '--json']);
    await until(() => silent.received[1]);
    expect(events((await told.stop()).stdout, 'summary')).toMatchObject([
      { postbacks: 1, sent: 0, answers: {}, latencyMs: { p50: 0, max: 0 } },
    ]);
  });

  it('reports in one line what cannot be sent, before it sends anything', async () => {
    const { url, received } = await serving();
    expect(await start(['send', url, '--sms', 'a\x01']).finished).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'error: The value of --sms cannot be sent as G3: text: A character that XML cannot represent, at character 2. Expected another character, or generation G5.\n',
    });
    expect(await start(['send', url, '--mms', 'http://a', '--subject', 'a\x01']).finished).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^error: The value of --subject cannot be sent as G3: /) as string,
    });
    expect(await start(['send', url, '--mms', 'http://a', '\thttp://b', '--bundle', '2']).finished).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^error: The value of --mms cannot be sent as G1: /) as string,
    });
    expect(await start(['send', url, '--file', join(folder, 'none')]).finished).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `error: Cannot read ${join(folder, 'none')}: no such file or folder.\n`,
    });
    expect(await start(['send', url, '--file', join(folder, 'no\nfile')]).finished).toMatchObject({
      exitCode: 1,
      stderr: `error: Cannot read ${join(folder, 'no\uFFFDfile')}: no such file or folder.\n`,
    });
    expect(received).toEqual([]);
  });
});
