// `mo-postback send`: posts messages as the provider does, one or many.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { Option } from 'commander';
import { GENERATIONS } from '../protocol/generations.ts';
import { deliver } from '../testing/deliver.ts';
import { Failure } from './failure.ts';
import {
  generation,
  inputFiles,
  messageId,
  mmsFiles,
  positiveNumber,
  reachableHost,
  seconds,
  telephoneNumber,
  wholeNumber,
} from './option-parsers.ts';
import { openMedia } from './send/media.ts';
import type { MediaOptions } from './send/media.ts';
import { createPostbacks } from './send/postbacks.ts';
import type { ContentOptions, Postbacks } from './send/postbacks.ts';
import { createReport } from './send/report.ts';
import type { SendReport } from './send/report.ts';
import { headerOption, postbackUrlArgument, timeoutOption, toOption } from './shared-options.ts';
import type { Terminal } from './terminal.ts';

// setTimeout fires immediately above this.
const MAX_TIMER_MS = 2 ** 31 - 1;

interface SendOptions extends Omit<ContentOptions, 'form' | 'mms'>, MediaOptions {
  readonly form?: true;
  readonly multipart?: true;
  /** How often each postback is sent again after its answer. */
  readonly repeat: number;
  readonly header?: Readonly<Record<string, string>> | undefined;
  /** Postbacks per second. */
  readonly rate: number;
  readonly concurrency: number;
  readonly retries: number;
  /** In seconds. */
  readonly retryInterval: number;
  /** In seconds. */
  readonly timeout: number;
}

