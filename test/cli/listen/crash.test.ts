// What `mo-postback listen` guarantees if it is killed, or the disk is full.

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deliver, sampleMessages } from '../../../src/testing/index.ts';
import { asProcess, events, until, urlOf } from '../../helpers/command.ts';
import type { Running } from '../../helpers/command.ts';
import { timesAsLong } from '../../helpers/count.ts';
import { createSandbox, linesOf } from '../../helpers/sandbox.ts';
import { sleep } from '../../helpers/sleep.ts';

const KILLS = 100 * timesAsLong;
const sandbox = createSandbox();
const { sms } = sampleMessages;
const ONCE = { intervalsMs: [] };

describe('mo-postback listen', () => {
  it(
    `stores each message that it has answered 200 exactly once, although it is killed ${String(KILLS)} times under load`,
    async () => {
      const out = join(sandbox.newPath(), 'messages.ndjson');
      const server = createServer();
      await new Promise<void>((done) => server.listen(0, 'localhost', done));
      const { port } = server.address() as AddressInfo;
      await new Promise((done) => server.close(done));
      const start = async (): Promise<Running> => {
        const running = asProcess.start(['listen', '--json', '--port', String(port), '--out', out]);
        await urlOf(running);
        return running;
      };
      const load = asProcess.start([
        'send',
        `http://localhost:${String(port)}/`,
        '--sms',
        'load',
        '--json',
        '--count',
        '1000000',
        '--rate',
        '400',
        '--retries',
        '100',
        '--retry-interval',
        '0.03',
      ]);
      // Continues where the previous call has stopped.
      const delivered: string[] = [];
      let read = 0;
      const look = (): void => {
        const text = load.stdout().slice(read);
        const end = text.lastIndexOf('\n') + 1;
        read += end;
        for (const { isDelivered, keys } of events(text.slice(0, end), 'delivery'))
          if (isDelivered === true) delivered.push(...(keys as string[]));
      };
      const check = (): void => {
        look();
        const times = new Map<unknown, number>();
        for (const key of linesOf(out).map(({ key }) => key)) times.set(key, 1 + (times.get(key) ?? 0));
        expect(delivered.filter((key) => times.get(key) !== 1)).toEqual([]);
        expect([...times.values()].filter((count) => count > 1)).toEqual([]);
      };
      for (let kill = 0; kill < KILLS; kill++) {
        const running = await start();
        check();
        const before = delivered.length;
        await until(() => {
          look();
          return delivered.length > before ? true : undefined;
        });
        await sleep(Math.random() * 60);
        running.kill('SIGKILL');
        await running.finished;
      }
      const last = await start();
      const summary = await load.stop();
      check();
      await last.stop();
      expect(events(summary.stdout, 'summary')).toMatchObject([{ delivered: delivered.length }]);
      expect(delivered.length).toBeGreaterThan(3 * KILLS);
    },
    120_000 * timesAsLong,
  );

  const canMount = process.platform === 'linux' && process.getuid?.() === 0;
  it.skipIf(!canMount)(
    'answers 500 if the disk is full, loses nothing, and continues when there is room (needs the right to mount)',
    async () => {
      const disk = sandbox.newPath();
      mkdirSync(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', disk]);
      try {
        const out = join(disk, 'messages.ndjson');
        const running = await sandbox.listen(asProcess.start, out);
        writeFileSync(join(disk, 'other'), Buffer.alloc(64 * 1024));
        const messages = Array.from({ length: 400 }, (_, n) => ({
          ...sms,
          transactionId: String(n),
          text: 'a'.repeat(100),
        }));
        const post = async (some: typeof messages): Promise<(number | undefined)[]> =>
          (await Promise.all(some.map((message) => deliver(running.url, message, ONCE)))).map(
            ({ attempts }) => attempts[0]?.status,
          );
        const statuses = await post(messages);
        expect(new Set(statuses)).toEqual(new Set([200, 500]));
        const kept = messages.filter((_, n) => statuses[n] === 200);
        expect(
          linesOf(out)
            .map(({ transactionId }) => transactionId)
            .sort(),
        ).toEqual(kept.map(({ transactionId }) => transactionId).sort());
        expect(await deliver(running.url, { body: '<POSTBACK>', headers: {} }, ONCE)).toMatchObject({
          attempts: [{ status: expect.toBeOneOf([400, 500]) as number }],
        });
        expect(events(running.stdout(), 'problem')[0]).toMatchObject({
          message: `Cannot write a message to ${out}: no space left on the disk. The answer is 500, so that the provider sends the postback again.`,
        });
        rmSync(join(disk, 'other'));
        expect(statfsSync(disk).bavail).toBeGreaterThan(0);
        const failed = messages.filter((_, n) => statuses[n] !== 200).slice(0, 100);
        expect(new Set(await post(failed))).toEqual(new Set([200]));
        expect(
          linesOf(out)
            .map(({ transactionId }) => transactionId)
            .sort(),
        ).toEqual([...kept, ...failed].map(({ transactionId }) => transactionId).sort());
      } finally {
        await sandbox.stopAll();
        execFileSync('umount', [disk]);
      }
    },
  );
});
