// `mo-postback listen`: a receiver that appends each message to a file.

import type { Command } from 'commander';
import { Option } from 'commander';
import { subscribe } from '../use/http.ts';
import { jsonReport } from './listen/json-report.ts';
import type { SaveMediaSettings } from './listen/media-saver.ts';
import { openReceiver } from './listen/receiver.ts';
import type { ListenReport } from './listen/report.ts';
import { textReport } from './listen/text-report.ts';
import { collected, secret, secretInFile, urlPath } from './option-parsers.ts';
import { aborted, createWaitingServer, originOf, startServer, stopServer } from './server.ts';
import { defaultOffsetOption, hostOption, portOption } from './shared-options.ts';
import { lossy, printable } from './terminal.ts';
import type { Terminal } from './terminal.ts';

// How long callbacks that have started may take after Ctrl-C.
const DRAIN_MS = 8000;

interface ListenOptions {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly secret: string | undefined;
  /** The secret, not the name of the file. */
  readonly secretFile: string | undefined;
  readonly out: string;
  readonly rejected: string | undefined;
  readonly saveMedia: string | undefined;
  readonly mediaHost: readonly string[] | undefined;
  readonly mediaAddress: readonly string[] | undefined;
  readonly defaultOffset: string | undefined;
  readonly json?: boolean | undefined;
}

export function addListen(program: Command, terminal: Terminal): void {
  program
    .command('listen')
    .description(
      'Receive postbacks, and append each message to a file as one line of JSON. The answer is 200 only after ' +
        'the messages are on the disk.',
    )
    .addOption(portOption(8080).env('PORT'))
    .addOption(hostOption())
    .addOption(
      new Option(
        '--path <PATH>',
        'path that receives postbacks, also at every path below it; the answer to other paths is 404. The default, ' +
          '/, accepts every path',
      )
        .default('/')
        .argParser(urlPath),
    )
    .addOption(
      new Option(
        '--secret <SECRET>',
        'accept only postbacks whose URL contains this secret, as the last part of the path or as ?secret=SECRET. ' +
          'Everybody on this machine can see it in the list of processes: use the variable or --secret-file instead',
      )
        .env('MO_POSTBACK_SECRET')
        .argParser(secret),
    )
    .addOption(
      new Option('--secret-file <FILE>', 'file that contains the secret').conflicts('secret').argParser(secretInFile),
    )
    .option('--out <FILE>', 'file to append the messages to; only one process may use it', 'messages.ndjson')
    .option(
      '--rejected <FOLDER>',
      'folder for bodies that could not be read (default: "rejected", next to the file of messages)',
    )
    .option(
      '--save-media <FOLDER>',
      'save the files of each MMS in a folder of its own in this folder, after the answer; what fails is tried again ' +
        'for 7 days, also after a restart',
    )
    .addOption(
      new Option(
        '--media-host <HOST>',
        'fetch files only from this host; *.example.com means all subdomains; can be given several times',
      ).argParser(collected),
    )
    .addOption(
      new Option(
        '--media-address <CIDR>',
        'also fetch files from these addresses, which are not public, for example 127.0.0.1 or 10.0.0.0/8; can be ' +
          'given several times',
      ).argParser(collected),
    )
    .addOption(defaultOffsetOption())
    .option('--json', 'print events as JSON lines')
    .action(async (options: ListenOptions, command: Command) => {
      await requireMediaOptions(options, command);
      await listen(options, terminal);
    });
}

/** Refuses wrong options of --save-media, as commander does for those that it knows. */
async function requireMediaOptions(options: ListenOptions, command: Command): Promise<void> {
  const { saveMedia, mediaHost = [], mediaAddress = [] } = options;
  const given = [
    ...mediaHost.map((value) => ({ option: '--media-host <HOST>', value, allowed: { allowHosts: [value] } })),
    ...mediaAddress.map((value) => ({ option: '--media-address <CIDR>', value, allowed: { allowAddresses: [value] } })),
  ];
  for (const { option, value, allowed } of given) {
    if (saveMedia === undefined) command.error(`error: option '${option}' requires --save-media`);
    const { fetchFiles } = await import('../media/node.ts');
    try {
      fetchFiles({ files: [] }, allowed);
    } catch (error) {
      const expected = (error as Error).message.replace(/.*: expected (.*), got .*/s, 'Expected $1.');
      command.error(`error: option '${option}' argument '${printable(value)}' is invalid. ${expected}`);
    }
  }
}

/** Receives postbacks until the signal aborts. Resolves when the callbacks that have started are done. */
async function listen(options: ListenOptions, terminal: Terminal): Promise<void> {
  const { signal } = terminal;
  const stdout = lossy(terminal.stdout);
  const { port, host, path, out, secretFile, secret: secretOption = secretFile } = options;
  const report = options.json ? jsonReport(stdout) : textReport(stdout);
  const { server, passTo } = createWaitingServer();
  // First: a second process on the same port must not touch the files.
  const boundPort = await startServer(server, port, host);
  const stopReporting = reportEvents(report);
  try {
    const receiver = await openReceiver({
      ...options,
      secret: secretOption,
      saveMedia: saveMediaSettings(options),
      report,
    });
    passTo(receiver.listener);
    report.listening({
      url: originOf(host, boundPort) + path,
      out,
      media: options.saveMedia,
      secretIn: secretSource(options),
    });
    await aborted(signal);
    server.close();
    await receiver.close(DRAIN_MS);
  } finally {
    stopServer(server);
    stopReporting();
    report.end();
  }
}

function saveMediaSettings({
  saveMedia,
  mediaHost: allowHosts,
  mediaAddress: allowAddresses,
}: ListenOptions): SaveMediaSettings | undefined {
  return saveMedia === undefined ? undefined : { folder: saveMedia, allowHosts, allowAddresses };
}

function secretSource({ secret: secretOption, secretFile }: ListenOptions): string | undefined {
  if (secretFile !== undefined) return 'the content of the secret file';
  return secretOption === undefined ? undefined : 'the value of --secret';
}

/** Reports what the receiver publishes on its channels. Returns a function that stops it. */
function reportEvents(report: ListenReport): () => void {
  const ends = [
    subscribe('mo-postback:duplicate', report.duplicate),
    subscribe('mo-postback:rejected', report.rejected),
  ];
  return () => {
    for (const end of ends) end();
  };
}
