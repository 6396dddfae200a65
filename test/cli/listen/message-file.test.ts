// The file of messages: what is in it when `mo-postback listen` starts.

import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { deliver, sampleMessages } from '../../../src/testing/index.ts';
import { asFunction, events, ways } from '../../helpers/command.ts';
import { createSandbox, linesOf } from '../../helpers/sandbox.ts';

const sandbox = createSandbox();
const { sms, mms } = sampleMessages;
const ONCE = { intervalsMs: [] };

describe.each(ways)('the file of messages of mo-postback listen, $way', ({ start }) => {
  it('is remembered after a restart, so that a retry is not stored again', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const first = await sandbox.listen(start, out);
    await deliver(first.url, sms, ONCE);
    await first.stop();
    const second = await sandbox.listen(start, out);
    expect(await deliver(second.url, sms, ONCE)).toMatchObject({ isDelivered: true });
    expect(linesOf(out)).toHaveLength(1);
  });

  it('loses an incomplete last line, left by a crash, to the folder of rejected bodies', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const incompleteLine = '{"kind":"sms","te';
    mkdirSync(join(out, '..'));
    writeFileSync(out, `{"key":"k","arrivedAt":"2011-01-01T00:00:00.000Z"}\nnot ours\n\nnull\n${incompleteLine}`);
    const { url, stdout } = await sandbox.listen(start, out);
    await deliver(url, sms, ONCE);
    expect(readFileSync(out, 'utf8')).toMatch(/^\{"key":"k",.*\}\nnot ours\n\nnull\n\{"kind":"sms",.*\}\n$/);
    const [partial = ''] = readdirSync(join(out, '../rejected'));
    expect(partial).toMatch(/\.partial$/);
    expect(readFileSync(join(out, '../rejected', partial), 'utf8')).toBe(incompleteLine);
    expect(events(stdout(), 'problem')).toEqual([
      { event: 'problem', message: expect.stringContaining(`The last line of ${out} was incomplete`) as string },
    ]);
  });

  it('keeps an incomplete last line if that cannot be moved; the command ends with an error', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const content = '{"kind":"sms","te';
    const name = `${createHash('sha256').update(content).digest('hex').slice(0, 16)}.partial`;
    // A folder with the name of the file that the line would be moved to.
    mkdirSync(join(out, '../rejected', name), { recursive: true });
    writeFileSync(out, content);
    expect(await start(['listen', '--port', '0', '--out', out]).finished).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `error: Cannot write to ${join(out, '../rejected', name)}: it is a folder. The last line of ${out} is incomplete and must be moved there. Choose another folder with --rejected.\n`,
    });
    expect(readFileSync(out, 'utf8')).toBe(content);
  });

  it('may contain recent messages before old ones, up to a thousand of these', async () => {
    for (const [count, isKnown] of [
      [999, true],
      [1000, false],
    ] as const) {
      const out = join(sandbox.newPath(), 'messages.ndjson');
      mkdirSync(join(out, '..'));
      const key = 'mms/00000/15550104477/MMS_MO_sample1';
      const line = JSON.stringify({ key, arrivedAt: new Date().toISOString() });
      const old = JSON.stringify({ key: 'old', arrivedAt: '2020-01-01T00:00:00.000Z' });
      writeFileSync(out, `${line}\n${`${old}\n`.repeat(count)}`);
      const { url } = await sandbox.listen(start, out);
      expect(await deliver(url, mms, ONCE)).toMatchObject({ isDelivered: true });
      expect(linesOf(out)).toHaveLength(count + (isKnown ? 1 : 2));
    }
  });

  it('stores bodies that cannot be read also after their folder was deleted', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const { url } = await sandbox.listen(start, out);
    rmSync(join(out, '../rejected'), { recursive: true });
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'text/xml' }, body: '<a' });
    expect(response.status).toBe(400);
    expect(readdirSync(join(out, '../rejected'))).toHaveLength(2);
  });

  it('has a folder of rejected bodies in which a crash leaves nothing for ever', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const rejected = join(out, '../rejected');
    mkdirSync(rejected, { recursive: true });
    const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
    const temporary = (): string => `0123456789abcdef.body.${randomUUID()}.tmp`;
    const [abandoned, inUse, folderOfUser] = [temporary(), temporary(), temporary()];
    for (const name of [abandoned, inUse, 'mine.tmp']) {
      writeFileSync(join(rejected, name), '');
      utimesSync(join(rejected, name), minutesAgo(2), minutesAgo(name === inUse ? 0 : 2));
    }
    const first = await sandbox.listen(start, out);
    expect(readdirSync(rejected).sort()).toEqual([inUse, 'mine.tmp']);
    await first.stop();
    // It cannot be removed.
    mkdirSync(join(rejected, folderOfUser));
    utimesSync(join(rejected, folderOfUser), minutesAgo(2), minutesAgo(2));
    await sandbox.listen(start, out);
  });

  it('may be a symbolic link, also to a file that does not exist yet', async () => {
    const folder = sandbox.newPath();
    mkdirSync(folder);
    const [out, target, loop] = [join(folder, 'link'), join(folder, 'messages.ndjson'), join(folder, 'loop')];
    symlinkSync('messages.ndjson', out);
    const { url } = await sandbox.listen(start, out);
    await deliver(url, sms, ONCE);
    expect([linesOf(target).length, readlinkSync(out)]).toEqual([1, 'messages.ndjson']);
    // The system follows a link before it goes up.
    mkdirSync(join(folder, 'else', 'dir'), { recursive: true });
    symlinkSync('else/dir', join(folder, 'short'));
    for (const [name, leadsTo] of [
      ['up', 'short/../up.ndjson'],
      ['absolute', join(folder, 'else', 'absolute.ndjson')],
    ] as const) {
      symlinkSync(leadsTo, join(folder, name));
      await deliver((await sandbox.listen(start, join(folder, name))).url, sms, ONCE);
      expect(linesOf(join(folder, 'else', `${name}.ndjson`))).toHaveLength(1);
    }
    symlinkSync('loop', loop);
    expect(await start(['listen', '--port', '0', '--out', loop]).finished).toMatchObject({
      exitCode: 1,
      stderr: `error: Cannot write to ${loop}: too many symbolic links. Choose another file with --out.\n`,
    });
  });

  it('may contain a message twice', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    mkdirSync(join(out, '..'));
    const line = JSON.stringify({ key: 'mms/00000/15550104477/MMS_MO_sample1', arrivedAt: new Date().toISOString() });
    writeFileSync(out, `${line}\n${line}\n`);
    const { url } = await sandbox.listen(start, out);
    expect(await deliver(url, mms, ONCE)).toMatchObject({ isDelivered: true });
    expect(readFileSync(out, 'utf8')).toBe(`${line}\n${line}\n`);
  });

  it('keeps a complete last line that lacks only its line feed', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    mkdirSync(join(out, '..'));
    const whole = JSON.stringify({ key: 'k', arrivedAt: new Date().toISOString() });
    writeFileSync(out, whole);
    const { url } = await sandbox.listen(start, out);
    await deliver(url, sms, ONCE);
    expect(linesOf(out).map(({ key }) => key)).toEqual(['k', expect.stringMatching(/^sha256-/)]);
  });

  it('must be a regular file', async () => {
    const pipe = sandbox.newPath();
    execFileSync('mkfifo', [pipe]);
    for (const out of [pipe, '/dev/null']) {
      expect(
        await start(['listen', '--port', '0', '--out', out, '--rejected', `${pipe}.rejected`]).finished,
      ).toMatchObject({
        stderr: `error: Cannot write to ${out}: it is not a regular file. Choose another file with --out.\n`,
        exitCode: 1,
      });
    }
  });

  it('is not changed if it contains anything but JSON lines', async () => {
    const out = sandbox.newPath();
    for (const content of ['notes', 'notes\nmore', '{\n  "name": "x"\n}']) {
      writeFileSync(out, content);
      expect(
        await start(['listen', '--port', '0', '--out', out, '--rejected', `${out}.rejected`]).finished,
      ).toMatchObject({
        stderr: `error: Cannot write to ${out}: it contains something other than JSON lines. Choose another file with --out.\n`,
        exitCode: 1,
      });
      expect(readFileSync(out, 'utf8')).toBe(content);
    }
  });
});

it('the file of messages, and the queue of media, are used without a lock if their file system has no sockets (simulated)', async () => {
  const out = join(sandbox.newPath(), 'messages.ndjson');
  const listen = Reflect.get(Server.prototype, 'listen') as (this: Server, ...args: unknown[]) => Server;
  vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server, ...args: unknown[]) {
    if (typeof args[0] !== 'string') return listen.apply(this, args);
    process.nextTick(() => this.emit('error', Object.assign(new Error(), { code: 'ENOTSUP' })));
    return this;
  });
  const media = join(out, '../media');
  const { url, stdout } = await sandbox.listen(asFunction.start, out, '--save-media', media);
  vi.restoreAllMocks();
  const queue = join(media, 'queue.ndjson');
  expect(events(stdout(), 'problem')).toEqual([
    {
      event: 'problem',
      message: `Cannot lock ${out}: its file system has no sockets. Make sure that no other process writes to the file.`,
    },
    {
      event: 'problem',
      message: `Cannot lock ${queue}: its file system has no sockets. Make sure that no other process uses it.`,
    },
  ]);
  await deliver(url, sms, ONCE);
  expect(linesOf(out)).toHaveLength(1);
});
