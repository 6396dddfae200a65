// Runs the command: as a function, so that its coverage is measured, or as a process, as users do.

import { spawn } from 'node:child_process';
import { PassThrough, Readable } from 'node:stream';
import { join, resolve } from 'node:path';
import { main } from '../../src/cli/command.ts';

export const root: string = resolve(import.meta.dirname, '../..');
export const command: string = join(root, 'dist/cli/cli.cjs');

/** The output of a command that has ended. */
interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

/** A command that is running. */
export interface Running {
  readonly finished: Promise<Finished>;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Asks it to stop, and resolves when it has ended. */
  readonly stop: () => Promise<Finished>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Closes the reading end of its output. */
  readonly closeOutput: () => void;
  /** `undefined` for a command that runs as a function. */
  readonly pid: number | undefined;
}

export interface Way {
  readonly way: string;
  readonly start: (args: readonly string[], input?: string | Uint8Array) => Running;
}

export const asFunction: Way = { way: 'as a function', start: (args, input) => runMain(args, input) };

/** As a function whose streams claim to be terminals with 60 columns. */
export const onSimulatedTerminal: Way = {
  way: 'as a function, on a simulated terminal',
  start: (args, input) => runMain(args, input, { isTTY: true as const, columns: 60, hasColors: () => true }),
};

function runMain(args: readonly string[], input: string | Uint8Array = '', terminal = {}): Running {
  const [stdout, stderr] = [Object.assign(new PassThrough(), terminal), Object.assign(new PassThrough(), terminal)];
  const text = { stdout: '', stderr: '' };
  stdout.setEncoding('utf8').on('data', (chunk) => {
    text.stdout += String(chunk);
  });
  stderr.setEncoding('utf8').on('data', (chunk) => {
    text.stderr += String(chunk);
  });
  const stopping = new AbortController();
  const finished = main(args, {
    stdin: Readable.from([Buffer.from(input)]),
    stdout,
    stderr,
    signal: stopping.signal,
  }).then((exitCode) => ({ ...text, exitCode }));
  const stop = (): Promise<Finished> => {
    stopping.abort();
    return finished;
  };
  return {
    finished,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    stop,
    kill: () => undefined,
    closeOutput: () => undefined,
    pid: undefined,
  };
}

export const asProcess: Way = {
  way: 'as a process',
  start(args, input = '') {
    const child = spawn(process.execPath, [command, ...args], { cwd: root });
    const text = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text.stdout += String(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      text.stderr += String(chunk);
    });
    child.stdin.on('error', () => undefined).end(input);
    const finished = new Promise<Finished>((done) =>
      child.once('close', (exitCode) => {
        done({ ...text, exitCode });
      }),
    );
    const stop = (): Promise<Finished> => {
      child.kill('SIGTERM');
      return finished;
    };
    return {
      finished,
      stdout: () => text.stdout,
      stderr: () => text.stderr,
      stop,
      kill: (signal) => child.kill(signal),
      closeOutput() {
        for (const stream of [child.stdout, child.stderr]) stream.destroy();
      },
      pid: child.pid,
    };
  },
};

export const ways: readonly Way[] = [asFunction, asProcess];

/** Waits until `look` returns something. */
export async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const seen = look();
    if (seen !== undefined) return seen;
    await new Promise((wake) => setTimeout(wake, 5));
  }
}

/** The JSON lines of a text with this event. */
export function events(text: string, event: string): Record<string, unknown>[] {
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return lines.filter((line) => line['event'] === event);
}

/** Waits until a server with `--json` listens. Resolves to its URL. */
export async function urlOf({ stdout, finished }: Running): Promise<string> {
  const ended = finished.then(({ stderr }) => {
    throw new Error(`The command has ended: ${stderr}`);
  });
  return await Promise.race([ended, until(() => events(stdout(), 'listening')[0]?.['url'] as string | undefined)]);
}
