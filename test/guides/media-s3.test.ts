// Follows docs/guides/media-s3.md with fauxqs 1, an S3 server from npm. It can abort a multipart upload (s3rver, which is
// better known, answers 405), refuses parts of less than 5 MiB and runs on Node.js 20. What it does not have cannot be
// tested: it checks neither credentials nor signatures nor checksums, has no permissions, versions or lifecycle rules,
// does not list unfinished uploads, and keeps everything in its memory.

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, request as requestTo } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from '../helpers/command.ts';
import { freePort } from '../helpers/free-port.ts';
import { createGate } from '../helpers/gate.ts';
import { hosting, hostingFiles, JPEG } from '../helpers/media.ts';
import { listening } from '../helpers/server.ts';
import { followGuide, TEXT, isInstalled, isReachable, titleOf } from './guide.ts';
import type { Server } from './guide.ts';

const NAME = 'media-s3';
const PART_BYTES = 5 * 1024 * 1024;
const FOLDER = /sha256-[0-9a-f]{64}/;

/** The server of the guide, and the storage that it uploads to. */
interface Followed extends Server {
  readonly send: () => Promise<number | null>;
  readonly restart: () => Promise<Server>;
  readonly stopStorage: () => Promise<unknown>;
  /** The keys of all objects, with `FOLDER` for the key of the message. */
  readonly keys: () => Promise<string[]>;
  /** The object with a key that ends so. */
  readonly object: (end: string) => Promise<Response>;
  /** The requests that the storage has answered with 2xx, for example `PUT /mms/FOLDER/0?partNumber=1`. */
  readonly requests: readonly string[];
}

async function follow(): Promise<Followed> {
  const guide = followGuide(NAME);
  const port = await freePort();
  const storage = guide.start('npx fauxqs', {}, { FAUXQS_PORT: String(port) });
  await isReachable(`http://127.0.0.1:${String(port)}/`, storage);
  const requests: string[] = [];
  const recording = await listening(
    createServer((request, response) => {
      forward(request, response, port, (answered) => requests.push(answered));
    }),
  );
  const restart = (): Promise<Server> => guide.startServer({ 4566: String(recording) });
  const server = await restart();
  const bucket = `http://127.0.0.1:${String(port)}/mms`;
  const allKeys = async (): Promise<string[]> =>
    Array.from((await (await fetch(bucket)).text()).matchAll(/<Key>(.*?)<\/Key>/g), ([, key = '']) => key);
  return {
    ...server,
    async send() {
      const media = String(await freePort());
      mkdirSync(join(guide.folder, 'pictures'));
      writeFileSync(join(guide.folder, 'pictures/cat.jpg'), JPEG);
      writeFileSync(join(guide.folder, 'pictures/hello.txt'), TEXT);
      await guide.start('serve-media', { 8081: media }).line(/Serving pictures on /);
      return guide.send(server, { 8081: media }).exited;
    },
    restart,
    stopStorage: () => storage.kill('SIGKILL'),
    keys: async () => (await allKeys()).map((key) => key.replace(FOLDER, 'FOLDER')).sort(),
    object: async (end) => {
      const key = (await allKeys()).find((each) => each.endsWith(end));
      return fetch(`${bucket}/${String(key)}`);
    },
    requests,
  };
}

/** Passes a request on to a port, and its answer back. */
function forward(
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
  onAnswer: (answered: string) => void,
): void {
  const { method, url, headers } = request;
  const forwarded = requestTo({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    answer.once('end', () => {
      if (Number(answer.statusCode) < 300) onAnswer(`${String(method)} ${withoutIds(String(url))}`);
    });
    response.writeHead(Number(answer.statusCode), answer.headers);
    answer.pipe(response);
  });
  forwarded.on('error', () => response.destroy());
  request.pipe(forwarded);
}

/** `/mms/FOLDER/0?partNumber=1`, or `/mms/FOLDER/0?uploadId`. */
function withoutIds(url: string): string {
  const { pathname, searchParams } = new URL(url, 'http://storage');
  const [query] = [...searchParams].filter(([name]) => ['partNumber', 'uploads', 'uploadId'].includes(name)).sort();
  const [name = '', value = ''] = query ?? [];
  return `${pathname.replace(FOLDER, 'FOLDER')}${name && '?'}${name}${name === 'partNumber' ? `=${value}` : ''}`;
}

