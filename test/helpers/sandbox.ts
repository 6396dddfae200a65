// Temporary files, and commands that run until the end of a test.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { urlOf } from './command.ts';
import type { Running, Way } from './command.ts';

export interface Sandbox {
  /** A new path in a temporary folder. */
  readonly newPath: () => string;
  /** Starts a command, and stops it after the test. */
  readonly run: (start: Way['start'], ...args: string[]) => Running;
  /** Starts `mo-postback listen --json`, and resolves when it listens. */
  readonly listen: (start: Way['start'], out: string, ...args: string[]) => Promise<Running & { url: string }>;
  readonly stopAll: () => Promise<void>;
}

/** To be called once in a test file. Everything is removed after its tests. */
export function createSandbox(): Sandbox {
  const folder = mkdtempSync(join(tmpdir(), 'mo-postback-cli-'));
  const commands: Running[] = [];
  let paths = 0;
  const run: Sandbox['run'] = (start, ...args) => {
    const running = start(args);
    commands.push(running);
    return running;
  };
  const stopAll = async (): Promise<void> => {
    for (const command of commands.splice(0)) await command.stop();
  };
  afterEach(stopAll);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  return {
    newPath: () => join(folder, String(++paths)),
    run,
    async listen(start, out, ...args) {
      const running = run(start, 'listen', '--json', '--port', '0', '--out', out, ...args);
      return { ...running, url: await urlOf(running) };
    },
    stopAll,
  };
}

/** The objects in a file of JSON lines. */
export function linesOf(file: string): Record<string, unknown>[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
