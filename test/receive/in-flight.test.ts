import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { readBytes } from '../../src/receive/body.ts';
import { now } from '../../src/receive/deadline.ts';
import { InFlight } from '../../src/receive/in-flight.ts';
import { createReceiver } from '../../src/receive/receive.ts';
import type { BodySource, PostbackRequest } from '../../src/receive/request.ts';
import { inTurn } from '../../src/receive/turns.ts';
import { BAD_FIELDS, bundle, single, smsFields, smsWithTime, UNREADABLE_TIME } from '../helpers/documents.ts';
import { alreadyRead, callbacks, postbackRequest } from '../helpers/postback-request.ts';

describe('maxInFlightBytes', () => {
  const xml = single(smsFields('hi é'));

  it('counts a body that was read before for maxInFlightBytes', async () => {
    expect(
      await createReceiver({ ...callbacks, maxInFlightBytes: 10 }).answer(postbackRequest(alreadyRead(xml))),
    ).toMatchObject({
      status: 503,
      body: 'OVERLOADED',
    });
  });

  it('counts a decompressed body, while it is decompressed, until its request is done', async () => {
    const receiver = createReceiver({ ...callbacks, maxInFlightBytes: 100_000 });
    const gzipped = (text: string): PostbackRequest =>
      postbackRequest(alreadyRead(gzipSync(text)), { 'content-encoding': 'gzip' });
    // A body that would be too large is not decompressed to its end.
    const counted = vi.spyOn(InFlight.prototype, 'addBytes');
    expect(await receiver.answer(gzipped(xml + ' '.repeat(1_000_000)))).toMatchObject({
      status: 503,
      body: 'OVERLOADED',
    });
    const bytes = counted.mock.calls.reduce((sum, [length]) => sum + length, 0);
    expect(bytes).toBeLessThan(200_000);
    counted.mockRestore();
    for (let n = 0; n < 2; n++)
      expect(await receiver.answer(gzipped(xml + ' '.repeat(90_000)))).toMatchObject({ status: 200 });
  });

  it('counts the memory of unknown elements and attributes, which take much more than their bytes', async () => {
    const receiver = createReceiver({ ...callbacks, maxInFlightBytes: 50_000 });
    const post = (elements: string): Promise<unknown> =>
      receiver.answer(postbackRequest(alreadyRead(bundle(`${smsFields('a')}${elements}`, smsFields('b')))));
    expect(await post('<x/>'.repeat(100))).toMatchObject({ status: 200 });
    for (const elements of ['<x/>'.repeat(200), `<x>${'<y/>'.repeat(200)}</x>`, '<x a="" b="" c=""/>'.repeat(60)])
      expect(await post(elements)).toMatchObject({ status: 503, body: 'OVERLOADED' });
    const other = `<POSTBACK><ORIGIN>A</ORIGIN>${'<x/>'.repeat(200)}</POSTBACK>`;
    expect(await receiver.answer(postbackRequest(alreadyRead(other)))).toMatchObject({ status: 503 });
  });

  it.each<[string, string, number]>([
    ['warnings', smsWithTime(UNREADABLE_TIME), 150],
    ['errors', BAD_FIELDS, 40],
  ])('counts the memory of %s', async (_, fields, count) => {
    const receiver = createReceiver({ ...callbacks, onReject: () => 'accepted', maxInFlightBytes: 120_000 });
    const post = (length: number): Promise<unknown> =>
      receiver.answer(postbackRequest(alreadyRead(bundle(...Array.from({ length }, () => fields)))));
    expect(await post(count)).toMatchObject({ status: 200 });
    expect(await post(2 * count)).toMatchObject({ status: 503, body: 'OVERLOADED' });
  });

  it('counts a body that is refused until its request is done', async () => {
    const answers: unknown[] = [];
    const body = `<html>${' '.repeat(90_000)}</html>`;
    const receiver = createReceiver({
      ...callbacks,
      maxInFlightBytes: 100_000,
      async onReject() {
        answers.push(await receiver.answer(postbackRequest(alreadyRead(body))));
      },
    });
    answers.push(await receiver.answer(postbackRequest(alreadyRead(body))));
    expect(answers).toMatchObject([{ status: 503 }, { status: 400 }]);
  });

  it('admits a body of exactly that size, and meanwhile no other request', async () => {
    const answers: unknown[] = [];
    const body = new TextEncoder().encode(xml);
    const receiver = createReceiver({
      ...callbacks,
      maxInFlightBytes: body.length,
      async onSms() {
        answers.push(await receiver.answer(postbackRequest(alreadyRead(''))));
      },
    });
    answers.push(await receiver.answer(postbackRequest(alreadyRead(body))));
    expect(answers).toMatchObject([{ status: 503 }, { status: 200 }]);
  });

  it('counts what was decompressed no more when it is refused', async () => {
    const answers: unknown[] = [];
    let rejections = 0;
    const xmlOf90kB = gzipSync(`<html>${' '.repeat(90_000)}</html>`);
    const receiver = createReceiver({
      ...callbacks,
      maxInFlightBytes: 100_000,
      // The first request is not answered yet.
      async onReject() {
        if (++rejections === 1) answers.push(await receiver.answer(request()));
      },
    });
    const request = (): PostbackRequest => postbackRequest(alreadyRead(xmlOf90kB), { 'content-encoding': 'gzip' });
    answers.push(await receiver.answer(request()));
    expect(answers).toMatchObject([{ status: 400 }, { status: 400 }]);
  });
});

