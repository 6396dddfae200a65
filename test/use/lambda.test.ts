// Events of AWS Lambda.

import { describe, expect, it } from 'vitest';
import { createHandler, readPostback } from '../../src/use/lambda.ts';
import { single, smsFields } from '../helpers/documents.ts';
import { recording } from '../helpers/recording.ts';
import { sleep } from '../helpers/sleep.ts';

const xml = single(smsFields('hi é'));

describe('Lambda', () => {
  const event = { httpMethod: 'POST', path: '/p', headers: { 'Content-Type': 'text/xml' }, body: xml };

  it('reads a body that is text or Base64', async () => {
    expect(await readPostback(event)).toMatchObject([{ data: { text: 'hi é' } }]);
    const body = Buffer.from(xml).toString('base64');
    expect(await readPostback({ ...event, body, isBase64Encoded: true })).toMatchObject([{ data: { text: 'hi é' } }]);
  });

  it('rejects invalid Base64 with BODY_ALREADY_READ, and no body with EMPTY', async () => {
    await expect(readPostback({ ...event, body: '!', isBase64Encoded: true })).rejects.toMatchObject({
      code: 'BODY_ALREADY_READ',
    });
    await expect(readPostback({ ...event, body: null, isBase64Encoded: true })).rejects.toMatchObject({
      code: 'EMPTY',
    });
    await expect(readPostback({ ...event, body: null })).rejects.toMatchObject({ code: 'EMPTY' });
  });

  it.each<[object, unknown]>([
    [
      {
        httpMethod: 'POST',
        path: '/p',
        multiValueQueryStringParameters: { a: ['1', '2 3'] },
        queryStringParameters: { a: '2 3' },
      },
      { url: '/p?a=1&a=2+3', remoteAddress: undefined },
    ],
    [
      {
        httpMethod: 'POST',
        path: '/p',
        queryStringParameters: { a: '1', b: undefined },
        requestContext: { identity: { sourceIp: '::1' } },
      },
      { url: '/p?a=1&b=', remoteAddress: '::1' },
    ],
    [
      {
        httpMethod: 'POST',
        path: '/p',
        queryStringParameters: null,
        multiValueQueryStringParameters: { a: undefined },
        requestContext: { identity: { sourceIp: null } },
      },
      { url: '/p', remoteAddress: undefined },
    ],
    [
      { httpMethod: 'POST', multiValueHeaders: { A: ['1', '2'], B: undefined } },
      { url: '', headers: { a: '1, 2', b: undefined } },
    ],
    [
      { rawPath: '/p', rawQueryString: 'a=%20', requestContext: { http: { method: 'POST', sourceIp: '::1' } } },
      { url: '/p?a=%20', remoteAddress: '::1', method: 'POST' },
    ],
    [
      { rawPath: '/p', rawQueryString: '', requestContext: { http: { method: 'POST' } } },
      { url: '/p', remoteAddress: undefined },
    ],
  ])('passes URL, headers and address of the event %j to authorize', async (from, wanted) => {
    const heads: unknown[] = [];
    const handler = createHandler({ ...recording().options, authorize: (head) => heads.push(head) < 0 });
    expect(await handler(from)).toMatchObject({ statusCode: 401, body: 'UNAUTHORIZED', isBase64Encoded: false });
    expect(heads).toMatchObject([wanted]);
    expect(await handler({}, {})).toMatchObject({ statusCode: 405 });
  });

  it('passes work that continues after the answer to waitUntil of the context', async () => {
    const given: Promise<unknown>[] = [];
    const context = {
      given,
      waitUntil(work: Promise<unknown>) {
        this.given.push(work);
      },
    };
    const handler = createHandler({
      ...recording().options,
      ackTimeoutMs: 10,
      onSms: () => sleep(50),
    });
    expect(await handler(event, context)).toMatchObject({ statusCode: 503 });
    expect(given).toHaveLength(1);
    expect(await handler.drain(1000)).toEqual({ pendingRequests: 0, runningCallbacks: 0 });
  });

  describe('behind an Application Load Balancer', () => {
    const body = single(smsFields('hi \uFFFD'));
    const event = {
      requestContext: { elb: { targetGroupArn: 'arn' } },
      httpMethod: 'POST',
      path: '/postback',
      isBase64Encoded: false,
      body,
    };

    it('reads an event with single headers and an encoded query', async () => {
      const urls: string[] = [];
      const { recorded, options } = recording();
      const authorize = ({ url }: { readonly url: string }): boolean => urls.push(url) > 0;
      const query = { queryStringParameters: { secret: 'a%2Fb', b: 'c' }, headers: { 'content-type': 'text/xml' } };
      const answer = await createHandler({ ...options, authorize })({ ...event, ...query });
      expect(answer).toEqual({ statusCode: 200, headers: {}, body: '', isBase64Encoded: false });
      expect(urls).toEqual(['/postback?secret=a%2Fb&b=c']);
      // The platform has decoded the text, so this U+FFFD is what was sent.
      expect(recorded.texts).toEqual(['hi \uFFFD']);
    });

    it('answers with multi-value headers if the event has them', async () => {
      const { options } = recording();
      const multi = {
        multiValueHeaders: { 'content-type': ['text/xml'] },
        multiValueQueryStringParameters: { a: ['1', '2'] },
      };
      expect(await createHandler(options)({ ...event, ...multi, body: '<html>' })).toEqual({
        statusCode: 400,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        multiValueHeaders: { 'content-type': ['text/plain; charset=utf-8'] },
        body: 'NOT_A_POSTBACK',
        isBase64Encoded: false,
      });
    });
  });
});
