// `mo-postback`: its help, its version, and what it prints for wrong arguments.

import { createServer } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { main } from '../../src/cli/command.ts';
import { ways } from '../helpers/command.ts';
import { listening } from '../helpers/server.ts';

it('main rejects with an error that is not about its input', async () => {
  const fault = new Error('ours');
  const stdout = Object.assign(new PassThrough(), {
    write: () => {
      throw fault;
    },
  });
  await expect(
    main(['parse'], {
      stdin: Readable.from(['<POSTBACK><ORIGIN>SUB</ORIGIN></POSTBACK>']),
      stdout,
      stderr: new PassThrough(),
      signal: AbortSignal.abort(),
    }),
  ).resolves.toBe(1);
  await expect(
    main(['serve-media', '--port', '0', '.'], {
      stdin: Readable.from([]),
      stdout,
      stderr: new PassThrough(),
      signal: AbortSignal.abort(),
    }),
  ).rejects.toBe(fault);
  await expect(
    main(['send', 'http://127.0.0.1:1', '--sms', 'a', '--json'], {
      stdin: Readable.from([]),
      stdout,
      stderr: new PassThrough(),
      signal: new AbortController().signal,
    }),
  ).rejects.toBe(fault);
  const port = await listening(createServer((_, response) => response.end()));
  await expect(
    main(['doctor', `http://127.0.0.1:${String(port)}`], {
      stdin: Readable.from([]),
      stdout,
      stderr: new PassThrough(),
      signal: new AbortController().signal,
    }),
  ).rejects.toBe(fault);
});

it('main prints the error of an unreadable input', async () => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const stdin = new Readable({
    read() {
      this.destroy(new Error('no more'));
    },
  });
  expect(await main(['parse'], { stdin, stdout, stderr, signal: new AbortController().signal })).toBe(1);
  expect(String(stderr.read())).toBe('-: cannot be read: no more\n');
});

