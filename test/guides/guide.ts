// Follows a guide about the files of MMS: its packages, its programs and its commands.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serializePostback } from '../../src/index.ts';
import { guides } from '../docs/guides.ts';
import { until } from '../helpers/command.ts';
import { freePort } from '../helpers/free-port.ts';
import { JPEG } from '../helpers/media.ts';
import { mms } from '../helpers/messages.ts';
import { afterTest } from '../helpers/server.ts';

/** A process that a guide has started. It is killed after the test. */
export interface Program {
  /** Everything that it has printed. */
  readonly printed: () => string;
  /** Waits until it has printed a line that matches. Resolves to the line. */
  readonly line: (pattern: RegExp) => Promise<string>;
  /** Resolves to its exit code, when it has ended. */
  readonly exited: Promise<number | null>;
  readonly kill: (signal: NodeJS.Signals) => Promise<number | null>;
}

/** The server of a guide. */
export interface Server extends Program {
  readonly url: string;
  /** Posts an MMS with these files. Resolves to the status of the answer. */
  readonly post: (files: readonly string[], trackingId?: string) => Promise<number>;
}

/** What to replace in the commands of a guide, for example ports. */
type Replacements = Readonly<Record<string, string>>;

/** A guide that is followed in a folder of its own. */
export interface FollowedGuide {
  readonly folder: string;
  /**
   * Runs the code block that contains a command, without its `npm install`. All commands but the last one must end; the
   * last one is the process.
   */
  readonly start: (command: string, replacements?: Replacements, env?: NodeJS.ProcessEnv) => Program;
  /** Starts `server.mjs`, and waits until it listens. */
  readonly startServer: (replacements?: Replacements, env?: NodeJS.ProcessEnv) => Promise<Server>;
  /** Sends a message with a picture and a text to the server. */
  readonly send: (server: Server, replacements?: Replacements) => Program;
}

/** The text that the guides send. */
export const TEXT = 'This is my cat';

const packagesOf = (name: string): string => join(tmpdir(), 'mo-postback-guides', name, 'node_modules');

/** Loads a package of a guide. */
export function loadPackage(name: string, packageName: string): unknown {
  return createRequire(packagesOf(name))(packageName);
}

/** Whether `npm run test:guides` has installed what a guide needs. */
export function isInstalled(name: string): boolean {
  return existsSync(join(packagesOf(name), 'mo-postback'));
}

/** The title of a guide's tests. */
export function titleOf(name: string): string {
  return `docs/guides/${name}.md${isInstalled(name) ? '' : ' (skipped: npm run test:guides installs its packages)'}`;
}

/** Follows a guide in a new folder, which is removed after the test. `change` may change its programs. */
export function followGuide(name: string, change = (program: string): string => program): FollowedGuide {
  const text = guides.find((guide) => guide.name === name)?.text ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'mo-postback-guide-'));
  const programs: Program[] = [];
  afterTest(async () => {
    for (const { kill } of programs) await kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  symlinkSync(packagesOf(name), join(folder, 'node_modules'));
  for (const [, file = '', code = ''] of text.matchAll(/^`(\w+\.mjs)`[^`]*```js\n([^]*?)```/gm)) {
    writeFileSync(join(folder, file), change(code));
  }

  const start: FollowedGuide['start'] = (command, replacements = {}, env = {}) => {
    const program = startScript(scriptOf(text, command, replacements), folder, env);
    programs.push(program);
    return program;
  };

  return {
    folder,
    start,
    async startServer(replacements, env) {
      const port = String(await freePort());
      const url = `http://localhost:${port}/`;
      const program = start('node server.mjs', replacements, { PORT: port, ...env });
      await isReachable(url, program);
      return { ...program, url, post: (files, trackingId) => postMms(url, files, trackingId) };
    },
    send({ url }, replacements = {}) {
      writeFileSync(join(folder, 'cat.jpg'), JPEG);
      return start('mo-postback send', { 'http://localhost:8080/': url, ...replacements });
    },
  };
}

/** Waits until a program answers on a URL. */
export async function isReachable(url: string, { line }: Program): Promise<void> {
  const isAnswered = async (): Promise<boolean> => {
    try {
      await (await fetch(url)).arrayBuffer();
      return true;
    } catch {
      return false;
    }
  };
  // Every text has such a line. It throws if the program has ended.
  while (!(await isAnswered())) await line(/$/);
}

/** The commands in a code block. The last one replaces the shell, so that it gets the signals. */
function scriptOf(text: string, command: string, replacements: Replacements): string {
  const blocks = Array.from(text.matchAll(/```sh\n([^]*?)```/g), ([, code = '']) => code.trim());
  const block = blocks.find((each) => each.includes(command));
  if (block === undefined) throw new Error(`There is no command ${command}`);
  const script = Object.entries(replacements).reduce((code, [from, to]) => code.replaceAll(from, to), block);
  const lines = script.split('\n').filter((line) => !line.startsWith('npm '));
  const last = lines.pop()?.replace(/^(?:[A-Z_]+=\S+ )*/, '$&exec ');
  // npx would not pass the signals on.
  return [...lines, last].join('\n').replaceAll(/\bnpx (\S+)/g, 'node_modules/.bin/$1');
}

function startScript(script: string, cwd: string, env: NodeJS.ProcessEnv): Program {
  // Without the variables of vitest, for example NODE_OPTIONS.
  const child = spawn('sh', ['-ec', script], { cwd, env: { PATH: process.env['PATH'], ...env }, stdio: 'pipe' });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      printed += String(chunk);
    });
  }
  let hasEnded = false;
  const exited = new Promise<number | null>((done) => {
    child.once('close', (code) => {
      hasEnded = true;
      done(code);
    });
  });
  return {
    printed: () => printed,
    line: (pattern) =>
      until(() => {
        const found = printed.split('\n').find((line) => pattern.test(line));
        if (hasEnded) throw new Error(`"${script}" has ended:\n${printed}`);
        return found;
      }),
    exited,
    kill(signal) {
      child.kill(signal);
      return exited;
    },
  };
}

async function postMms(url: string, files: readonly string[], trackingId = 'MMS_MO_1'): Promise<number> {
  const body = serializePostback({ ...mms, trackingId, files });
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'text/xml' }, body });
  await response.arrayBuffer();
  return response.status;
}
