// The command `mo-postback`: puts the subcommands together.

import { Command, CommanderError } from 'commander';
import { version } from '../../package.json';
import { addDoctor } from './doctor.ts';
import { Failure } from './failure.ts';
import { addHelp } from './help.ts';
import { addListen } from './listen.ts';
import { addParse } from './parse.ts';
import { addSend } from './send.ts';
import { addServeMedia } from './serve-media.ts';
import { columnsOf, printable, write } from './terminal.ts';
import type { Terminal } from './terminal.ts';

const SUCCESS = 0;
const FAILURE = 1;
const BAD_USAGE = 2;

/** Runs the command. Resolves to its exit code: 0 if everything worked, 1 if something failed, 2 for wrong usage. */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await createProgram(terminal).parseAsync(argv, { from: 'user' });
    return SUCCESS;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? SUCCESS : BAD_USAGE;
    if (!(error instanceof Failure)) throw error;
    if (error.message !== '') await write(terminal.stderr, `error: ${printable(error.message)}\n`);
    return FAILURE;
  }
}

function createProgram(terminal: Terminal): Command {
  const program = new Command('mo-postback')
    .description(
      'Read, receive and send postbacks: the HTTP requests in which mobile messaging providers deliver SMS and MMS.',
    )
    .version(version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      getOutHelpWidth: () => columnsOf(terminal.stdout),
      getErrHelpWidth: () => columnsOf(terminal.stderr),
    })
    .showHelpAfterError('(use --help to see what is allowed)')
    .exitOverride()
    .helpCommand(false)
    .addHelpText(
      'after',
      "\nRun 'mo-postback help COMMAND' to see the options of a command.\nThe exit code is 0 if everything " +
        'worked, 1 if something failed, and 2 for wrong usage.',
    );
  for (const add of [addParse, addListen, addSend, addDoctor, addServeMedia]) add(program, terminal);
  addHelp(program);
  return program;
}
