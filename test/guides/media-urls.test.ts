// Follows docs/guides/media-urls.md.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hosting, JPEG } from '../helpers/media.ts';
import { followGuide, TEXT, isInstalled, titleOf } from './guide.ts';
import type { FollowedGuide } from './guide.ts';

const NAME = 'media-urls';

/** Reads the stored messages, and resolves to what is printed. */
async function readMessages({ start }: FollowedGuide): Promise<string> {
  const { exited, printed } = start('node read.mjs');
  expect(await exited).toBe(0);
  return printed();
}

describe.skipIf(!isInstalled(NAME))(titleOf(NAME), () => {
  it('has commands that store a message, and print its words later', async () => {
    const guide = followGuide(NAME);
    const server = await guide.startServer();
    const sending = guide.send(server);
    const line = await server.line(/^MMS /);
    const [file = ''] = readdirSync(join(guide.folder, 'messages'));
    expect(file).toMatch(/^sha256-[0-9a-f]{64}\.json$/);
    expect(line).toBe(`MMS messages/${file} 15550104477 3`);
    expect((await readMessages(guide)).split('\n')).toEqual([
      TEXT,
      `image image/jpeg, ${String(JPEG.length)} bytes`,
      `text text/plain, ${String(TEXT.length)} bytes`,
      expect.stringMatching(/^smil application\/smil, \d+ bytes$/),
      '',
    ]);
    expect(await sending.exited).toBe(0);
    expect(await server.kill('SIGTERM')).toBe(0);
  });

  it('has a server that neither fetches the files nor prints their URLs', async () => {
    let requests = 0;
    const host = await hosting((_, response) => {
      requests++;
      response.writeHead(410).end();
    });
    const guide = followGuide(NAME);
    const server = await guide.startServer();
    expect(await server.post([`${host}?token=secret`])).toBe(200);
    await server.line(/^MMS /);
    expect(requests).toBe(0);
    expect(server.printed()).not.toMatch(/secret|127\.0\.0\.1/);
    const printed = await readMessages(guide);
    expect(printed).toMatch(
      /^\nmissing files\[0\] \(127\.0\.0\.1:\d+\): The server answered 410: the file was deleted\n$/,
    );
    expect(requests).toBe(1);
  });
});
