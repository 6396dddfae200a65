// `mo-postback send`.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { contentKey, messageKey, parseBundle, parsePostback } from '../../src/index.ts';
import { createHandler } from '../../src/use/http.ts';
import { asProcess, events, root, until, ways } from '../helpers/command.ts';
import { bundle, single, smsFields } from '../helpers/documents.ts';
import { afterTest, listening, servingPostbacks } from '../helpers/server.ts';
import type { Received } from '../helpers/server.ts';

const folder = mkdtempSync(join(tmpdir(), 'mo-postback-send-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const SMS = single(smsFields('a', 'id-1'));

it('mo-postback send waits for many retries at the same time without a warning', async () => {
  const { url, server } = await servingPostbacks();
  await new Promise((done) => server.close(done));
  const load = ['--count', '40', '--concurrency', '20', '--retries', '1', '--retry-interval', '0.1'];
  const { stdout, stderr } = await asProcess.start(['send', url, '--sms', 'a', ...load]).finished;
  expect(stdout).toContain('0 of 40 postbacks delivered');
  expect(stderr).toBe('');
});

describe.each(ways)('mo-postback send, $way', ({ start }) => {
  it('sends a text message, and prints the status of the answer', async () => {
    const { url, received } = await servingPostbacks();
    const { stdout, stderr, exitCode } = await start(['send', url, '--sms', '1 < 2 & \u{1F600}']).finished;
    const key = messageKey(parsePostback(received[0]?.body ?? '')) ?? '';
    expect(key).toMatch(/^sms\/86717\/15550104477\/SMS_MO_[0-9a-f]{8}-0$/);
    expect(stdout.replace(/\d+\.\d ms/, 'N ms')).toBe(`200 in N ms  ${key}\n`);
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
    const { url, received } = await servingPostbacks();
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
    for (const generation of [[], ['--generation', 'G1']]) {
      const bundle = await run('--sms', 'a', '--bundle', '3', ...generation);
      expect(parseBundle(bundle?.body ?? '').map(({ data }) => data?.envelope?.id)).toEqual(
        [0, 1, 2].map((n) => expect.stringMatching(new RegExp(`^[0-9a-f]{8}-${String(n)}$`)) as string),
      );
    }
  });

  it('sends a file byte by byte as it is', async () => {
    const { url, received } = await servingPostbacks();
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
    const { url, received } = await servingPostbacks();
    await start(['send', url.replace('//', '//user:password@'), '--sms', 'a']).finished;
    expect(received[0]?.head.headers.authorization).toBe(`Basic ${btoa('user:password')}`);
  });

  it.each(['G1', 'G2', 'G3', 'G4', 'G5'])('sends messages in %s that all have different keys', async (generation) => {
    const { url, received } = await servingPostbacks();
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

  it('prints the keys that a receiver uses', async () => {
    const keys: string[] = [];
    const onMessage = (_: unknown, { key }: { readonly key: string }): unknown => keys.push(key);
    const port = await listening(createServer(createHandler({ onSms: onMessage, onMms: onMessage })));
    const twice = bundle(smsFields('YES'), smsFields('YES'), smsFields('long', 'T'.repeat(300))).replace(
      / id="."/g,
      '',
    );
    const { stdout } = await start(['send', `http://127.0.0.1:${String(port)}`, '--file', '-', '--json'], twice)
      .finished;
    expect(events(stdout, 'delivery')).toMatchObject([{ keys }]);
    expect(new Set(keys).size).toBe(3);
  });

  it('prints no keys for a file that is not a postback', async () => {
    const { url } = await servingPostbacks();
    for (const [document, keys] of [
      ['<POSTBACK>', []],
      ['<POSTBACK><NOTIFICATION id="7"/></POSTBACK>', []],
      ['<POSTBACK><ORIGIN>SUB</ORIGIN></POSTBACK>', [expect.stringMatching(/^sha256-/)]],
    ]) {
      const { stdout } = await start(['send', url, '--file', '-', '--json'], document as string).finished;
      expect(events(stdout, 'delivery')).toMatchObject([{ keys, isDelivered: true }]);
    }
  });

  it('prints a summary of many postbacks', async () => {
    const { url } = await servingPostbacks((n) => (n % 4 === 0 ? 503 : 200));
    const { stdout, stderr, exitCode } = await start(['send', url, '--sms', 'a', '--count', '40']).finished;
    expect([stderr, exitCode]).toEqual(['', 1]);
    expect(stdout).toMatch(
      /^30 of 40 postbacks delivered in \d+\.\d s \(\d+ per second\)\nAnswers by status\n {2}200 {10}30\n {2}503 {10}10\nRetries {8}0\nLatency in ms {2}p50 [\d.]+, p90 [\d.]+, p99 [\d.]+, max [\d.]+\n$/,
    );
  });

  it('sends a postback again if the answer is not 200, as often as --retries allows', async () => {
    const { url, received } = await servingPostbacks((n) => [500, 0][n - 1] ?? 200);
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
    const { url } = await servingPostbacks();
    const since = performance.now();
    expect(await start(['send', url, '--sms', 'a', '--count', '11', '--rate', '50']).finished).toMatchObject({
      exitCode: 0,
    });
    // The last postback is sent 10/50 s after the first.
    expect(performance.now() - since).toBeGreaterThan(195);
  });

  it('waits for the next postback even if that is longer than setTimeout can wait', async () => {
    const { url, received } = await servingPostbacks();
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
    const url = `http://127.0.0.1:${String(await listening(server))}/`;
    expect(await start(['send', url, '--sms', 'a', '--count', '30', '--concurrency', '3']).finished).toMatchObject({
      exitCode: 0,
    });
    expect(most).toBe(3);
  });

  it('prints the body of an error answer, without control characters', async () => {
    const { url } = await servingPostbacks(() => 400, '\x1B[31mMALFORMED\n');
    const { stdout, exitCode } = await start(['send', url, '--sms', 'a']).finished;
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/^400 in [\d.]+ ms \[31mMALFORMED\n$/)]);
  });

  it.each([
    [
      'a page',
      '<!doctype html>\r\n<html>\n\t<title lang="en">502  Bad\nGateway</title><h1>502</h1>',
      'HTML page "502 Bad Gateway"',
    ],
    ['a title of 201 characters', `<title>${'a'.repeat(201)}</title>`, `HTML page "${'a'.repeat(187)}…"`],
    [
      'a page without a title',
      '<html><!-- <title>no</title> --><title> </title><style>a{}</style><SCRIPT src="a">"<title>b</title>"</script >' +
        '<body class="a">Not\n<b>here</b>: 1 < 2<br></body></html>',
      'Not here : 1 < 2',
    ],
    ['a page that is cut off in a script', '<p>Sorry<script>let a', 'Sorry'],
    ['a page that is cut off in a comment', '<p>Sorry<!-- a', 'Sorry'],
    ['a page that is cut off in a tag', '<p>Sorry<a href="', 'Sorry'],
    ['a page without text', '<html><body></body></html>', ''],
    ['XML', '<error>no</error>', '<error>no</error>'],
    ['bytes that are not UTF-8', Buffer.from('caf\xE9 \xFF\xFE ferm\xE9', 'latin1'), 'caf ferm'],
    ['200 characters', 'a'.repeat(200), 'a'.repeat(200)],
    ['201 characters', 'a'.repeat(201), `${'a'.repeat(199)}…`],
    ['a surrogate pair at the end', `${'a'.repeat(198)}\u{1F600}${'b'.repeat(9)}`, `${'a'.repeat(198)}…`],
    ['only white space', ' \n ', ''],
  ])('prints an answer on one line, shortened: %s', async (_, answer, shown) => {
    const { url } = await servingPostbacks(() => 502, answer);
    const { stdout } = await start(['send', url, '--sms', 'a']).finished;
    expect(stdout.replace(/ in [\d.]+ ms/, '')).toBe(shown === '' ? '502\n' : `502 ${shown}\n`);
  });

  it.each([
    ['G1', '--sms', { envelope: { id: 'a & 7' } }],
    ['G3', '--sms', { transactionId: 'a & 7' }],
    ['G4', '--sms', { transactionId: 'a & 7' }],
    ['G5', '--sms', { transactionId: 'a & 7' }],
    ['G1', '--mms', { trackingId: 'a & 7', envelope: { id: 'a & 7' } }],
    ['G2', '--mms', { trackingId: 'a & 7' }],
    ['G5', '--mms', { trackingId: 'a & 7' }],
  ])('sends exactly the given id in %s with %s', async (generation, kind, expected) => {
    const { url, received } = await servingPostbacks();
    const args = [kind, 'http://a/1', '--generation', generation, '--id', 'a & 7'];
    expect(await start(['send', url, ...args]).finished).toMatchObject({ exitCode: 0 });
    expect(parsePostback(received[0]?.body ?? '')).toMatchObject(expected);
  });

  it('numbers the given id if there are several messages', async () => {
    const { url, received } = await servingPostbacks();
    await start(['send', url, '--sms', 'a', '--id', 'b', '--count', '3', '--concurrency', '1']).finished;
    expect(received.map(({ body }) => parsePostback(body))).toMatchObject(
      [0, 1, 2].map((n) => ({ transactionId: `b-${String(n)}` })),
    );
    await start(['send', url, '--sms', 'a', '--id', 'c', '--count', '2', '--bundle', '2', '--concurrency', '1'])
      .finished;
    expect(received.slice(3).map(({ body }) => parseBundle(body).map(({ data }) => data?.envelope?.id))).toEqual([
      ['c-0', 'c-1'],
      ['c-2', 'c-3'],
    ]);
    await start(['send', url, '--sms', 'a', '--id', 'e', '--bundle', '2']).finished;
    expect(parseBundle(received.at(-1)?.body ?? '').map(({ data }) => data?.envelope?.id)).toEqual(['e-0', 'e-1']);
    await start(['send', url, '--sms', 'a', '--id', 'd', '--bundle', '1']).finished;
    expect(parsePostback(received.at(-1)?.body ?? '')).toMatchObject({ envelope: { id: 'd' } });
  });

  it('names --id if the generation cannot represent the id', async () => {
    for (const args of [[], ['--generation', 'G1'], ['--bundle', '2']])
      expect(
        (await start(['send', 'http://127.0.0.1:1', '--sms', 'a', '--id', 'a\x01b', ...args]).finished).stderr,
      ).toMatch(/^error: The value of --id cannot be sent as G[13]: /);
    expect(
      (await start(['send', 'http://127.0.0.1:1', '--mms', 'http://a', '--id', 'a\x01b']).finished).stderr,
    ).toMatch(/^error: The value of --id cannot be sent as G3: /);
  });

  it('sends the same bytes again after each answer with --repeat, and prints a line for each', async () => {
    const { url, received } = await servingPostbacks((n) => [500, 200][n - 1] ?? 503, 'no');
    const { stdout, exitCode } = await start(['send', url, '--sms', 'a', '--repeat', '2']).finished;
    const key = String(messageKey(parsePostback(received[0]?.body ?? '')));
    expect(stdout.replace(/ in [\d.]+ ms/g, '')).toBe(`500 no\n200  ${key}\n503 no\n`);
    expect(exitCode).toBe(1);
    const [first, ...others] = received.map(({ body }) => body);
    expect(others).toEqual([first, first]);
  });

  it('counts each repetition in the summary, and retries each as --retries says', async () => {
    const { url, received } = await servingPostbacks((n) => (n === 1 ? 500 : 200));
    const args = ['--count', '2', '--repeat', '2', '--concurrency', '1', '--retries', '1', '--retry-interval', '0'];
    const { stdout, exitCode } = await start(['send', url, '--sms', 'a', '--json', ...args]).finished;
    expect(exitCode).toBe(0);
    const deliveries = events(stdout, 'delivery');
    expect(deliveries.map(({ n, repetition }) => [n, repetition])).toEqual(
      [0, 1].flatMap((n) => [0, 1, 2].map((repetition) => [n, repetition])),
    );
    expect(deliveries[0]).toMatchObject({ attempts: [{ status: 500 }, { status: 200 }] });
    expect(events(stdout, 'summary')).toMatchObject([{ postbacks: 6, sent: 6, delivered: 6, retries: 1 }]);
    const bodies = received.map(({ body }) => body.toString());
    expect(bodies).toEqual([
      ...Array.from({ length: 4 }, () => bodies[0]),
      ...Array.from({ length: 3 }, () => bodies[4]),
    ]);
    expect(bodies[4]).not.toBe(bodies[0]);
  });

  it('sends additional headers, which replace its own', async () => {
    const { url, received } = await servingPostbacks();
    const headers = ['X-Account: 7', 'x-empty:', 'content-TYPE:  application/xml ', 'X-account:a:b'];
    const args = headers.flatMap((header) => ['--header', header]);
    await start(['send', url, '--sms', 'a', ...args]).finished;
    expect(received[0]?.head.headers).toMatchObject({
      'x-account': 'a:b',
      'x-empty': '',
      'content-type': 'application/xml',
    });
  });

  it('sends several files in their order, each as often as --count says', async () => {
    const { url, received } = await servingPostbacks();
    const xml = join(root, 'fixtures/protocol-sms.xml');
    const json = join(root, 'fixtures/g5-sms.wire.json');
    const files = ['--file', xml, '-', '--file', json];
    const more = ['--count', '2', '--repeat', '1', '--concurrency', '1', '--json'];
    const { stdout } = await start(['send', url, ...files, ...more], 'no postback').finished;
    const bodies = [readFileSync(xml, 'utf8'), 'no postback', readFileSync(json, 'utf8')];
    const once = bodies.flatMap((body) => [body, body]);
    expect(received.map(({ body }) => body.toString())).toEqual([...once, ...once]);
    expect(received.map(({ head }) => head.headers['content-type']).slice(0, 6)).toEqual(
      ['text/xml', 'text/xml', 'application/json'].flatMap((type) => [type, type]),
    );
    expect(
      events(stdout, 'delivery')
        .map(({ file }) => file)
        .slice(0, 6),
    ).toEqual([xml, xml, '-', '-', json, json]);
    expect(events(stdout, 'summary')).toMatchObject([{ postbacks: 12, sent: 12 }]);
    expect((await start(['send', url, '--file', xml, '--file', json]).finished).stdout).toMatch(
      /^2 of 2 postbacks delivered/,
    );
  });

  it('prints the error code if the server cannot be reached', async () => {
    const { url, server } = await servingPostbacks();
    await new Promise((done) => server.close(done));
    const { stdout, exitCode } = await start(['send', url, '--sms', 'a', '--count', '3']).finished;
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining('0 of 3 postbacks delivered') as string]);
    expect(stdout).toContain('  ECONNREFUSED: connection refused  3\n');
    expect((await start(['send', url, '--sms', 'a']).finished).stdout).toMatch(
      /^ECONNREFUSED in [\d.]+ ms: connection refused\n$/,
    );
  });

  it('says in words why there was no answer', async () => {
    const { url } = await servingPostbacks(() => 0);
    const behaviours: ((socket: Socket) => unknown)[] = [
      (socket) => socket.end(),
      (socket) => socket.resetAndDestroy(),
    ];
    const [closing, resetting] = await Promise.all(
      behaviours.map(async (answer) => {
        const server = createTcpServer((socket) =>
          socket.on('error', () => undefined).once('data', () => answer(socket)),
        );
        await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
        afterTest(() => server.close());
        return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
      }),
    );
    for (const [target, shown] of [
      [url, 'TIMEOUT: no answer in time'],
      [closing, 'UND_ERR_SOCKET: the connection was closed without an answer'],
      [resetting, 'ECONNRESET: connection reset'],
      [url.replace('http', 'https'), 'ERR_SSL: the server does not speak https'],
      // An error without other words.
      ['http://127.0.0.1:6000', 'bad port'],
    ]) {
      const { stdout } = await start(['send', String(target), '--sms', 'a', '--timeout', '0.5']).finished;
      // The name of the error depends on the version of OpenSSL.
      expect(stdout.replace(/ in [\d.]+ ms/, '').replace(/^ERR_SSL_\w+/, 'ERR_SSL')).toBe(`${String(shown)}\n`);
    }
  });

  it('counts answers by their code, if they have one', async () => {
    const file = join(folder, 'one.xml');
    writeFileSync(file, SMS);
    for (const [answer, label] of [
      [' MISSING_FIELD\n', '400 MISSING_FIELD'],
      ['MISSING FIELD', '400'],
      ['missing', '400'],
    ] as const) {
      const { url } = await servingPostbacks((n) => (n % 4 === 0 ? 200 : 400), answer);
      const { stdout } = await start(['send', url, '--file', file, '--count', '4', '--concurrency', '1']).finished;
      const width = Math.max(12, label.length + 1);
      expect(stdout).toContain(
        `Answers by status\n  ${label.padEnd(width)} 3\n  ${'200'.padEnd(width)} 1\nRetries        0\n`,
      );
      // There is only one file.
      expect(stdout).not.toContain('one.xml');
      const { stdout: json } = await start(['send', url, '--sms', 'a', '--json']).finished;
      expect(events(json, 'summary')).toMatchObject([{ answers: { 400: 1 } }]);
    }
  });

  it('lists at most 20 files that were not delivered, each with its last answer', async () => {
    const files = Array.from({ length: 24 }, (_, n) => join(folder, `${String(n)}\n.xml`));
    for (const file of files) writeFileSync(file, SMS);
    const { url } = await servingPostbacks((n) => (n % 24 === 2 ? 200 : 400), 'not this one');
    const args = [url, '--count', '2', '--file', ...files];
    const { stdout } = await start(['send', ...args, '--concurrency', '1']).finished;
    const failed = files.filter((_, n) => n !== 1).map((file) => `  ${file.replace('\n', '\uFFFD')}: 400 not this one`);
    expect(stdout.split('\nNot delivered\n')[1]).toBe(`${failed.slice(0, 20).join('\n')}\n  and 3 more\n`);
  });

  it('lists a file that was not delivered because the server cannot be reached', async () => {
    const { url, server } = await servingPostbacks();
    await new Promise((done) => server.close(done));
    const files = ['protocol-sms.xml', 'g5-sms.wire.json'].map((name) => join(root, 'fixtures', name));
    const { stdout } = await start(['send', url, '--file', ...files]).finished;
    expect(stdout.split('\nNot delivered\n')[1]).toBe(
      files.map((file) => `  ${file}: ECONNREFUSED: connection refused\n`).join(''),
    );
  });

  it('prints a key only for a single message', async () => {
    const { url } = await servingPostbacks();
    for (const args of [
      ['--sms', 'a', '--bundle', '2'],
      ['--file', '-'],
    ])
      expect((await start(['send', url, ...args], 'no postback').finished).stdout).toMatch(/^200 in [\d.]+ ms\n$/);
  });

  it('prints a summary of what was sent if it is stopped', async () => {
    const { url, received } = await servingPostbacks();
    const load = start(['send', url, '--sms', 'a', '--count', '100', '--rate', '20']);
    await until(() => received[1]);
    const { stdout, exitCode } = await load.stop();
    expect([exitCode, stdout]).toEqual([
      1,
      expect.stringMatching(/^\d+ of \d+ postbacks delivered in .*, \d+ of 100 not sent\n/),
    ]);
    const silent = await servingPostbacks(() => 0);
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
    const { url, received } = await servingPostbacks();
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
