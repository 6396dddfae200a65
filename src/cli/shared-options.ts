// Options that several subcommands have.

import { Option } from 'commander';
import { httpHeader, utcOffset, wholeNumber } from './option-parsers.ts';

export function portOption(defaultPort: number): Option {
  return new Option('--port <PORT>', 'port to listen on; 0 means any free port')
    .default(defaultPort)
    .argParser(wholeNumber(0, 65_535));
}

export function hostOption(): Option {
  return new Option(
    '--host <HOST>',
    'host name or address to listen on; 0.0.0.0 means all addresses of this machine',
  ).default('localhost');
}

export function headerOption(): Option {
  return new Option("--header <'NAME: VALUE'>", 'additional header; can be given several times').argParser(httpHeader);
}

export function defaultOffsetOption(): Option {
  return new Option(
    '--default-offset <OFFSET>',
    'offset from UTC for times that have none, for example -05:00',
  ).argParser(utcOffset);
}
