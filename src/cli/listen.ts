// `mo-postback listen`: a receiver that appends each message to a file.

import type { Command } from 'commander';
import { Option } from 'commander';
import { memoryDedupe } from '../dedupe/memory.ts';
import { subscribe } from '../use/http.ts';
import { jsonReport } from './listen/json-report.ts';
import { openMessageFile } from './listen/message-file.ts';
import { createReceiverServer } from './listen/receiver.ts';
import { defaultRejectedFolder, makeRejectedFolder } from './listen/rejected-folder.ts';
import type { ListenReport } from './listen/report.ts';
import { textReport } from './listen/text-report.ts';
import { secret, urlPath } from './option-parsers.ts';
import { aborted, originOf, startServer } from './server.ts';
import { defaultOffsetOption, hostOption, portOption } from './shared-options.ts';
import type { Terminal } from './terminal.ts';

// How long callbacks that have started may take after Ctrl-C.
const DRAIN_MS = 8000;

interface ListenOptions {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly secret: string | undefined;
  readonly out: string;
  readonly rejected: string | undefined;
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
        'accept only postbacks whose URL contains this secret, as the last part of the path or as ?secret=SECRET',
      )
        .env('MO_POSTBACK_SECRET')
        .argParser(secret),
    )
    .option('--out <FILE>', 'file to append the messages to; only one process may use it', 'messages.ndjson')
    .option(
      '--rejected <FOLDER>',
      'folder for bodies that could not be read (default: "rejected", next to the file of messages)',
    )
    .addOption(defaultOffsetOption())
    .option('--json', 'print events as JSON lines')
    .action((options: ListenOptions) => listen(options, terminal));
}

/** Receives postbacks until the signal aborts. Resolves when the callbacks that have started are done. */
async function listen(options: ListenOptions, { stdout, signal }: Terminal): Promise<void> {
  const { port, host, path, out } = options;
  const report = options.json ? jsonReport(stdout) : textReport(stdout);
  const rejectedFolder = options.rejected ?? defaultRejectedFolder(out);
  const dedupe = memoryDedupe();
  const journal = await openMessageFile(out, rejectedFolder, dedupe, report);
  const stopReporting = reportEvents(report);
  try {
    // Not earlier: no folder is made if the file of messages cannot be opened.
    await makeRejectedFolder(rejectedFolder);
    const { server, drain } = createReceiverServer({ ...options, rejectedFolder, dedupe, journal, report });
    const boundPort = await startServer(server, port, host);
    report.listening({ url: originOf(host, boundPort) + path, out, hasSecret: options.secret !== undefined });
    await aborted(signal);
    server.close();
    await drain(DRAIN_MS);
    server.closeAllConnections();
  } finally {
    stopReporting();
    await journal.close();
    report.end();
  }
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
