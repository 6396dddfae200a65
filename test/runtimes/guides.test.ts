// Follows the guides of other runtimes and of Next.js step by step.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { codeOf, expectToServe, guides, root } from '../docs/guides.ts';
import type { Guide } from '../docs/guides.ts';
import { areInstalled, folder, modules } from './servers.ts';

function guide(name: string): Guide {
  const found = guides.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no docs/guides/${name}.md`);
  return found;
}

/** The arguments with which a guide starts its server. */
function argumentsOf({ text }: Guide, command: RegExp): string[] {
  return command.exec(text)?.[1]?.split(' ') ?? [];
}

describe.skipIf(!areInstalled)(
  `the guides of other runtimes${areInstalled ? '' : ' (skipped: npm run test:runtimes installs them)'}`,
  () => {
    it('docs/guides/deno.md has a server that handles its message once', async () => {
      const deno = guide('deno');
      writeFileSync(join(folder, 'server.js'), codeOf(deno.text, 'js'));
      const [run = '', ...args] = argumentsOf(deno, /^deno (run .*)$/m);
      // npm has installed the packages.
      await expectToServe(deno, folder, join(modules, '@deno/linux-x64-glibc/deno'), () => [
        run,
        '--node-modules-dir=manual',
        ...args,
      ]);
    });

    it('docs/guides/bun.md has a server that handles its message once', async () => {
      const bun = guide('bun');
      writeFileSync(join(folder, 'server.js'), codeOf(bun.text, 'js'));
      await expectToServe(bun, folder, join(modules, '@oven/bun-linux-x64/bin/bun'), () =>
        argumentsOf(bun, /^bun (run .*)$/m),
      );
    });

    it('docs/guides/workers.md has a server that handles its message once', async () => {
      const workers = guide('workers');
      writeFileSync(join(folder, 'index.js'), codeOf(workers.text, 'js'));
      const [entry = '', ...options] = argumentsOf(workers, /^npx esbuild (.*)$/m);
      execFileSync(join(root, 'node_modules/.bin/esbuild'), [entry, ...options, '--log-level=error'], { cwd: folder });
      // The binary itself, because npx does not forward the signal.
      const workerd = join(modules, '@cloudflare/workerd-linux-64/bin/workerd');
      await expectToServe(workers, folder, workerd, (port) => {
        writeFileSync(join(folder, 'workerd.capnp'), codeOf(workers.text, 'capnp').replace('8080', String(port)));
        return argumentsOf(workers, /^npx workerd (.*)$/m);
      });
    });

    it('docs/guides/next.md has a server that handles its message once', async () => {
      const next = guide('next');
      mkdirSync(join(folder, 'app/postback'), { recursive: true });
      writeFileSync(join(folder, 'app/postback/route.js'), codeOf(next.text, 'js'));
      // Otherwise it would send data about each build.
      process.env['NEXT_TELEMETRY_DISABLED'] = '1';
      const bin = join(modules, 'next/dist/bin/next');
      execFileSync('node', [bin, 'build'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
      const args = argumentsOf(next, /^npx next (start .*)$/m);
      // The exit code contains the signal.
      await expectToServe(
        next,
        folder,
        'node',
        (port) => [bin, ...args.map((word) => word.replace('8080', String(port)))],
        128 + 15,
      );
    });
  },
);
