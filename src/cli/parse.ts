// `mo-postback parse`: prints the notifications of documents as JSON lines.

import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import { Argument, Option } from 'commander';
import { PostbackError } from '../errors.ts';
import type { PostbackResult, PostbackWarning } from '../errors.ts';
import { resolveOptions } from '../options.ts';
import type { PostbackOptions } from '../options.ts';
import { PostbackParser } from '../push-parser.ts';
import { ReceiveError } from '../receive/errors.ts';
import { codeOf, Failure, reasonOf } from './failure.ts';
import { encodingLabel } from './option-parsers.ts';
import { defaultOffsetOption } from './shared-options.ts';
import { bodyNextTo, bodyOfDetails, storedDocument, storedHeaders } from './stored-body.ts';
import { colorsOf, printable, write } from './terminal.ts';
import type { Output, Terminal } from './terminal.ts';

interface ParseOptions extends Pick<PostbackOptions, 'recover' | 'encoding' | 'defaultOffset'> {
  readonly json?: boolean | undefined;
}

export function addParse(program: Command, terminal: Terminal): void {
  program
    .command('parse')
    .description(
      'Read XML or JSON documents, and print each notification as one line of JSON. A file X.body that listen has ' +
        'stored is read with the headers in X.json.',
    )
    .addArgument(
      new Argument('[FILE...]', 'documents to read; - means standard input').default(['-'], 'standard input'),
    )
    .option('--recover', 'repair common mistakes of senders, as receivers do, and print a warning for each')
    .addOption(
      new Option(
        '--encoding <LABEL>',
        'encoding of the documents, as in the charset of their Content-Type header',
      ).argParser(encodingLabel),
    )
    .addOption(defaultOffsetOption())
    .option('--json', 'print errors and warnings as JSON lines (on standard error)')
    .action(async (files: string[], options: ParseOptions) => {
      if (!(await parse(files, options, terminal))) throw new Failure();
    });
}

/** Resolves to whether everything could be read. */
async function parse(files: readonly string[], options: ParseOptions, terminal: Terminal): Promise<boolean> {
  const { json, ...parserOptions } = options;
  const format = json === true ? jsonFormat : textFormat(terminal.stderr);
  let isGood = true;
  for (const file of withoutDetails(files)) {
    const isFileGood = await parseFile(file, parserOptions, format, terminal);
    if (isFileGood === undefined) return false;
    isGood &&= isFileGood;
  }
  return isGood;
}

/** Without each X.json whose X.body is there, too: it is read with that. */
function withoutDetails(files: readonly string[]): string[] {
  const paths = new Set(files.map((file) => resolve(file)));
  return files.filter((file) => {
    const body = bodyNextTo(file);
    return body === undefined || !paths.has(resolve(body));
  });
}

/** Resolves to whether the whole file could be read. `undefined` if the command was stopped. */
async function parseFile(
  file: string,
  options: PostbackOptions,
  format: ErrorFormat,
  { stdin, stdout, stderr, signal }: Terminal,
): Promise<boolean | undefined> {
  let isGood = true;
  let lines = '';
  let warnings: PostbackWarning[] = [];
  let errors: (PostbackError | ReceiveError)[] = [];
  const flush = async (): Promise<void> => {
    if (lines !== '') await write(stdout, lines);
    lines = '';
    for (const warning of warnings) await write(stderr, format.warning(file, warning));
    warnings = [];
    if (errors.length > 0) isGood = false;
    for (const error of errors) await write(stderr, format.error(file, error));
    errors = [];
  };
  const onResult = (result: PostbackResult): void => {
    warnings.push(...result.warnings);
    if (result.success) lines += `${JSON.stringify(result.data)}\n`;
    else errors.push(result.error);
  };
  try {
    const { chunks, encoding } = await openDocument(file, stdin, options);
    const parser = new PostbackParser({ onResult }, { ...options, encoding });
    for await (const chunk of chunks) {
      signal.throwIfAborted();
      parser.write(chunk);
      await flush();
    }
    parser.close();
  } catch (error) {
    if (signal.aborted) return undefined;
    if (error instanceof PostbackError || error instanceof ReceiveError) {
      errors.push(error);
    } else {
      isGood = false;
      await write(stderr, format.unreadable(file, error));
    }
  }
  await flush();
  return isGood;
}

interface OpenDocument {
  readonly chunks: AsyncIterable<Uint8Array> | Iterable<string | Uint8Array>;
  readonly encoding: string | undefined;
}

/** A file is read in chunks, except a stored body. Its charset is used unless there is an `encoding`. */
async function openDocument(file: string, stdin: Readable, options: PostbackOptions): Promise<OpenDocument> {
  const { encoding } = options;
  const body = await bodyOfDetails(file);
  if (body !== undefined) throw new Error(`it was written by listen and belongs to ${body}. Pass that file instead`);
  const headers = await storedHeaders(file);
  if (headers === undefined) return { chunks: file === '-' ? stdin : createReadStream(file), encoding };
  const { maxBytes } = resolveOptions(options);
  const { source, charset } = await storedDocument(await readFile(file), headers, maxBytes);
  return { chunks: [source], encoding: encoding ?? charset };
}

/** How errors and warnings are printed. */
interface ErrorFormat {
  readonly error: (file: string, error: PostbackError | ReceiveError) => string;
  readonly warning: (file: string, warning: PostbackWarning) => string;
  /** A file that the system could not read. */
  readonly unreadable: (file: string, error: unknown) => string;
}

const jsonFormat: ErrorFormat = {
  error(file, error) {
    const excerpt = error instanceof PostbackError ? { excerpt: error.excerpt } : {};
    return `${JSON.stringify({ file, error: { ...error.toJSON(), ...excerpt } })}\n`;
  },
  warning: (file, { code, line, column, path }) =>
    `${JSON.stringify({ file, warning: { code, line, column, path } })}\n`,
  unreadable: (file, error) =>
    `${JSON.stringify({ file, error: { code: codeOf(error), message: reasonOf(error) } })}\n`,
};

function textFormat(stderr: Output): ErrorFormat {
  const { bold, red, yellow } = colorsOf(stderr);
  const at = (file: string, { line, column }: { readonly line: number; readonly column: number }): string =>
    bold(`${printable(file)}:${line}:${column}:`);
  return {
    error(file, error) {
      // The error is about the headers, or about the body before a document was found in it.
      if (error instanceof ReceiveError || error.excerpt === '')
        return `${bold(`${printable(file)}:`)} ${red(error.code)}: ${error.message}\n`;
      const excerpt = error.excerpt.split('\n').map((line) => `  ${printable(line)}\n`);
      return `${at(file, error)} ${red(error.code)}: ${error.message}\n${excerpt.join('')}`;
    },
    warning: (file, warning) => `${at(file, warning)} ${yellow(warning.code)}: repaired (${warning.path})\n`,
    unreadable: (file, error) =>
      `${bold(`${printable(file)}:`)} ${red('cannot be read')}: ${printable(reasonOf(error))}\n`,
  };
}
