// `mo-postback doctor`, against good and bad servers.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import express from 'express';
import { describe, expect, it } from 'vitest';
import { servers } from '../contract/servers.ts';
import type { Entry } from '../contract/app.ts';
import { createProbes } from '../../src/cli/doctor/probes.ts';
import { asFunction, asProcess, events, onSimulatedTerminal, root, until, ways } from '../helpers/command.ts';
import { freePort } from '../helpers/free-port.ts';

// The tests run at the same time, because each run of the command takes 2 seconds for its slow body. So each test
// closes its own server.
type OnTestFinished = (close: () => void) => void;

const NAMES = createProbes('86717').map(({ name }) => name);
const TOTAL = NAMES.length;

/** Serves a listener until the end of the test. Resolves to its URL. */
async function serve(listener: RequestListener | Server, onTestFinished: OnTestFinished): Promise<string> {
  const server = typeof listener === 'function' ? createServer(listener) : listener;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/postback`;
}

/** A listener that reads the whole body and then answers. */
const answering =
  (status: number, headers: Record<string, string> = {}, body = ''): RequestListener =>
  (request, response) => {
    request.resume().once('end', () => response.writeHead(status, headers).end(body));
  };

/** Runs the command against a server. */
async function examine(url: string, ...args: string[]): Promise<{ stdout: string; exitCode: number | null }> {
  const { stdout, stderr, exitCode } = await asFunction.start(['doctor', url, ...args]).finished;
  expect(stderr).toBe('');
  return { stdout, exitCode };
}

/** What is to be changed: the text after the rows, without line breaks in sentences. */
const changesIn = (stdout: string): string =>
  stdout
    .slice(stdout.indexOf('\n\n') + 2)
    .trim()
    .replace(/(?<!\n)\n(?!\n) */g, ' ');

/** The name and the answer of each probe that is not right. */
const wrongIn = (stdout: string): string[] =>
  [...stdout.matchAll(/^wrong {2}(.{18}) {2}(\S+)/gm)].map(([, name = '', answer = '']) => `${name.trim()} ${answer}`);

describe('mo-postback doctor, against a server of this library', () => {
  it.concurrent.each(servers)('finds nothing wrong with $name, which gets each message once', async (server) => {
    const running = await server.start();
    try {
      const url = `http://127.0.0.1:${String(running.port)}/brief/doctor`;
      const { stdout, exitCode } = await examine(url);
      expect(changesIn(stdout)).toBe(`${String(TOTAL)} of ${String(TOTAL)} probes are right.`);
      expect([wrongIn(stdout), exitCode]).toEqual([[], 0]);
      const journal = (await (await fetch(`${url}/journal`)).json()) as Entry[];
      const count = (kind: string): number => journal.filter(({ what }) => what === kind).length;
      expect([count('sms'), count('mms'), count('other'), count('reject')]).toEqual([214, 105, 1, 1]);
      const texts = journal.map(({ text }) => String(text).replace(/^mo-postback doctor [0-9a-f]{8}-\d+: /, ''));
      for (const text of ['fish & chips', 'Crème brûlée', 'Crème brûlée, Grüße, 你好 \u{1F600}'])
        expect(texts).toContain(text);
      expect(journal.filter(({ warnings = [] }) => (warnings as string[]).length > 0)).toMatchObject([
        { warnings: ['STRAY_AMPERSAND'] },
      ]);
    } finally {
      await running.close();
    }
  });

  it.concurrent('finds nothing wrong as a process', async ({ onTestFinished }) => {
    const url = await serve(answering(200), onTestFinished);
    const { stdout, stderr, exitCode } = await asProcess.start(['doctor', url]).finished;
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(stdout.match(/^ok /gm)).toHaveLength(TOTAL);
    expect(changesIn(stdout)).toBe(`${String(TOTAL)} of ${String(TOTAL)} probes are right.`);
  });
});

