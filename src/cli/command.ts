// The command `mo-postback`: what it takes, and what it says of itself.

import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { version } from '../../package.json';
import { encodingNamed } from '../read/decode.ts';
import { resolveOptions } from '../options.ts';
import type { Generation } from '../write/serialize.ts';
import { targetOf } from '../testing/deliver.ts';
import { authorizer, listen } from './listen.ts';
import type { ListenOptions } from './listen.ts';
import { parse } from './parse.ts';
import type { ParseOptions } from './parse.ts';
import { send } from './send.ts';
import type { SendOptions } from './send.ts';
import { serveMedia } from './serve-media.ts';
import type { ServeMediaOptions } from './serve-media.ts';
import { columnsOf, Failure, harmless, write } from './terminal.ts';
import type { Terminal } from './terminal.ts';

const OK = 0;
const BAD_INPUT = 1;
const BAD_USAGE = 2;

/** Runs the command. Resolves to its exit code: 0; 1 for bad input; 2 for bad usage. */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode = OK;
  const program = new Command('mo-postback')
    .description('The SMS and MMS postbacks of mobile-messaging providers: read them, receive them, send them.')
    .version(version)
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      getOutHelpWidth: () => columnsOf(terminal.stdout),
      getErrHelpWidth: () => columnsOf(terminal.stderr),
    })
    .showHelpAfterError('(--help tells what there is)')
    .exitOverride()
    .helpCommand(false);

  program
    .command('parse')
    .description('Print what documents hold, XML or JSON: a line of JSON for each notification.')
    .argument('[FILE...]', 'the documents; - is standard input', ['-'])
    .option('--recover', 'mend what a careless sender wrote, as receivers do, and tell of it')
    .addOption(new Option('--encoding <LABEL>', 'what the transport said of the charset').argParser(encoding))
    .addOption(defaultOffset())
    .option('--json', 'print errors as JSON too, on standard error')
    .action(async (files: string[], options: ParseOptions) => {
      if (!(await parse(files, options, terminal))) exitCode = BAD_INPUT;
    });

  program
    .command('listen')
    .description(
      'Receive postbacks, and keep each message in a file of JSON lines: 200 is answered when it is on the disk.',
    )
    .addOption(port(8080).env('PORT'))
    .addOption(host())
    .addOption(new Option('--path <PATH>', 'where postbacks are received').default('/').argParser(path))
    .addOption(
      new Option(
        '--secret <SECRET>',
        'refuse postbacks without it, as the last part of the path or as ?secret= in the query',
      )
        .env('MO_POSTBACK_SECRET')
        .argParser(secret),
    )
    .option('--out <FILE>', 'the file of JSON lines; for one process at a time', 'messages.ndjson')
    .option('--rejected <FOLDER>', 'where bodies go that could not be read (default: "rejected" beside the file)')
    .addOption(defaultOffset())
    .option('--json', 'print what happens as JSON lines')
    .action((options: ListenOptions) => listen(options, terminal));

  program
    .command('send')
    .description('POST messages to a URL, as the provider does.')
    .configureOutput({
      outputError: (text, write) => {
        write(
          text.replace(/missing required argument 'URL'/, '$&: it stands before --mms, which takes all that follow'),
        );
      },
    })
    .addArgument(
      new Argument('<URL>', 'your Postback URL; a user and a password in it become HTTP Basic credentials').argParser(
        httpUrl,
      ),
    )
    .addOption(new Option('--sms <TEXT>', 'a text message').conflicts(['mms', 'file']))
    .addOption(
      new Option(
        '--mms <FILE-URL...>',
        'a picture message of these files; behind the URL, for it takes all that follow',
      )
        .conflicts(['sms', 'file'])
        .argParser(mediaUrls),
    )
    .addOption(
      new Option('--file <DOC>', 'a document as it is; - is standard input').conflicts([
        'sms',
        'mms',
        'from',
        'to',
        'subject',
        'generation',
        'bundle',
      ]),
    )
    .addOption(new Option('--from <NUMBER>', 'the sender').default('15550104477').argParser(filled))
    .addOption(
      new Option('--to <NUMBER>', 'the short code or number that was texted').default('86717').argParser(filled),
    )
    .addOption(new Option('--subject <TEXT>', 'of an MMS').conflicts('sms'))
    .addOption(
      new Option('--generation <GENERATION>', 'of the format').choices(GENERATIONS).default('G3').argParser(generation),
    )
    .addOption(
      new Option('--bundle <N>', 'messages in each postback, as G1 bundles them')
        .conflicts('generation')
        .argParser(whole(1, 1000)),
    )
    .addOption(
      new Option('--rate <R>', 'at most so many postbacks a second')
        .default(Infinity, 'as many as go')
        .argParser(positive),
    )
    .addOption(new Option('--count <N>', 'postbacks').default(1).argParser(whole(1, 100_000_000)))
    .addOption(
      new Option('--concurrency <N>', 'at most so many at once, those that wait for a retry too')
        .default(10)
        .argParser(whole(1, 10_000)),
    )
    .addOption(
      new Option('--retries <N>', 'send what is not answered 200 again, up to so often; a provider: 5')
        .default(0)
        .argParser(whole(0, 100)),
    )
    .addOption(
      new Option('--retry-interval <SECONDS>', 'between an attempt and the next').default(300).argParser(seconds),
    )
    .addOption(new Option('--timeout <SECONDS>', 'that an answer may take').default(10).argParser(someSeconds))
    .addOption(new Option('--form', 'as the field xml of a form').conflicts('multipart'))
    .option('--multipart', 'as the field xml of a multipart form')
    .option('--json', 'print each delivery and the summary as JSON lines')
    .action(async (url: string, given: GivenToSend, command: Command) => {
      const { form, multipart, retryInterval, timeout, ...options } = given;
      if ([options.sms, options.mms, options.file].every((what) => what === undefined))
        command.error("error: one of the options '--sms <TEXT>', '--mms <FILE-URL...>' and '--file <DOC>' is needed");
      if (
        options.subject !== undefined &&
        (options.generation === 'G1' || options.generation === 'G2' || options.bundle !== undefined)
      ) {
        command.error(
          "error: option '--subject <TEXT>' needs the generation G3, G4 or G5, and no bundle: the others have no subject",
        );
      }
      const isForm = form === true || multipart === true;
      if (isForm && options.generation === 'G5')
        command.error("error: option '--generation G5' is JSON, and a form holds XML");
      const way = { form: isForm ? (multipart === true ? 'multipart' : 'urlencoded') : undefined } as const;
      if (
        !(await send(
          url,
          { ...options, ...way, retryIntervalMs: 1000 * retryInterval, timeoutMs: 1000 * timeout },
          terminal,
        ))
      )
        exitCode = BAD_INPUT;
    });

  program
    .command('serve-media')
    .description("Serve a folder's files as the provider's content host does, to try MMS from end to end.")
    .argument('<DIR>', 'the folder')
    .addOption(port(8081))
    .addOption(host())
    .option('--json', 'print what happens as JSON lines')
    .action((folder: string, options: ServeMediaOptions) => serveMedia(folder, options, terminal));

  program
    .command('help')
    .description('Tell of a command.')
    .argument('[COMMAND]', 'which', '')
    .action(async (name: string) => {
      const isKnown = program.commands.some((command) => command.name() === name);
      // Another name is told of, with the nearest.
      await program.parseAsync(name === '' ? ['--help'] : isKnown ? [name, '--help'] : [name], { from: 'user' });
    });

  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? OK : BAD_USAGE;
    if (!(error instanceof Failure)) throw error;
    await write(terminal.stderr, `error: ${harmless(error.message)}\n`);
    return BAD_INPUT;
  }
}

