// What strangers may post to a receiver with default options, in a process with a small heap.

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bundle, single, smsFields } from '../helpers/documents.ts';
import { afterTest } from '../helpers/server.ts';

const MIB = 1024 * 1024;

// The goal is 250 ms; the rest is reserve for slow machines.
const LONGEST_TURN_MS = 500;
// The goal is 300 MiB.
const PEAK_MIB = 450;

const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data; boundary=b';
const XML = 'text/xml';

interface Body {
  readonly type: string;
  readonly body: Uint8Array;
  readonly coding?: 'gzip' | 'br';
}

interface Report {
  readonly longestTurnMs: number;
  readonly peakMiB: number;
}

/** Starts a receiver with a heap of this size. */
async function start(heapMiB: number): Promise<{
  post: (body: Body) => Promise<number>;
  report: () => Promise<Report>;
}> {
  const server: ChildProcess = fork(join(import.meta.dirname, 'server.js'), {
    execArgv: [`--max-old-space-size=${String(heapMiB)}`],
  });
  afterTest(() => {
    server.kill();
  });
  const [port] = (await once(server, 'message')) as [number];
  return {
    post: ({ type, body, coding }) =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': type, ...(coding === undefined ? {} : { 'content-encoding': coding }) };
        const sent = request({ port, method: 'POST', headers, agent: false }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        sent.on('error', reject).end(body);
      }),
    report: async () => {
      server.send('report');
      const [report] = (await once(server, 'message')) as [Report];
      return report;
    },
  };
}

const repeated = (start: string, unit: string, size: number, end = ''): Buffer =>
  Buffer.concat([Buffer.from(start), Buffer.alloc(size, unit), Buffer.from(end)]);

const good: Body = { type: XML, body: Buffer.from(single(smsFields('hi'))) };

const parts = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n';
const floods: [string, string, Buffer, number][] = [
  ['a form of fields named xml', FORM, repeated('', 'xml&', 6 * MIB), 400],
  ['a form of fields named xml with a value', FORM, repeated('', 'xml=<&', 6 * MIB), 400],
  ['a form of empty fields', FORM, repeated('', '&', 6 * MIB), 400],
  ['a form of fields', FORM, repeated('', 'a&', 6 * MIB), 400],
  ['a form of documents', FORM, repeated('', 'a=<&', 6 * MIB), 400],
  ['a form of escapes', FORM, repeated('xml=', '%20', 6 * MIB - 4), 413],
  ['multipart with many parts', MULTIPART, repeated('', parts, 6 * MIB - 99, '--b--'), 400],
  ['multipart with many empty parts', MULTIPART, repeated('', '--b\n', 6 * MIB - 99, '--b--'), 400],
  ['multipart with many headers', MULTIPART, repeated('--b\r\n', 'A: b\r\n', 6 * MIB - 99, '\r\n\r\n--b--'), 400],
  ['multipart with one part', MULTIPART, repeated('--b\r\n\r\n', '<', 6 * MIB - 99, '\r\n--b--'), 400],
  ['multipart without an end', MULTIPART, repeated('', 'a\n', 6 * MIB), 400],
  ['white space', XML, repeated('', ' ', 2 * MIB), 413],
  ['a document of elements', XML, repeated('<POSTBACK>', '<x/>', MIB - 99, '</POSTBACK>'), 400],
];

// The slowest ones that test/bench/slowest.js has found.
const slowBodies = JSON.parse(readFileSync(join(import.meta.dirname, 'slow-bodies.json'), 'utf8')) as readonly {
  readonly type: string;
  readonly start: string;
  readonly unit: readonly string[];
  readonly end: string;
  readonly encoding: 'utf8' | 'latin1';
}[];

describe.skipIf(process.platform !== 'linux')('a receiver with a heap of 256 MiB (skipped: VmHWM is of Linux)', () => {
  it.each(floods)('refuses %s, and answers the next request', async (_, type, body, status) => {
    const bodies: Body[] = [
      { type, body },
      { type, body: gzipSync(body), coding: 'gzip' },
      { type, body: brotliCompressSync(body), coding: 'br' },
    ];
    for (const flood of bodies) {
      const { post, report } = await start(256);
      expect(await post(good)).toBe(200);
      // What becomes 500 times larger is refused before it is looked at.
      expect([status, 413]).toContain(await post(flood));
      expect(await post(good)).toBe(200);
      const { longestTurnMs, peakMiB } = await report();
      expect(longestTurnMs).toBeLessThan(LONGEST_TURN_MS);
      expect(peakMiB).toBeLessThan(PEAK_MIB);
    }
  });

  it.each(slowBodies)(
    'answers a body for which it needs much time per byte, and then the next request: %#',
    async (slow) => {
      const { type, start: before, unit, end, encoding } = slow;
      const { post, report } = await start(256);
      const body = Buffer.concat([
        Buffer.from(before),
        Buffer.alloc(256 * 1024, Buffer.from(unit.join(''), encoding)),
        Buffer.from(end),
      ]);
      expect([200, 400]).toContain(await post({ type, body }));
      expect(await post(good)).toBe(200);
      const { longestTurnMs } = await report();
      expect(longestTurnMs).toBeLessThan(LONGEST_TURN_MS);
    },
  );

  it.each([
    ['errors in JSON', `[${'{},'.repeat(999)}{}]`, 400, [400, 503]],
    ['errors in XML', `<POSTBACK>${'<NOTIFICATION/>'.repeat(1000)}</POSTBACK>`, 200, [400, 503]],
    ['warnings', bundle(...Array.from({ length: 39 }, () => smsFields('&'.repeat(256)))), 400, [200, 503]],
    ['comments in a text', single(smsFields(`<3 ${'<!---->'.repeat(140_000)}`)), 40, [200, 400, 503]],
    ['other notifications', `[${'{"origin":"x"},'.repeat(999)}{"origin":"x"}]`, 100, [200, 503]],
  ])('answers many bodies at once: %s', { timeout: 60_000 }, async (_, document, count, expected) => {
    const { post, report } = await start(256);
    const body = { type: XML, body: Buffer.from(document) };
    const statuses = await Promise.all(Array.from({ length: count }, () => post(body)));
    expect(expected).toEqual(expect.arrayContaining(statuses));
    expect(await post(good)).toBe(200);
    const { longestTurnMs, peakMiB } = await report();
    expect(longestTurnMs).toBeLessThan(LONGEST_TURN_MS);
    expect(peakMiB).toBeLessThan(PEAK_MIB);
  });

  it.each([
    ['XML', XML],
    ['forms', FORM],
  ])('answers 500 compressed bodies at once: %s', { timeout: 60_000 }, async (_, type) => {
    const { post, report } = await start(256);
    const bombs = [
      { type, body: gzipSync(repeated('', ' ', 8 * MIB)), coding: 'gzip' },
      { type, body: brotliCompressSync(repeated('', ' ', 8 * MIB)), coding: 'br' },
    ] as const;
    const statuses = await Promise.all(Array.from({ length: 500 }, (__, n) => post(bombs[n % 2] ?? bombs[0])));
    expect([408, 413, 503]).toEqual(expect.arrayContaining(statuses));
    expect(await post(good)).toBe(200);
    const { peakMiB } = await report();
    expect(peakMiB).toBeLessThan(PEAK_MIB);
  });
});
