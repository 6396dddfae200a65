// Requests of the Fetch API.

import { describe, expect, it } from 'vitest';
import { createHandler, readPostback } from '../../src/use/fetch.ts';
import { single, smsFields, XML } from '../helpers/documents.ts';
import { recording } from '../helpers/recording.ts';
import { sleep } from '../helpers/sleep.ts';

const xml = single(smsFields('hi é'));

describe('the Fetch API', () => {
  const request = (): Request => new Request('http://a/', { method: 'POST', headers: XML, body: xml });

  it('answers 500 if other code has read the body, or is reading it', async () => {
    const { recorded, options } = recording();
    const handler = createHandler(options);
    const used = request();
    await used.text();
    const locked = request();
    locked.body?.getReader();
    const lockedSmall = new Request('http://a/', {
      method: 'POST',
      headers: { ...XML, 'content-length': String(xml.length) },
      body: xml,
    });
    lockedSmall.body?.getReader();
    for (const read of [used, locked, lockedSmall]) {
      const response = await handler(read);
      expect([response.status, await response.text()]).toEqual([500, 'BODY_ALREADY_READ']);
    }
    expect(recorded.messages).toHaveLength(3);
  });

  it('answers without a Content-Type if the answer has no body', async () => {
    const response = await createHandler(recording().options)(request());
    expect([response.status, [...response.headers]]).toEqual([200, []]);
  });

  it('calls waitUntil as a method of the platform object', async () => {
    class Platform {
      readonly #works: Promise<unknown>[] = [];
      waitUntil(work: Promise<unknown>): void {
        this.#works.push(work);
      }
      get count(): number {
        return this.#works.length;
      }
    }
    const platform = new Platform();
    const handler = createHandler({
      onMms: () => undefined,
      onSms: () => sleep(60),
      ackTimeoutMs: 10,
    });
    expect([(await handler(request(), platform)).status, platform.count]).toEqual([503, 1]);
    await handler.drain(5000);
  });

  it.each([undefined, null, {}])('rejects with a TypeError if the argument is not a Request: %j', async (wrong) => {
    await expect(createHandler(recording().options)(wrong as never)).rejects.toThrow(
      new TypeError('request: expected a Request of the Fetch API (in Hono, context.req.raw)'),
    );
  });

  it.each([
    ['http://a', '/'],
    ['https://a.example:8080/b/c?d=http://e/f#gh', '/b/c?d=http://e/f'],
    ['http://a?b#c#d', '/?b'],
  ])('passes path and query of %s to authorize', async (url, expected) => {
    const urls: string[] = [];
    const handler = createHandler({ ...recording().options, authorize: (head) => urls.push(head.url) < 0 });
    await handler(new Request(url, { method: 'POST', body: xml }));
    expect(urls).toEqual([expected]);
  });

  it('answers 413 to a body that is larger than its Content-Length and maxBytes', async () => {
    const { options } = recording();
    const lying = new Request('http://a/', { method: 'POST', headers: { ...XML, 'content-length': '10' }, body: xml });
    const response = await createHandler({ ...options, maxBytes: 100 })(lying);
    expect([response.status, await response.text()]).toEqual([413, 'TOO_LARGE']);
  });

  it('cancels a body that it does not read completely', async () => {
    const { options } = recording();
    let isCancelled = false;
    const endless = new ReadableStream({
      cancel: () => {
        isCancelled = true;
      },
    });
    const init = { method: 'POST', headers: XML, body: endless, duplex: 'half' };
    const response = await createHandler({ ...options, bodyTimeoutMs: 20 })(new Request('http://a/', init));
    expect([response.status, isCancelled]).toEqual([408, true]);
  });

  it('stops reading a long body that is too large, whatever its Content-Length says', async () => {
    const { options } = recording();
    for (const length of [undefined, 65_537]) {
      let pulls = 0;
      let isCancelled = false;
      const endless = new ReadableStream({
        pull(controller) {
          pulls++;
          controller.enqueue(new Uint8Array(10_000));
        },
        cancel: () => {
          isCancelled = true;
        },
      });
      const headers = length === undefined ? XML : { ...XML, 'content-length': String(length) };
      const init = { method: 'POST', headers, body: endless, duplex: 'half' };
      const response = await createHandler({ ...options, maxBytes: 70_000 })(new Request('http://a/', init));
      expect([response.status, isCancelled]).toEqual([413, true]);
      expect(pulls).toBeLessThan(10);
    }
  });

  it('returns 499 if the client is gone', async () => {
    const { options } = recording();
    const failing = new ReadableStream({
      pull: () => {
        throw new Error('gone');
      },
    });
    const init = { method: 'POST', headers: XML, body: failing, duplex: 'half' };
    expect((await createHandler(options)(new Request('http://a/', init))).status).toBe(499);
  });

  it('answers 400 to a request without a body', async () => {
    const { options } = recording();
    expect(await (await createHandler(options)(new Request('http://a/', { method: 'POST' }))).text()).toBe('EMPTY');
  });

  it('reads with readPostback, and has drain', async () => {
    expect(await readPostback(request())).toMatchObject([{ success: true }]);
    expect(await createHandler(recording().options).drain(0)).toEqual({ pendingRequests: 0, runningCallbacks: 0 });
  });
});
