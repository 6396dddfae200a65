// Follows docs/guides/media-folder.md.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from '../helpers/command.ts';
import { createGate } from '../helpers/gate.ts';
import { hostingFiles, JPEG } from '../helpers/media.ts';
import { followGuide, TEXT, isInstalled, titleOf } from './guide.ts';

const NAME = 'media-folder';

/** The folders of messages. */
const messagesIn = (folder: string): string[] => readdirSync(join(folder, 'media')).map((name) => `media/${name}`);

describe.skipIf(!isInstalled(NAME))(titleOf(NAME), () => {
  it('has commands that save the files of a message and print its words', async () => {
    const guide = followGuide(NAME);
    const server = await guide.startServer();
    expect(await guide.send(server).exited).toBe(0);
    const line = await server.line(/^MMS /);
    const [directory = ''] = messagesIn(guide.folder);
    expect(line).toBe(`MMS ${directory} 15550104477 ${TEXT}`);
    expect(directory).toMatch(/^media\/sha256-[0-9a-f]{64}$/);
    const message = join(guide.folder, directory);
    expect(readdirSync(message)).toEqual(['01.smil', '02.jpg', '03.txt', 'manifest.json', 'message.json']);
    expect(readFileSync(join(message, '02.jpg'))).toEqual(Buffer.from(JPEG));
    expect(readFileSync(join(message, '03.txt'), 'utf8')).toBe(TEXT);
    expect(JSON.parse(readFileSync(join(message, 'message.json'), 'utf8'))).toMatchObject({ kind: 'mms' });
    expect(await server.kill('SIGTERM')).toBe(0);
  });

  it('has a server that answers before it has the files, and then goes on after one that fails', async () => {
    const isAnswered = createGate();
    const host = await hostingFiles({
      '1.txt': (response) => isAnswered.opened.then(() => response.end('late')),
      '2.txt': (response) => response.writeHead(410).end(),
    });
    const guide = followGuide(NAME);
    const server = await guide.startServer();
    expect(await server.post([`${host}1.txt`, `${host}2.txt`], 'A')).toBe(200);
    expect(server.printed()).toBe('');
    isAnswered.open();
    expect(await server.line(/^MMS /)).toMatch(/ late$/);
    expect(await server.line(/deleted/)).toMatch(/^media\/sha256-[0-9a-f]{64} files\[1\] \(127\.0\.0\.1:\d+\): .*410/);
    expect(await server.post([`${host}1.txt`], 'B')).toBe(200);
    await until(() => server.printed().match(/^MMS .* late$/gm)?.[1]);
    expect(messagesIn(guide.folder)).toHaveLength(2);
  });

  it('has a server that fetches only the missing files when it saves a message again after a crash', async () => {
    const requests: string[] = [];
    const isRequested = createGate();
    const isRestarted = createGate();
    const host = await hostingFiles({
      '1.txt': (response) => {
        requests.push('1.txt');
        response.end('one');
      },
      '2.txt': (response) => {
        requests.push('2.txt');
        isRequested.open();
        return isRestarted.opened.then(() => response.end('two'));
      },
    });
    const files = [`${host}1.txt`, `${host}2.txt`];
    const guide = followGuide(NAME);
    const first = await guide.startServer();
    expect(await first.post(files)).toBe(200);
    await isRequested.opened;
    const [directory = ''] = messagesIn(guide.folder);
    const manifest = join(guide.folder, directory, 'manifest.json');
    await until(() => readFileSync(manifest, 'utf8').includes('01.txt') || undefined);
    await first.kill('SIGKILL');
    const second = await guide.startServer();
    isRestarted.open();
    expect(await second.post(files)).toBe(200);
    await second.line(/^MMS .* one$/);
    await second.line(/^two$/);
    expect(requests).toEqual(['1.txt', '2.txt', '2.txt']);
  });
});
