// `mo-postback parse`: documents to JSON lines.

import { createReadStream } from 'node:fs';
import { PostbackError } from '../errors.ts';
import type { PostbackWarning } from '../errors.ts';
import { PostbackParser } from '../push-parser.ts';
import type { PostbackOptions } from '../options.ts';
import { codeOf, colorsOf, harmless, reasonOf, write } from './terminal.ts';
import type { Terminal } from './terminal.ts';

export interface ParseOptions extends Pick<PostbackOptions, 'recover' | 'encoding' | 'defaultOffset'> {
  readonly json?: boolean | undefined;
}

/** Prints what the documents hold. Resolves to whether all of it could be read. */
export async function parse(
  files: readonly string[],
  options: ParseOptions,
  { stdin, stdout, stderr, signal }: Terminal,
): Promise<boolean> {
  const { json, ...parserOptions } = options;
  const colors = colorsOf(stderr);
  let isGood = true;
  const complain = async (file: string, error: PostbackError): Promise<void> => {
    isGood = false;
    if (json === true)
      return write(stderr, `${JSON.stringify({ file, error: { ...error.toJSON(), excerpt: error.excerpt } })}\n`);
    const excerpt = error.excerpt
      .split('\n')
      .map((line) => `  ${harmless(line)}`)
      .join('\n');
    return write(
      stderr,
      `${colors.bold(`${harmless(file)}:${String(error.line)}:${String(error.column)}:`)} ${colors.red(error.code)}: ${error.message}\n${excerpt}\n`,
    );
  };
  const tellMend = (file: string, { code, line, column, path }: PostbackWarning): Promise<void> =>
    write(
      stderr,
      json === true
        ? `${JSON.stringify({ file, warning: { code, line, column, path } })}\n`
        : `${colors.bold(`${harmless(file)}:${String(line)}:${String(column)}:`)} ${colors.yellow(code)}: mended (${path})\n`,
    );

  for (const file of files) {
    let lines = '';
    let mends: PostbackWarning[] = [];
    let complaints: PostbackError[] = [];
    const told = async (): Promise<void> => {
      if (lines !== '') await write(stdout, lines);
      lines = '';
      for (const mend of mends) await tellMend(file, mend);
      mends = [];
      for (const error of complaints) await complain(file, error);
      complaints = [];
    };
    const parser = new PostbackParser(
      {
        onResult: ({ data, error, warnings }) => {
          mends.push(...warnings);
          if (error === undefined) lines += `${JSON.stringify(data)}\n`;
          else complaints.push(error);
        },
      },
      parserOptions,
    );
    try {
      const source = file === '-' ? stdin : createReadStream(file);
      for await (const chunk of source) {
        signal.throwIfAborted();
        parser.write(chunk as Uint8Array);
        await told();
      }
      parser.close();
    } catch (error) {
      if (signal.aborted) return false;
      if (error instanceof PostbackError) {
        complaints.push(error);
      } else {
        isGood = false;
        const [reason, code] = [reasonOf(error), codeOf(error)];
        await write(
          stderr,
          json
            ? `${JSON.stringify({ file, error: { code, message: reason } })}\n`
            : `${colors.bold(`${harmless(file)}:`)} ${colors.red('cannot be read')}: ${reason}\n`,
        );
      }
    }
    await told();
  }
  return isGood;
}
