import { describe, expect, it, vi } from 'vitest';
import { fromWebStream } from '../../src/receive/body.ts';
import { readRequest } from '../../src/receive/read-request.ts';
import { createReceiver } from '../../src/receive/receive.ts';
import type { BodySource } from '../../src/receive/request.ts';
import { bundle, smsFields } from '../helpers/documents.ts';
import { callbacks, postbackRequest } from '../helpers/postback-request.ts';
import { sleep } from '../helpers/sleep.ts';

describe('readBytes', () => {
  it('stops reading a body that is too large, and ignores its further events', async () => {
    let stops = 0;
    const body: BodySource = ({ onChunk, onEnd, onLost }) => {
      queueMicrotask(() => {
        for (let n = 0; n < 3; n++) onChunk(new Uint8Array(600));
        onEnd();
        onLost('aborted');
      });
      return () => {
        stops++;
      };
    };
    await expect(
      readRequest(
        postbackRequest(() => body),
        { maxBytes: 1000 },
      ),
    ).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect(stops).toBe(1);
  });

  it('ignores an error of a web stream that is cancelled', async () => {
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(600));
      },
      cancel() {
        throw new Error('of the body');
      },
    });
    await expect(
      readRequest(
        postbackRequest(() => fromWebStream(stream)),
        { maxBytes: 1000 },
      ),
    ).rejects.toMatchObject({ code: 'TOO_LARGE' });
    // An unhandled rejection would fail the test run.
    await sleep(0);
  });

  it.each([
    ['aborted', { code: 'ABORTED', status: 499 }],
    ['already read', { code: 'BODY_ALREADY_READ', status: 500 }],
  ] as const)('rejects if the body is %s, and answers nobody if the client is gone', async (why, error) => {
    const body: BodySource = ({ onLost }) => {
      queueMicrotask(() => {
        onLost(why);
      });
      return () => undefined;
    };
    await expect(readRequest(postbackRequest(() => body))).rejects.toMatchObject(error);
    const answer = await createReceiver(callbacks).answer(postbackRequest(() => body));
    expect(answer?.status).toBe(why === 'aborted' ? undefined : 500);
  });

  it('rejects if a web stream contains something other than bytes', async () => {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(null as unknown as Uint8Array);
      },
    });
    await expect(readRequest(postbackRequest(() => fromWebStream(stream)))).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('joins chunks of any size', async () => {
    const bytes = new TextEncoder().encode(bundle(...Array.from({ length: 9 }, (_, n) => smsFields(String(n)))));
    for (const length of [1, 511, 512, 600]) {
      const body: BodySource = ({ onChunk, onEnd }) => {
        queueMicrotask(() => {
          for (let from = 0, n = 0; from < bytes.length; n++) {
            // Also a large chunk between small ones.
            const to = from + (n === 700 ? 800 : length);
            onChunk(bytes.subarray(from, to));
            from = to;
          }
          onEnd();
        });
        return () => undefined;
      };
      expect(await readRequest(postbackRequest(() => body))).toHaveLength(9);
    }
  });

  it.each([
    ['bodyTimeoutMs', { bodyTimeoutMs: 3000, ackTimeoutMs: 5000 }, 3000],
    ['ackTimeoutMs, if that is earlier', { bodyTimeoutMs: 7000, ackTimeoutMs: 6000 }, 6000],
    ['the defaults', {}, 5000],
  ])('ends when the time of %s is over, however often a chunk arrives', async (_, options, ms) => {
    // Not setImmediate, at which the timer is created.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
    try {
      let stops = 0;
      const body: BodySource = ({ onChunk }) => {
        const interval = setInterval(() => {
          onChunk(new Uint8Array(1));
        }, 100);
        return () => {
          stops++;
          clearInterval(interval);
        };
      };
      const readers = [
        createReceiver({ ...callbacks, ...options }).answer(postbackRequest(() => body)),
        ...('ackTimeoutMs' in options
          ? []
          : [
              readRequest(
                postbackRequest(() => body),
                options,
              ).catch((error: unknown) => (error as { code: string }).code),
            ]),
      ];
      // Until the end of the turn, when the timers are created.
      await new Promise(setImmediate);
      await vi.advanceTimersByTimeAsync(ms - 1);
      expect(stops).toBe(0);
      await vi.advanceTimersByTimeAsync(1);
      expect(stops).toBe(readers.length);
      const [answer, code] = await Promise.all(readers);
      expect(answer).toMatchObject({ status: 408, body: 'BODY_TIMEOUT' });
      if (code !== undefined) expect(code).toBe('BODY_TIMEOUT');
    } finally {
      vi.useRealTimers();
    }
  });

  it('answers 408 if the body is not complete by ackTimeoutMs, which is before bodyTimeoutMs', async () => {
    const body: BodySource = () => () => undefined;
    expect(await createReceiver({ ...callbacks, ackTimeoutMs: 20 }).answer(postbackRequest(() => body))).toMatchObject({
      status: 408,
    });
  });
});