describe('mo-postback doctor, against a bad server', () => {
  it.concurrent.each([
    [404, '404: all probes Nothing is served at this path. Correct the path of the URL, or the route of the server.'],
    [
      308,
      '308: all probes Providers do not follow redirects. Give them the final URL: check http or https, www., and the slash at the end.',
    ],
    [204, '204: all probes Answer exactly 200. For a provider, any other status means that the postback failed.'],
  ])('says once what to change if all answers are %i', async (status, advice) => {
    const closers: (() => void)[] = [];
    let requests = 0;
    const answer = answering(status, { location: '/elsewhere' });
    const url = await serve(
      (request, response) => {
        requests++;
        answer(request, response);
      },
      (close) => closers.push(close),
    );
    const { stdout, exitCode } = await examine(url);
    for (const close of closers) close();
    expect(exitCode).toBe(1);
    expect(wrongIn(stdout)).toEqual(NAMES.map((name) => `${name} ${String(status)}`));
    expect(changesIn(stdout)).toBe(`0 of ${String(TOTAL)} probes are right. What to change:\n\n${advice}`);
    // Redirects are not followed.
    expect(requests).toBe(TOTAL);
  });

  it.concurrent(
    'asks for a higher limit if a bundle is too large; docs/command.md shows it',
    async ({ onTestFinished }) => {
      const app = express();
      app.use(express.text({ type: '*/*', limit: '20kb' }));
      app.post('/postback', (_, response) => void response.sendStatus(200));
      const { stdout, exitCode } = await examine(await serve(app as RequestListener, onTestFinished));
      expect([wrongIn(stdout), exitCode]).toEqual([['bundle of 300 413'], 1]);
      expect(changesIn(stdout)).toMatch(
        /What to change:\n\n413: bundle of 300 Raise the limit for bodies to at least 2 MiB: of the server, of the body parser/,
      );
      const withoutTimes = (text: string): string => text.replace(/ +\d+ ms/g, ' 0 ms');
      expect(withoutTimes(readFileSync(join(root, 'docs/command.md'), 'utf8'))).toContain(
        `\`\`\`text\n${withoutTimes(stdout)}\`\`\``,
      );
    },
  );

  it.concurrent('asks to put the receiver before body parsers if only forms are read', async ({ onTestFinished }) => {
    const app = express();
    app.use(express.json(), express.urlencoded());
    app.post('/postback', (request, response) => {
      const { xml } = (request.body ?? {}) as { xml?: unknown };
      response.sendStatus(typeof xml === 'string' ? 200 : 400);
    });
    const { stdout, exitCode } = await examine(await serve(app as RequestListener, onTestFinished));
    const right = ['urlencoded form', 'cut-off XML'];
    expect(wrongIn(stdout)).toEqual(NAMES.filter((name) => !right.includes(name)).map((name) => `${name} 400`));
    expect(exitCode).toBe(1);
    expect(changesIn(stdout)).toMatch(
      /\n400: G3 SMS, retry, .*, multipart form, .* The server said "Bad Request"\. The server could not read the postback\. See its log\. Read the body as it is, before a body parser changes it, and accept unknown fields\.$/,
    );
  });

  it.concurrent('gives the advice of each probe if the plain one is right', async ({ onTestFinished }) => {
    const seen = new Set<string>();
    const readStrictly = (request: IncomingMessage, body: string): number => {
      if (request.headers['content-type'] !== 'text/xml') return 415;
      if (seen.has(body)) return 409;
      seen.add(body);
      return body.includes(' & ') || /<ORIGIN>MMS_MT|<NOTIFICATION/.test(body) || !/<\/POSTBACK>/i.test(body)
        ? 500
        : 200;
    };
    const url = await serve((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk) => {
        body += String(chunk);
      });
      request.once('end', () => response.writeHead(readStrictly(request, body)).end());
    }, onTestFinished);
    const { stdout } = await examine(url);
    const changes = changesIn(stdout);
    for (const change of [
      '409: retry A message that is stored already is not an error: answer 200 again, or the provider keeps sending it.',
      '500: G1 SMS, G1 MMS Read notifications in a bundle: POSTBACK > NOTIFICATION > BODY > the fields. You can ignore this if your provider does not use this format.',
      '415: G5 SMS, G5 group MMS, application/xml, no Content-Type, labelled as a form, urlencoded form, multipart form Accept this Content-Type.',
      '500: stray & Providers do not always escape what people write. Repair such documents (mo-postback does), or store the body and answer 200.',
      '500: delivery report Other notifications arrive at the same URL: answer 200 to those that you do not need.',
      '500: cut-off XML Catch the error of the XML parser. Store the body and answer 200, or answer 400.',
    ])
      expect(changes).toContain(change);
  });

  it.concurrent('asks for an answer within 10 seconds if there is none', async ({ onTestFinished }) => {
    const { stdout, exitCode } = await examine(await serve(() => undefined, onTestFinished), '--timeout', '0.05');
    expect(wrongIn(stdout)).toEqual(NAMES.map((name) => `${name} TIMEOUT`));
    expect(exitCode).toBe(1);
    expect(changesIn(stdout)).toMatch(
      /\nTIMEOUT: all probes Answer within 10 seconds, and do slow work after the answer\. If the server waits for a body that a body parser has read already, put the receiver before body parsers\.$/,
    );
  });

  it.concurrent('asks to look at the log if the server crashes, and shows no page', async ({ onTestFinished }) => {
    const page = '\n<!DOCTYPE html><html><body><pre>Error: out of order\n at handler</pre></body></html>';
    const url = await serve(answering(500, { 'content-type': 'text/html' }, page), onTestFinished);
    const { stdout, exitCode } = await examine(url);
    expect(wrongIn(stdout)).toEqual(NAMES.map((name) => `${name} 500`));
    expect(exitCode).toBe(1);
    expect(changesIn(stdout)).toMatch(/\n500: all probes The server failed\. See its log\.$/);
  });

  it.concurrent('shows the start of a short answer, without control characters', async ({ onTestFinished }) => {
    const url = await serve(answering(503, {}, `\x1B[31mnot \u202Enow${'!'.repeat(100)}\nsecond line`), onTestFinished);
    const { stdout } = await examine(url);
    expect(changesIn(stdout)).toContain(
      `503: all probes The server said "\uFFFD[31mnot \uFFFDnow${'!'.repeat(47)}". The server was overloaded`,
    );
    expect(stdout).not.toContain('second line');
    expect(events((await examine(url, '--json')).stdout, 'probe')).toMatchObject(
      NAMES.map((name) => ({ name, status: 503, answer: `\uFFFD[31mnot \uFFFDnow${'!'.repeat(47)}` })),
    );
  });

  it.concurrent('says that the connection was closed, for all probes', async ({ onTestFinished }) => {
    const url = await serve((request) => request.socket.destroy(), onTestFinished);
    const { stdout, exitCode } = await examine(url);
    expect(wrongIn(stdout)).toHaveLength(TOTAL);
    expect(exitCode).toBe(1);
    expect(changesIn(stdout)).toContain('The connection was closed without an answer. See the log of the server');
  });

  it.concurrent('asks for the credentials in the URL, and is content with them', async ({ onTestFinished }) => {
    const answer = { accepted: answering(200), refused: answering(401, { 'www-authenticate': 'Basic' }) };
    const url = await serve((request, response) => {
      const { headers } = request;
      const isAdmitted = headers.authorization === `Basic ${btoa('ann:geheim')}` && headers['x-token'] === 'a:b';
      answer[isAdmitted ? 'accepted' : 'refused'](request, response);
    }, onTestFinished);
    const withCredentials = url.replace('//', '//ann:geheim@');
    const [refused, half, accepted] = await Promise.all([
      examine(url),
      examine(withCredentials, '--header', 'Accept: */*'),
      examine(withCredentials, '--header', 'X-Token:a:b', '--header', 'Accept: */*'),
    ]);
    expect([refused.exitCode, half.exitCode, accepted.exitCode]).toEqual([1, 1, 0]);
    expect(changesIn(refused.stdout)).toMatch(
      /\n401: all probes Put the secret into the URL, or user name and password: https:\/\/user:password@host\/path\. If the server checks addresses, allow the address that the requests come from\.$/,
    );
  });
});