describe.each(ways)('mo-postback, $way', ({ start }) => {
  it('prints help for the whole command and for each subcommand', async () => {
    const help = await start(['--help']).finished;
    expect([help.exitCode, help.stderr]).toEqual([0, '']);
    expect(await start(['help']).finished).toEqual(help);
    for (const name of ['parse', 'listen', 'send', 'doctor', 'serve-media']) {
      expect(help.stdout).toContain(`  ${name} [options]`);
      const one = await start([name, '--help']).finished;
      expect(one).toMatchObject({ exitCode: 0, stderr: '' });
      expect(one.stdout).toMatch(new RegExp(`^Usage: mo-postback ${name} \\[options\\]`));
      expect(await start(['help', name]).finished).toEqual(one);
    }
  });

  it('prints its version', async () => {
    expect(await start(['--version']).finished).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('prints its help and exits with 2 if it has no arguments', async () => {
    const { exitCode, stdout, stderr } = await start([]).finished;
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Usage: mo-postback/);
  });

  it.each([
    [['lisen'], "error: unknown command 'lisen'\n(Did you mean listen?)"],
    [['listen', '--prot', '80'], "error: unknown option '--prot'\n(Did you mean --port?)"],
    [
      ['listen', '--port', 'eighty'],
      "error: option '--port <PORT>' argument 'eighty' is invalid. Expected a whole number from 0 to 65535.",
    ],
    [
      ['listen', '--port', '65536'],
      "error: option '--port <PORT>' argument '65536' is invalid. Expected a whole number from 0 to 65535.",
    ],
    [
      ['listen', '--path', 'postback'],
      "error: option '--path <PATH>' argument 'postback' is invalid. Expected a path that starts with /, for example /postback.",
    ],
    [
      ['listen', '--secret', ''],
      "error: option '--secret <SECRET>' argument '' is invalid. The secret must not be empty.",
    ],
    [['listen', 'here'], "error: too many arguments for 'listen'. Expected 0 arguments but got 1."],
    [['help', 'lisen'], "error: unknown command 'lisen'\n(Did you mean listen?)"],
    [
      ['send', '--mms', 'http://a', 'http://b'],
      "error: missing required argument 'URL'. Put the URL before --mms and --file, which take all arguments after them",
    ],
    [
      ['send', '--file', 'a.xml', 'http://localhost'],
      "error: missing required argument 'URL'. Put the URL before --mms and --file, which take all arguments after them",
    ],
    [
      ['send', 'http://localhost', '--sms', 'hello', 'world'],
      "error: too many arguments for 'send'. Expected 1 argument but got 2. Put a text with blanks into quotes.",
    ],
    ...['--message', '--body', '--body=a'].map((option): [string[], string] => [
      ['send', 'http://localhost', option, 'a'],
      `error: unknown option '${option}'\n(Did you mean --sms?)`,
    ]),
    ...['G2', 'G3', 'G5'].map((generation): [string[], string] => [
      ['send', 'http://localhost', '--sms', 'a', '--bundle', '3', '--generation', generation],
      `error: option '--bundle <N>' cannot be used with '--generation ${generation}': bundles are always G1`,
    ]),
    ...[
      ['4100', 'http://localhost:4100/'],
      ['https//localhost:80', 'https://localhost:80'],
      ['HTTP//localhost', 'http://localhost'],
      ['http;//a/b', 'http://a/b'],
      ['https/a', 'https://a'],
      ['http:://a:1', 'http://a:1'],
    ].map(([url = '', right = '']): [string[], string] => [
      ['send', url, '--sms', 'a'],
      `error: command-argument value '${url}' is invalid for argument 'URL'. Expected http:// or https:// at the start, for example ${right}`,
    ]),
    [
      ['send', 'http://localhost', '--sms', 'a', '--to', ' '],
      "error: option '--to <NUMBER>' argument ' ' is invalid. The number must not be empty.",
    ],
    [
      ['send', 'http://localhost', '--sms', 'a', '--timeout', '0'],
      "error: option '--timeout <SECONDS>' argument '0' is invalid. Expected a number of seconds greater than 0.",
    ],
    [
      ['send', 'http://localhost', '--mms', 'http://a', '--subject', 'a', '--bundle', '2'],
      "error: option '--subject <TEXT>' requires generation G3, G4 or G5, and cannot be used with --bundle",
    ],
    [
      ['send', 'http://localhost', '--mms', 'http://a', '--subject', 'a', '--generation', 'G2'],
      "error: option '--subject <TEXT>' requires generation G3, G4 or G5, and cannot be used with --bundle",
    ],
    [
      ['send', 'localhost:8080', '--sms', 'a'],
      "error: command-argument value 'localhost:8080' is invalid for argument 'URL'. Expected http:// or https:// at the start, for example http://localhost:8080",
    ],
    [
      ['send', 'example.com/postback?a=1', '--sms', 'a'],
      "error: command-argument value 'example.com/postback?a=1' is invalid for argument 'URL'. Expected http:// or https:// at the start, for example http://example.com/postback?a=1",
    ],
    ...['ftp://localhost/', '/postback', '', 'http:', 'localhost:x', '70000', 'http//a:x'].map(
      (url): [string[], string] => [
        ['send', url, '--sms', 'a'],
        `error: command-argument value '${url}' is invalid for argument 'URL'. Expected an http or https URL, for example http://localhost:8080/postback. Write '%' in a user name or a password as %25.`,
      ],
    ),
    [
      ['send', 'http://a%:b@localhost:8080/', '--sms', 'a'],
      "error: command-argument value 'http://a%:b@localhost:8080/' is invalid for argument 'URL'. Expected an http or https URL, for example http://localhost:8080/postback. Write '%' in a user name or a password as %25.",
    ],
    [
      ['send', 'http://localhost'],
      "error: one of the options '--sms <TEXT>', '--mms <FILE-OR-URL...>' and '--file <DOC...>' is required",
    ],
    [
      ['send', 'http://localhost', '--sms', 'a', '--mms', 'http://a'],
      "error: option '--sms <TEXT>' cannot be used with option '--mms <FILE-OR-URL...>'",
    ],
    ...['ftp', 'file', 'S3'].map((scheme): [string[], string] => [
      ['send', 'http://localhost', '--mms', 'a.jpg', `${scheme}://a/1.jpg`],
      `error: option '--mms <FILE-OR-URL...>' argument '${scheme}://a/1.jpg' is invalid. Expected an http or https URL, or the path of a file. The scheme of this URL is ${scheme}.`,
    ]),
    ...['', 'http://', 'https://a:x/'].map((file): [string[], string] => [
      ['send', 'http://localhost', '--mms', file],
      `error: option '--mms <FILE-OR-URL...>' argument '${file}' is invalid. Expected a URL, for example https://content.example.com/1.jpg, or the path of a file, for example ./picture.jpg.`,
    ]),
    [
      ['send', 'http://localhost', '--text', 'a'],
      "error: option '--text <TEXT>' requires '--mms <FILE-OR-URL...>'. For a text message, use --sms",
    ],
    ...['--sms <TEXT>', '--file <DOC...>'].flatMap((option): [string[], string][] =>
      [
        ['--text <TEXT>', 'a'],
        ['--serve-for <SECONDS>', '1'],
        ['--serve-host <HOST>', '::1'],
      ].map(([other = '', value = '']): [string[], string] => [
        ['send', 'http://localhost', other.replace(/ .*/, ''), value, option.replace(/ .*/, ''), 'a'],
        `error: option '${other}' cannot be used with option '${option}'`,
      ]),
    ),
    [
      ['send', 'http://localhost', '--mms', 'a.jpg', '--serve-for', '-1'],
      "error: option '--serve-for <SECONDS>' argument '-1' is invalid. Expected a number of seconds from 0 to 2000000.",
    ],
    ...['', '0.0.0.0', '0', '::', 'a b', 'fe80::1%eth0', '127.0.0.1:80'].map((host): [string[], string] => [
      ['send', 'http://localhost', '--mms', 'a.jpg', '--serve-host', host],
      `error: option '--serve-host <HOST>' argument '${host}' is invalid. Expected one host name or address of this machine, because it is a part of the URLs, for example 192.168.1.7.`,
    ]),
    [
      ['send', 'http://localhost', '--sms', 'a', '--generation', 'G6'],
      "error: option '--generation <GENERATION>' argument 'G6' is invalid. Expected one of G1, G2, G3, G4, G5.",
    ],
    [
      ['send', 'http://localhost', '--sms', 'a', '--generation', 'G5', '--form'],
      "error: options '--form' and '--multipart' cannot be used with '--generation G5', which is JSON",
    ],
    [
      ['send', 'http://localhost', '--sms', 'a', '--rate', '0'],
      "error: option '--rate <R>' argument '0' is invalid. Expected a number greater than 0.",
    ],
    [
      ['send', 'http://localhost', '--sms', 'a', '--timeout', '-1'],
      "error: option '--timeout <SECONDS>' argument '-1' is invalid. Expected a number of seconds from 0 to 2000000.",
    ],
    [['doctor'], "error: missing required argument 'URL'"],
    [
      ['doctor', 'http://localhost', '--header', 'X-Token'],
      "error: option '--header <'NAME: VALUE'>' argument 'X-Token' is invalid. Expected a name, a colon and a value, for example 'X-Account: 7'. A name consists of letters, digits and - _ . ! # $ % & ' * + ^ ` | ~, and a value of one line in ISO-8859-1.",
    ],
    [
      ['doctor', 'http://localhost', '--header', 'X Token: abc'],
      "error: option '--header <'NAME: VALUE'>' argument 'X Token: abc' is invalid. Expected a name, a colon and a value, for example 'X-Account: 7'. A name consists of letters, digits and - _ . ! # $ % & ' * + ^ ` | ~, and a value of one line in ISO-8859-1.",
    ],
    [
      ['doctor', 'http://localhost', '--header', 'X-Token: abc', '--header', 'Content-Type: text/xml'],
      "error: option '--header <'NAME: VALUE'>' cannot set content-type, because each probe has its own. Expected another header.",
    ],
    ...['X-Account', ': 7', 'a b: 7', 'a: \u20AC', 'a: 1\n2'].map((header): [string[], string] => [
      ['send', 'http://localhost', '--sms', 'a', '--header', header],
      `error: option '--header <'NAME: VALUE'>' argument '${header}' is invalid. Expected a name, a colon and a value, for example 'X-Account: 7'. A name consists of letters, digits and - _ . ! # $ % & ' * + ^ \` | ~, and a value of one line in ISO-8859-1.`,
    ]),
    ...['', ' a'].map((id): [string[], string] => [
      ['send', 'http://localhost', '--sms', 'a', '--id', id],
      `error: option '--id <ID>' argument '${id}' is invalid. The id must not be empty, and must not start or end with white space.`,
    ]),
    [
      ['send', 'http://localhost', '--sms', 'a', '--id', 'a', '--generation', 'G2'],
      "error: option '--id <ID>' cannot be used with a text message in generation G2, which has no id",
    ],
    [
      ['send', 'http://localhost', '--file', 'a.xml', '--id', 'a'],
      "error: option '--file <DOC...>' cannot be used with option '--id <ID>'",
    ],
    [
      ['send', 'http://localhost', '--file', '-', '--file', 'a.xml', '--file', '-'],
      "error: option '--file <DOC...>' argument '-' is invalid. Standard input (-) can be read only once.",
    ],
    [
      ['send', 'http://localhost', '--sms', 'a', '--repeat', '-1'],
      "error: option '--repeat <N>' argument '-1' is invalid. Expected a whole number from 0 to 100000.",
    ],
    ...[
      ['prase', 'parse'],
      ['sned', 'send'],
      ['serve-medai', 'serve-media'],
      ['hepl', 'help'],
    ].map(([wrong = '', right = '']): [string[], string] => [
      [wrong],
      `error: unknown command '${wrong}'\n(Did you mean ${right}?)`,
    ]),
    ...[
      ['parse', '--recovr', '--recover'],
      ['listen', '--rejectd', '--rejected'],
      ['send', '--retrys', '--retries'],
      ['send', '--concurency', '--concurrency'],
      ['serve-media', '--hots', '--host'],
      ['help', '--hlep', '--help'],
    ].map(([name = '', wrong = '', right = '']): [string[], string] => [
      [name, wrong, '1'],
      `error: unknown option '${wrong}'\n(Did you mean ${right}?)`,
    ]),
    [['serve-media'], "error: missing required argument 'DIR'"],
  ])('names the mistake in %j, suggests the nearest right name, and exits with 2', async (args, error) => {
    expect(await start(args).finished).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `${error}\n(use --help to see what is allowed)\n`,
    });
  });
});
