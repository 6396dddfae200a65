// What `send` prints about the files that it serves.

import { colorsOf, printable } from '../terminal.ts';
import type { Output } from '../terminal.ts';
import type { PartServer, ServedPart } from './part-server.ts';

const MAX_SHOWN_FILES = 20;

export interface MediaReport {
  /** Before the deliveries. */
  readonly serving: (server: PartServer) => void;
  readonly fetched: (part: ServedPart) => void;
  /** After the deliveries. `seconds`: how long files are still served. */
  readonly waiting: (server: PartServer, seconds: number) => void;
  readonly unfetched: (parts: readonly ServedPart[]) => void;
}

export function jsonMediaReport(stdout: Output): MediaReport {
  const print = (event: object): void => void stdout.write(`${JSON.stringify(event)}\n`);
  return {
    serving({ origin, parts }) {
      print({ event: 'serving', url: `${origin}/`, files: parts });
    },
    fetched(part) {
      print({ event: 'fetched', ...part });
    },
    waiting: () => undefined,
    unfetched(parts) {
      print({ event: 'unfetched', files: parts });
    },
  };
}

/** Prints nothing before the deliveries have ended: there may be a progress bar. */
export function textMediaReport(stdout: Output): MediaReport {
  const { bold, green, red } = colorsOf(stdout);
  const early: string[] = [];
  let print = (line: string): void => void early.push(line);
  return {
    serving: () => undefined,
    fetched({ file }) {
      print(`${green('Fetched')} ${printable(file)}\n`);
    },
    waiting({ origin, unfetched: { size } }, seconds) {
      print = (line) => void stdout.write(line);
      early.forEach(print);
      if (size === 0 || seconds === 0) return;
      const files = size === 1 ? '1 file' : `${size} files`;
      const until = size === 1 ? 'it is fetched' : 'they are fetched';
      print(`${bold(`Serving ${files} on ${origin}/`)} until ${until}, for at most ${seconds} s\n`);
    },
    unfetched(parts) {
      const names = parts.slice(0, MAX_SHOWN_FILES).map(({ file }) => printable(file));
      const more = parts.length - names.length;
      print(`${red('Not fetched')}: ${[...names, ...(more === 0 ? [] : [`and ${more} more`])].join(', ')}\n`);
    },
  };
}