describe('mo-postback doctor', () => {
  it.concurrent('prints lines that fit a terminal of 60 columns, in colours', async ({ onTestFinished }) => {
    const url = await serve(answering(404), onTestFinished);
    const { stdout } = await onSimulatedTerminal.start(['doctor', url]).finished;
    expect(stdout).toContain('\x1B[31mwrong');
    const lines = stripVTControlCharacters(stdout).split('\n');
    expect(lines.filter((line) => line.length > 60)).toEqual([]);
    expect(lines).toContain('  Nothing is served at this path. Correct the path of the');
  });

  it.concurrent('prints JSON lines with --json', async ({ onTestFinished }) => {
    const [right, wrong] = [answering(200), answering(500, {}, 'ours')];
    let count = 0;
    const url = await serve((request, response) => {
      (++count === 2 ? wrong : right)(request, response);
    }, onTestFinished);
    const { stdout, exitCode } = await examine(url, '--json');
    const durationMs = expect.any(Number) as number;
    const probes = events(stdout, 'probe');
    expect(probes.slice(0, 2)).toEqual([
      { event: 'probe', name: 'G3 SMS', status: 200, durationMs, accepted: [200], isRight: true },
      {
        event: 'probe',
        name: 'retry',
        status: 500,
        answer: 'ours',
        durationMs,
        accepted: [200],
        isRight: false,
        advice: 'A message that is stored already is not an error: answer 200 again, or the provider keeps sending it.',
      },
    ]);
    expect(probes.map(({ name }) => name)).toEqual(NAMES);
    expect(events(stdout, 'summary')).toEqual([{ event: 'summary', probes: TOTAL, run: TOTAL, right: TOTAL - 1 }]);
    expect([stdout.split('\n').length, exitCode]).toEqual([TOTAL + 2, 1]);
  });

  it.concurrent.each(ways)('prints one line if the server cannot be reached, $way', async ({ start }) => {
    const origin = `http://127.0.0.1:${String(await freePort())}`;
    for (const json of [[], ['--json']])
      expect(await start(['doctor', `${origin}/secret`, ...json]).finished).toEqual({
        stdout: '',
        stderr: `error: Cannot reach ${origin}: connection refused. Start the server, or correct the URL.\n`,
        exitCode: 1,
      });
  });

  it.concurrent('prints the last probe that was answered if the server ends', async ({ onTestFinished }) => {
    let count = 0;
    const server = createServer((_, response) => {
      if (++count === 3) server.close();
      response.writeHead(200, { connection: 'close' }).end();
    });
    const url = await serve(server, onTestFinished);
    const { stdout, stderr, exitCode } = await asFunction.start(['doctor', url]).finished;
    expect(changesIn(stdout)).toBe(`3 of 3 probes are right, ${String(TOTAL - 3)} were not run.`);
    expect([stderr, exitCode]).toEqual([
      `error: Cannot reach ${new URL(url).origin} after the probe "G3 MMS": connection refused. The server may have crashed: see its log.\n`,
      1,
    ]);
  });

  it.concurrent('prints what is wrong with a number that cannot be sent', async () => {
    expect(await asFunction.start(['doctor', 'http://127.0.0.1', '--to', '\x01']).finished).toEqual({
      stdout: '',
      stderr: expect.stringMatching(
        /^error: The value of --to cannot be sent in every generation: to: A character that XML cannot represent\. .*\n$/,
      ) as string,
      exitCode: 1,
    });
  });

  it.concurrent.each(ways)('prints what it knows when it is stopped, $way', async ({ start }) => {
    const closers: (() => void)[] = [];
    const answer = answering(200);
    for (const answered of [0, 2]) {
      let count = 0;
      const url = await serve(
        (request, response) => {
          if (++count <= answered) answer(request, response);
        },
        (close) => closers.push(close),
      );
      const running = start(['doctor', url]);
      await until(() => (count > answered ? true : undefined));
      const { stdout, stderr, exitCode } = await running.stop();
      expect(changesIn(`\n${stdout}`)).toContain(
        `${String(answered)} of ${String(answered)} probes are right, ${String(TOTAL - answered)} were not run.`,
      );
      expect([stdout.match(/^ok /gm)?.length ?? 0, stderr, exitCode]).toEqual([answered, '', 1]);
    }
    for (const close of closers) close();
  });

  it.concurrent.each([
    ['an answer that is not HTTP', 'SSH-2.0-OpenSSH\r\n\r\n', 'HPE_INVALID_CONSTANT', 'The answer is not valid HTTP.'],
    [
      'an answer whose body is not what its Content-Encoding says',
      'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello',
      'Z_DATA_ERROR',
      'The body of the answer does not match its Content-Encoding.',
    ],
  ])('goes on after %s, and says what is wrong', async (_, answer, code, advice) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.end(answer));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const { stdout, exitCode } = await asFunction.start(['doctor', `http://127.0.0.1:${String(port)}/`]).finished;
    server.close();
    expect(exitCode).toBe(1);
    expect(stdout.match(new RegExp(`^wrong .* ${code} `, 'gm'))).toHaveLength(TOTAL);
    expect(changesIn(stdout)).toContain(advice);
  });
});
