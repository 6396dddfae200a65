// `mo-postback send`: posts messages as the provider does, one or many.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { Option } from 'commander';
import { GENERATIONS } from '../protocol/generations.ts';
import { deliver } from '../testing/deliver.ts';
import { Failure } from './failure.ts';
import { fileUrls, generation, positiveNumber, seconds, telephoneNumber, wholeNumber } from './option-parsers.ts';
import { createPostbacks } from './send/postbacks.ts';
import type { Outgoing, ContentOptions } from './send/postbacks.ts';
import { createReport } from './send/report.ts';
import type { SendReport } from './send/report.ts';
import { postbackUrlArgument, timeoutOption, toOption } from './shared-options.ts';
import type { Terminal } from './terminal.ts';

// setTimeout fires immediately above this.
const MAX_TIMER_MS = 2 ** 31 - 1;

interface SendOptions extends Omit<ContentOptions, 'form'> {
  readonly form?: true;
  readonly multipart?: true;
  readonly count: number;
  /** Postbacks per second. */
  readonly rate: number;
  readonly concurrency: number;
  readonly retries: number;
  /** In seconds. */
  readonly retryInterval: number;
  /** In seconds. */
  readonly timeout: number;
  readonly json?: boolean | undefined;
}

export function addSend(program: Command, terminal: Terminal): void {
  const command = program
    .command('send')
    .description('Send messages to a URL by POST, as the provider does.')
    .configureOutput({
      outputError: (text, write) => {
        write(
          text.replace(
            /missing required argument 'URL'/,
            '$&. Put the URL before --mms, which takes all arguments after it',
          ),
        );
      },
    })
    .addArgument(postbackUrlArgument());
  for (const option of [...contentOptions(), ...loadOptions()]) command.addOption(option);
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
      '--mms <FILE-URL...>',
      'send a picture message (MMS) with the files at these URLs; put <URL> before this option, because everything ' +
        'up to the next option is a file URL',
    )
      .conflicts(['sms', 'file'])
      .argParser(fileUrls),
    new Option('--file <DOC>', 'send a document unchanged; - means standard input').conflicts([
      'sms',
      'mms',
      'from',
      'to',
      'subject',
      'generation',
      'bundle',
    ]),
    new Option('--from <NUMBER>', 'number of the sender').default('15550104477').argParser(telephoneNumber),
    toOption(),
    new Option('--subject <TEXT>', 'subject of a picture message').conflicts('sms'),
    new Option('--generation <GENERATION>', 'version of the format: G1 to G4 are XML, G5 is JSON')
      .choices(GENERATIONS)
      .default('G3')
      .argParser(generation),
    new Option('--bundle <N>', 'put this many messages into each postback (a bundle, always in generation G1)')
      .conflicts('generation')
      .argParser(wholeNumber(1, 1000)),
    new Option('--form', 'send the XML as the field "xml" of a form').conflicts('multipart'),
    new Option('--multipart', 'send the XML as the field "xml" of a multipart form'),
  ];
}

/** How often and how fast it is sent. */
function loadOptions(): Option[] {
  return [
    new Option('--count <N>', 'number of postbacks').default(1).argParser(wholeNumber(1, 100_000_000)),
    new Option('--rate <R>', 'maximum number of postbacks per second')
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
    new Option('--json', 'print each delivery and a summary as JSON lines'),
  ];
}

/** Refuses options that do not fit together, as commander does for those that it knows to conflict. */
function requireCombination(options: SendOptions, command: Command): void {
  const { sms, mms, file, subject, bundle, form, multipart } = options;
  if (sms === undefined && mms === undefined && file === undefined)
    command.error("error: one of the options '--sms <TEXT>', '--mms <FILE-URL...>' and '--file <DOC>' is required");
  const hasSubject = bundle === undefined && options.generation !== 'G1' && options.generation !== 'G2';
  if (subject !== undefined && !hasSubject)
    command.error(
      "error: option '--subject <TEXT>' requires generation G3, G4 or G5, and cannot be used with --bundle",
    );
  if ((form === true || multipart === true) && options.generation === 'G5')
    command.error("error: options '--form' and '--multipart' cannot be used with '--generation G5', which is JSON");
}

/** Resolves to whether all postbacks were delivered. */
async function send(url: string, options: SendOptions, terminal: Terminal): Promise<boolean> {
  const form = options.multipart === true ? 'multipart' : options.form === true ? 'urlencoded' : undefined;
  const postbackOf = await createPostbacks({ ...options, form }, terminal.stdin);
  const report = createReport(options, terminal);
  try {
    await deliverAll(url, postbackOf, options, report, terminal.signal);
  } catch (error) {
    // The summary then shows what was sent until the command was stopped.
    if (!terminal.signal.aborted) throw error;
  } finally {
    report.stop();
  }
  return report.summary();
}

/** Delivers the postbacks number 0 to `count` - 1. */
async function deliverAll(
  url: string,
  postbackOf: (n: number) => Outgoing,
  options: SendOptions,
  report: SendReport,
  signal: AbortSignal,
): Promise<void> {
  const { count, rate, concurrency } = options;
  const deliverOptions = {
    timeoutMs: 1000 * options.timeout,
    intervalsMs: Array.from({ length: options.retries }, () => 1000 * options.retryInterval),
    signal,
  };
  const since = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count && !signal.aborted) {
      const n = next++;
      await sleepUntil(since + (1000 * n) / rate, signal);
      const postback = postbackOf(n);
      await report.delivery(n, postback, await deliver(url, postback, deliverOptions));
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker));
}

/** `time` is a time of `performance.now()`. */
async function sleepUntil(time: number, signal: AbortSignal): Promise<void> {
  for (let ms; (ms = time - performance.now()) > 0;) await sleep(Math.min(ms, MAX_TIMER_MS), undefined, { signal });
}