interface GivenToSend extends Omit<SendOptions, 'form' | 'retryIntervalMs' | 'timeoutMs'> {
  readonly form?: true;
  readonly multipart?: true;
  /** In seconds. */
  readonly retryInterval: number;
  /** In seconds. */
  readonly timeout: number;
}

function port(byDefault: number): Option {
  return new Option('--port <PORT>', '0: any that is free').default(byDefault).argParser(whole(0, 65_535));
}

function host(): Option {
  return new Option('--host <HOST>', 'the name or address to listen on; 0.0.0.0: all of this machine').default(
    'localhost',
  );
}

function defaultOffset(): Option {
  return new Option('--default-offset <OFFSET>', 'of times that have none, as in -05:00').argParser(offset);
}

function offset(text: string): string {
  try {
    resolveOptions({ defaultOffset: text });
    return text;
  } catch {
    throw new InvalidArgumentError('Expected an offset from UTC, as in -05:00.');
  }
}

function encoding(label: string): string {
  if (encodingNamed(label) !== undefined) return label;
  throw new InvalidArgumentError(
    'Expected UTF-8, UTF-16, ISO-8859-1, Windows-1252 or US-ASCII, by any of their names.',
  );
}

function secret(text: string): string {
  try {
    authorizer(text);
    return text;
  } catch {
    throw new InvalidArgumentError('Expected one that is not empty.');
  }
}

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`Expected a whole number from ${String(min)} to ${String(max)}.`);
  };
}

function positive(text: string): number {
  const number = decimal(text);
  if (number > 0) return number;
  throw new InvalidArgumentError('Expected a number above 0.');
}

function seconds(text: string): number {
  const number = decimal(text);
  // Longer timers fire at once.
  if (number >= 0 && number <= 2_000_000) return number;
  throw new InvalidArgumentError('Expected a number of seconds from 0 to 2000000.');
}

function someSeconds(text: string): number {
  const number = seconds(text);
  if (number > 0) return number;
  throw new InvalidArgumentError('Expected a number of seconds above 0.');
}

function decimal(text: string): number {
  return /^(?:\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : NaN;
}

function path(text: string): string {
  if (/^\/[^?#\s]*$/.test(text)) return text;
  throw new InvalidArgumentError('Expected a path, as in /postback.');
}

function httpUrl(text: string): string {
  try {
    targetOf(text);
    return text;
  } catch {
    throw new InvalidArgumentError(
      "Expected a URL of http or https, as in http://localhost:8080/postback; in a user or a password '%' is %25.",
    );
  }
}

function filled(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('Expected a number, and not nothing.');
}

const GENERATIONS = ['G1', 'G2', 'G3', 'G4', 'G5'] as const satisfies Generation[];

function generation(text: string): Generation {
  const found = GENERATIONS.find((name) => name === text.toUpperCase());
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`Allowed choices are ${GENERATIONS.join(', ')}.`);
}

function mediaUrls(text: string, others: readonly string[] | undefined): readonly string[] {
  if (!URL.canParse(text))
    throw new InvalidArgumentError(
      'Expected a URL, as in https://content.example.com/1.jpg; serve-media gives files one.',
    );
  return [...(others ?? []), text];
}
