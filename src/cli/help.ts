// `mo-postback help`: the same as `--help`, of the whole command or of one subcommand.

import type { Command } from 'commander';

export function addHelp(program: Command): void {
  program
    .command('help')
    .description('Show the help of a command.')
    .argument('[COMMAND]', 'name of the command')
    .action(async (name: string | undefined) => {
      const isKnown = program.commands.some((command) => command.name() === name);
      // An unknown name is run as a command: the error message then suggests the nearest name.
      const args = name === undefined ? ['--help'] : isKnown ? [name, '--help'] : [name];
      await program.parseAsync(args, { from: 'user' });
    });
}