describe.skipIf(!isInstalled(NAME))(titleOf(NAME), () => {
  it('has commands that upload the files of a message and print its words', async () => {
    const followed = await follow();
    expect(await followed.send()).toBe(0);
    expect(await followed.line(/^MMS /)).toMatch(new RegExp(`^MMS ${FOLDER.source} 15550104477 ${TEXT}$`));
    expect(await followed.keys()).toEqual(['FOLDER/0', 'FOLDER/1', 'FOLDER/message.json']);
    const picture = await followed.object('/0');
    expect(picture.headers.get('content-type')).toBe('application/octet-stream');
    expect(Buffer.from(await picture.arrayBuffer())).toEqual(Buffer.from(JPEG));
    expect(await (await followed.object('/1')).text()).toBe(TEXT);
    expect(await (await followed.object('.json')).json()).toMatchObject({ kind: 'mms', from: '15550104477' });
    expect(await followed.kill('SIGTERM')).toBe(0);
  });

  it('has a server that answers when the message is stored, and does not wait for its files', async () => {
    const isAnswered = createGate();
    const host = await hostingFiles({ '1.txt': (response) => isAnswered.opened.then(() => response.end('late')) });
    const followed = await follow();
    expect(await followed.post([`${host}1.txt`])).toBe(200);
    expect(await followed.keys()).toEqual(['FOLDER/message.json']);
    isAnswered.open();
    await followed.line(/^MMS .* late$/);
    expect(await followed.keys()).toEqual(['FOLDER/0', 'FOLDER/message.json']);
  });

  it('has a server that replaces the objects if a message arrives again after a restart', async () => {
    let requests = 0;
    const host = await hosting((_, response) => response.end(`request ${String(++requests)}`));
    const followed = await follow();
    expect(await followed.post([host])).toBe(200);
    await followed.line(/^MMS /);
    const before = await (await followed.object('/0')).text();
    await followed.kill('SIGKILL');
    const restarted = await followed.restart();
    expect(await restarted.post([host])).toBe(200);
    await restarted.line(/^MMS /);
    expect(await (await followed.object('/0')).text()).not.toBe(before);
    expect(await followed.keys()).toEqual(['FOLDER/0', 'FOLDER/message.json']);
  });

  it('has a server that uploads parts of a large file before the content host has sent all of it', async () => {
    const parts = Array.from({ length: 6 }, (_, n) => Buffer.alloc(PART_BYTES, n + 1));
    const followed = await follow();
    const host = await hostingFiles({
      large: async (response) => {
        for (const [n, part] of parts.entries()) {
          // The two parts before may be on their way. All earlier ones must have arrived.
          await until(
            () => n < 3 || followed.requests.includes(`PUT /mms/FOLDER/0?partNumber=${String(n - 2)}`) || undefined,
          );
          response.write(part);
        }
        response.end();
      },
    });
    expect(await followed.post([`${host}large`])).toBe(200);
    await followed.line(/^MMS /);
    const uploads = [
      'POST /mms/FOLDER/0?uploads',
      ...parts.map((_, n) => `PUT /mms/FOLDER/0?partNumber=${String(n + 1)}`),
    ];
    const requests = followed.requests.filter((request) => request.includes('/0?'));
    expect(requests).toEqual([...uploads, 'POST /mms/FOLDER/0?uploadId']);
    const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
    const object = new Uint8Array(await (await followed.object('/0')).arrayBuffer());
    expect(digest(object)).toBe(digest(Buffer.concat(parts)));
  });

  it('has a server that leaves no object of a file that fails in the middle, and uploads the others', async () => {
    const followed = await follow();
    const host = await hostingFiles({
      cut: async (response) => {
        response.write(Buffer.alloc(3 * PART_BYTES, 1));
        await until(() => followed.requests.includes('PUT /mms/FOLDER/0?partNumber=1') || undefined);
        response.destroy();
      },
      'small.txt': 'I am here',
    });
    expect(await followed.post([`${host}cut`, `${host}small.txt`])).toBe(200);
    await followed.line(/^MMS .* I am here$/);
    expect(await followed.line(/\/0 files/)).toMatch(/^sha256-\w+\/0 files\[0\] \(127\.0\.0\.1:\d+\): /);
    expect(followed.requests).toContain('DELETE /mms/FOLDER/0?uploadId');
    expect(followed.requests).not.toContain('POST /mms/FOLDER/0?uploadId');
    expect(await followed.keys()).toEqual(['FOLDER/1', 'FOLDER/message.json']);
  });

  it('has a server that answers 500 if the storage does not take the message', async () => {
    const followed = await follow();
    await followed.stopStorage();
    expect(await followed.post(['https://content.example.com/1.jpg'])).toBe(500);
  });
});