/** What is added to errors of commander. */
const HINTS: readonly (readonly [error: RegExp, hint: string])[] = [
  [/missing required argument 'URL'/, '. Put the URL before --mms and --file, which take all arguments after them'],
  [/too many arguments .*/, ' Put a text with blanks into quotes.'],
  [/unknown option '--(?:message|body)\b.*/, '\n(Did you mean --sms?)'],
];

export function addSend(program: Command, terminal: Terminal): void {
  const command = program
    .command('send')
    .description('Send messages to a URL by POST, as the provider does.')
    .configureOutput({
      outputError: (text, write) => {
        write(HINTS.reduce((hinted, [error, hint]) => hinted.replace(error, `$&${hint}`), text));
      },
    })
    .addArgument(postbackUrlArgument());
  for (const option of [...contentOptions(), ...mediaOptions(), ...formOptions(), ...loadOptions()])
    command.addOption(option);
  command.action(async (url: string, options: SendOptions) => {
    requireCombination(options, command);
    if (!(await send(url, options, terminal))) throw new Failure();
  });
}

/** What is sent. */
function contentOptions(): Option[] {
  return [
    new Option('--sms <TEXT>', 'send a text message (SMS)').conflicts(['mms', 'file']),
    new Option(
      '--mms <FILE-OR-URL...>',
      'send a picture message (MMS) with these files: http or https URLs, or paths of local files, which are served ' +
        'until your server has fetched them; put <URL> before this option, because everything up to the next option ' +
        'is a file',
    )
      .conflicts(['sms', 'file'])
      .argParser(mmsFiles),
    new Option(
      '--file <DOC...>',
      'send documents unchanged; put <URL> before this option, too; - means standard input. A file X.body that ' +
        'listen has stored is sent with the headers in X.json',
    )
      .conflicts(['sms', 'mms', 'id', 'from', 'to', 'subject', 'generation', 'bundle'])
      .argParser(inputFiles),
    new Option(
      '--id <ID>',
      'id of the message (default: a random one); several messages get ID-0, ID-1 and so on',
    ).argParser(messageId),
    new Option('--from <NUMBER>', 'number of the sender').default('15550104477').argParser(telephoneNumber),
    toOption(),
    new Option('--subject <TEXT>', 'subject of a picture message').conflicts('sms'),
    new Option('--generation <GENERATION>', 'version of the format: G1 to G4 are XML, G5 is JSON')
      .choices(GENERATIONS)
      .default('G3')
      .argParser(generation),
    new Option(
      '--bundle <N>',
      'put this many messages into each postback (a bundle, always in generation G1)',
    ).argParser(wholeNumber(1, 1000)),
  ];
}

/** The text of a picture message, and how its local files are served. */
function mediaOptions(): Option[] {
  return [
    new Option(
      '--text <TEXT>',
      'add a text to a picture message, and a SMIL, which says that it is below the first picture',
    ).conflicts(['sms', 'file']),
    new Option(
      '--serve-for <SECONDS>',
      'how long to serve local files after the deliveries, at most; the command ends as soon as each was fetched once',
    )
      .conflicts(['sms', 'file'])
      .default(60)
      .argParser(seconds),
    new Option(
      '--serve-host <HOST>',
      'host name or address to serve local files on; your server must be able to reach it',
    )
      .conflicts(['sms', 'file'])
      .default('127.0.0.1')
      .argParser(reachableHost),
  ];
}

/** How it is sent. */
function formOptions(): Option[] {
  return [
    new Option('--form', 'send the XML as the field "xml" of a form').conflicts('multipart'),
    new Option('--multipart', 'send the XML as the field "xml" of a multipart form'),
    headerOption(),
  ];
}

/** How often and how fast it is sent. */
function loadOptions(): Option[] {
  return [
    new Option('--count <N>', 'number of postbacks; how often each file is sent')
      .default(1)
      .argParser(wholeNumber(1, 100_000_000)),
    new Option(
      '--repeat <N>',
      'how many more times to send each postback, at once after its answer, whatever the answer is',
    )
      .default(0)
      .argParser(wholeNumber(0, 100_000)),
    new Option('--rate <R>', 'maximum number of postbacks per second, repetitions not counted')
      .default(Infinity, 'no limit')
      .argParser(positiveNumber),
    new Option(
      '--concurrency <N>',
      'maximum number of postbacks at the same time, including those that wait for a retry',
    )
      .default(10)
      .argParser(wholeNumber(1, 10_000)),
    new Option(
      '--retries <N>',
      'how often to send a postback again if the answer is not 200; a provider retries 5 times',
    )
      .default(0)
      .argParser(wholeNumber(0, 100)),
    new Option('--retry-interval <SECONDS>', 'how long to wait before each retry').default(300).argParser(seconds),
    timeoutOption(),
    new Option('--json', 'print each delivery, a summary, and which files were fetched as JSON lines'),
  ];
}

/** Refuses options that do not fit together, as commander does for those that it knows to conflict. */
function requireCombination(options: SendOptions, command: Command): void {
  const { sms, mms, file, text, id, subject, bundle, form, multipart, generation: format } = options;
  if (text !== undefined && mms === undefined)
    command.error("error: option '--text <TEXT>' requires '--mms <FILE-OR-URL...>'. For a text message, use --sms");
  if (sms === undefined && mms === undefined && file === undefined)
    command.error(
      "error: one of the options '--sms <TEXT>', '--mms <FILE-OR-URL...>' and '--file <DOC...>' is required",
    );
  if (id !== undefined && sms !== undefined && format === 'G2' && bundle === undefined)
    command.error("error: option '--id <ID>' cannot be used with a text message in generation G2, which has no id");
  if (bundle !== undefined && format !== 'G1' && command.getOptionValueSource('generation') === 'cli')
    command.error(`error: option '--bundle <N>' cannot be used with '--generation ${format}': bundles are always G1`);
  const hasSubject = bundle === undefined && format !== 'G1' && format !== 'G2';
  if (subject !== undefined && !hasSubject)
    command.error(
      "error: option '--subject <TEXT>' requires generation G3, G4 or G5, and cannot be used with --bundle",
    );
  if ((form === true || multipart === true) && format === 'G5')
    command.error("error: options '--form' and '--multipart' cannot be used with '--generation G5', which is JSON");
}

/** Resolves to whether all postbacks were delivered. */
async function send(url: string, options: SendOptions, terminal: Terminal): Promise<boolean> {
  const form = options.multipart === true ? 'multipart' : options.form === true ? 'urlencoded' : undefined;
  // The server must answer before the first postback arrives.
  const media = await openMedia(options, terminal);
  try {
    const postbacks = await createPostbacks({ ...options, mms: media.urls, form }, terminal.stdin);
    const report = createReport({ ...options, total: postbacks.total }, terminal);
    const isDelivered = await deliverAndReport(url, postbacks, options, report, terminal.signal);
    if (report.isAnyDelivered()) await media.untilFetched();
    return isDelivered;
  } finally {
    media.close();
  }
}

/** Resolves to whether all postbacks were delivered. */
async function deliverAndReport(
  url: string,
  postbacks: Postbacks,
  options: SendOptions,
  report: SendReport,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await deliverAll(url, postbacks, options, report, signal);
  } catch (error) {
    // The summary then shows what was sent until the command was stopped.
    if (!signal.aborted) throw error;
  } finally {
    report.stop();
  }
  return report.summary();
}

/** Delivers all postbacks. Each is sent again as often as --repeat says, with the same bytes. */
async function deliverAll(
  url: string,
  { total, all }: Postbacks,
  options: SendOptions,
  report: SendReport,
  signal: AbortSignal,
): Promise<void> {
  const { repeat, rate, concurrency, header } = options;
  const deliverOptions = {
    headers: header,
    timeoutMs: 1000 * options.timeout,
    intervalsMs: Array.from({ length: options.retries }, () => 1000 * options.retryInterval),
    signal,
  };
  const since = performance.now();
  let next = 0;
  // The workers share one iterator.
  const queue = all[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let item; !signal.aborted && (item = queue.next()).done !== true;) {
      const n = next++;
      await sleepUntil(since + (1000 * n) / rate, signal);
      for (let repetition = 0; repetition <= repeat; repetition++) {
        const result = await deliver(url, item.value, deliverOptions);
        await report.delivery({ n, repetition, postback: item.value, result });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, total) }, worker));
}

/** `time` is a time of `performance.now()`. */
async function sleepUntil(time: number, signal: AbortSignal): Promise<void> {
  for (let ms; (ms = time - performance.now()) > 0;) await sleep(Math.min(ms, MAX_TIMER_MS), undefined, { signal });
}