describe('bodies that are decompressed', () => {
  it('leave their place when their deadline comes, also while they wait', async () => {
    const started: string[] = [];
    const read = (name: string, ms: number): Promise<Uint8Array> => {
      const source: BodySource = ({ onEnd }) => {
        started.push(name);
        const timer = name.startsWith('slow') ? undefined : setTimeout(onEnd);
        return () => {
          clearTimeout(timer);
        };
      };
      return readBytes(inTurn(source), 10, { maxBytes: 10, bodyUntil: now() + ms });
    };
    const slow = ['slow 1', 'slow 2', 'slow 3', 'slow 4'].map((name) => read(name, 40));
    const waiting = [read('a', 5000), read('b', 10), read('c', 5000)];
    const results = await Promise.allSettled([...slow, ...waiting]);
    expect(results.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 4 }, () => 'rejected'),
      ...['fulfilled', 'rejected', 'fulfilled'],
    ]);
    expect(started.slice(4)).toEqual(['c', 'a']);
  });

  it('are decompressed in turn, within their deadline', async () => {
    const running: (() => void)[] = [];
    const source: BodySource = ({ onEnd }) => {
      running.push(onEnd);
      return () => undefined;
    };
    const read = (ms: number): Promise<Uint8Array> =>
      readBytes(inTurn(source), 10, { maxBytes: 10, bodyUntil: now() + ms });
    const first = Array.from({ length: 4 }, () => read(60_000));
    const late = read(10);
    const fifth = read(60_000);
    expect(running).toHaveLength(4);
    await expect(late).rejects.toMatchObject({ code: 'BODY_TIMEOUT' });
    running[1]?.();
    expect(running).toHaveLength(5);
    for (const end of running) end();
    expect(await Promise.all([...first, fifth])).toHaveLength(5);
    // The one that came too late has left the queue.
    expect(running).toHaveLength(5);
    // The last one that waits comes first.
    const turns: string[] = [];
    const waiting = ['a', 'b', 'c', 'd', 'older', 'newer'].map((name) => {
      const named: BodySource = ({ onEnd }) => {
        turns.push(name);
        running.push(onEnd);
        return () => undefined;
      };
      return readBytes(inTurn(named), 10, { maxBytes: 10, bodyUntil: now() + 60_000 });
    });
    running.at(-1)?.();
    expect(turns.slice(4)).toEqual(['newer']);
    for (const end of running.slice(-5)) end();
    for (const end of running.slice(-1)) end();
    await Promise.all(waiting);
    const broken: BodySource = () => {
      throw new Error('no memory');
    };
    for (let n = 0; n < 5; n++)
      await expect(readBytes(inTurn(broken), 10, { maxBytes: 10, bodyUntil: Infinity })).rejects.toMatchObject({
        code: 'ABORTED',
      });
    // All turns are free again, also after a body that was lost or stopped.
    const lost: BodySource = ({ onLost }) => {
      queueMicrotask(() => {
        onLost('aborted');
      });
      return () => undefined;
    };
    for (let n = 0; n < 5; n++)
      await expect(readBytes(inTurn(lost), 10, { maxBytes: 10, bodyUntil: Infinity })).rejects.toMatchObject({
        code: 'ABORTED',
      });
    for (let n = 0; n < 5; n++) await expect(read(10)).rejects.toMatchObject({ code: 'BODY_TIMEOUT' });
    const last = read(60_000);
    running.at(-1)?.();
    expect(await last).toHaveLength(0);
  });
});
