// Body parsers that ran before the receiver, the real ones: what they leave whole is read, and of the rest it is said what
// to do. It never hangs.

import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import extendWithXml from 'body-parser-xml';
import express5 from 'express';
import expressXml from 'express-xml-bodyparser';
import express4 from 'express4';
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import Koa from 'koa';
import { koaBody } from 'koa-body';
import koaBodyparser from 'koa-bodyparser';
import { afterEach, describe, expect, it } from 'vitest';
import { createHandler as createExpressHandler, readPostback as readExpress } from '../../src/use/express.ts';
import { createHandler as createFastifyHandler, readPostback as readFastify } from '../../src/use/fastify.ts';
import { createHandler as createFetchHandler, readPostback as readFetch } from '../../src/use/fetch.ts';
import { createHandler as createKoaHandler, readPostback as readKoa } from '../../src/use/koa.ts';
import { createHandler as createLambdaHandler, readPostback as readLambda } from '../../src/use/lambda.ts';
import { bundle, jsonSms, single, smsFields } from '../helpers/documents.ts';

const xml = single(smsFields('hi é'));
const form = `xml=${encodeURIComponent(xml)}`;
const LONG = bundle(...Array.from({ length: 300 }, (_, n) => smsFields(`${String(n)} ${'a long text '.repeat(60)}`)));

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Seen {
  texts: string[];
  messages: string[];
}
const noting = (): {
  seen: Seen;
  options: {
    onSms: (sms: { text: string }) => void;
    onMms: () => void;
    onReject: (rejection: { errors: readonly Error[] }) => void;
  };
} => {
  const seen: Seen = { texts: [], messages: [] };
  return {
    seen,
    options: {
      onSms: ({ text }) => void seen.texts.push(text),
      onMms: () => undefined,
      onReject: ({ errors }) => void seen.messages.push(...errors.map(({ message }) => message)),
    },
  };
};

async function post(
  listener: RequestListener,
  body: BodyInit,
  headers: Record<string, string>,
): Promise<[number, string]> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  const init = { method: 'POST', headers, body, duplex: 'half' };
  const response = await fetch(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`, init);
  return [response.status, await response.text()];
}

const XML = { 'content-type': 'application/xml' };
const json = jsonSms('hi é');
const JSON_TYPE = { 'content-type': 'application/json' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const any = { type: () => true, limit: '1mb' };

describe.each([
  ['Express 5', express5],
  ['Express 4', express4],
])('%s', (_, express) => {
  const through = async (parsers: unknown[], body: BodyInit, headers: Record<string, string> = XML) => {
    const { seen, options } = noting();
    const app = express();
    for (const parser of parsers) app.use(parser as express5.RequestHandler);
    app.all('/', createExpressHandler(options));
    return { answer: await post(app as RequestListener, body, headers), ...seen };
  };

  it.each<[string, () => unknown, string, Record<string, string>]>([
    ['express.text', () => express.text(any), xml, XML],
    ['express.raw', () => express.raw(any), xml, XML],
    ['express.raw, of a form', () => express.raw(any), form, FORM],
    ['express.text, of a form', () => express.text(any), form, FORM],
    ['express.urlencoded, of a form', () => express.urlencoded({ extended: true }), form, FORM],
    ['express.json, of JSON', () => express.json(), json, JSON_TYPE],
    ['express.json, of a list', () => express.json(), `[${json}]`, JSON_TYPE],
    ['express.text, of JSON', () => express.text(any), json, JSON_TYPE],
    [
      'express.text, of JSON with a U+FFFD of its own',
      () => express.text(any),
      `${json.slice(0, -1)},"a":"\uFFFD"}`,
      JSON_TYPE,
    ],
    ['express.json, which leaves it alone', () => express.json(), xml, XML],
    ['express.urlencoded, which leaves it alone', () => express.urlencoded({ extended: false }), xml, XML],
  ])('reads what %s has left', async (_name, parser, body, headers) => {
    expect(await through([parser()], body, headers)).toEqual({ answer: [200, ''], texts: ['hi é'], messages: [] });
  });

  it.each<[string, () => unknown, Record<string, string>]>([
    ['express.text', () => express.text(any), XML],
    ['express.raw', () => express.raw(any), XML],
    ['express.json', () => express.json(), JSON_TYPE],
    ['express.urlencoded', () => express.urlencoded({ extended: true }), FORM],
    ['express-xml-bodyparser', () => expressXml(), XML],
  ])('answers 400 to an empty body that %s has read', async (_name, parser, headers) => {
    for (const body of ['', new Blob([]).stream()])
      expect((await through([parser()], body, headers)).answer).toEqual([400, 'EMPTY']);
  });

  it('reads what express.text has unpacked of JSON', async () => {
    expect(
      await through([express.text(any)], new Uint8Array(gzipSync(json)), { ...JSON_TYPE, 'content-encoding': 'gzip' }),
    ).toEqual({ answer: [200, ''], texts: ['hi é'], messages: [] });
  });

  it('lets nobody write a message within a message that is labelled a form', async () => {
    const forged = xml.replace('hi é', `hi &xml=${encodeURIComponent(xml.replace('hi é', 'forged'))}&`);
    expect(await through([express.urlencoded({ extended: true })], forged, FORM)).toMatchObject({
      answer: [500, 'BODY_ALREADY_READ'],
      texts: [],
    });
  });

  it('does not take digits for a number that express.json has lost', async () => {
    const { answer, messages } = await through(
      [express.json()],
      json.replace('"86717"', '12345678901234567890'),
      JSON_TYPE,
    );
    expect(answer).toEqual([400, 'INVALID_FIELD']);
    expect(messages[0]).toMatch(/^to is a number/);
  });

  it('says that a JSON parser has made what is no JSON', async () => {
    const { answer, messages } = await through(
      [express.json({ reviver: (_, value: unknown) => (value === '86717' ? 86717n : value) })],
      json,
      JSON_TYPE,
    );
    expect(answer).toEqual([500, 'BODY_ALREADY_READ']);
    expect(messages).toEqual([
      'A JSON parser read the body, and its result cannot be written as JSON. Expected the receiver to run before it, or the parser to skip this path.',
    ]);
  });

  it('reads what express.raw has unpacked', async () => {
    expect(
      await through([express.raw(any)], new Uint8Array(gzipSync(xml)), { ...XML, 'content-encoding': 'gzip' }),
    ).toMatchObject({ answer: [200, ''], texts: ['hi é'] });
  });

  it('reads a bundle of 300 long texts that express.text was given the room for', async () => {
    expect(LONG.length).toBeGreaterThan(200_000);
    expect((await through([express.text(any)], LONG)).texts).toHaveLength(300);
  });

  it('reads the text that express-xml-bodyparser keeps', async () => {
    expect(await through([expressXml()], xml)).toEqual({ answer: [200, ''], texts: ['hi é'], messages: [] });
  });

  it('says that body-parser-xml has taken it apart, and what to do', async () => {
    const bodyParser: { text: unknown; xml?: () => unknown } = { text: express.text };
    extendWithXml(bodyParser);
    const { answer, messages, texts } = await through([bodyParser.xml?.()], xml);
    expect([answer, texts]).toEqual([[500, 'BODY_ALREADY_READ'], []]);
    expect(messages).toEqual([
      'An XML parser (such as body-parser-xml or express-xml-bodyparser) read the body, and the document is lost. Expected the receiver to run before it, or the parser to skip this path.',
    ]);
  });

  it('says that express.urlencoded has taken apart what was no form', async () => {
    const { answer, messages } = await through([express.urlencoded({ extended: true })], xml, FORM);
    expect(answer).toEqual([500, 'BODY_ALREADY_READ']);
    expect(messages).toEqual([
      'A form parser (such as express.urlencoded) read the body, and it left no single, intact field xml. Expected the receiver to run before it, or the parser to skip this path.',
    ]);
  });

  it.each<[string, unknown]>([
    ['a number', 7],
    ['true', true],
  ])('says that nothing is left where a parser has made %s of a form', async (_, made) => {
    const parser: express5.RequestHandler = (request, _response, next) => {
      request.resume().once('end', () => {
        request.body = made;
        next();
      });
    };
    expect(await through([parser], form, FORM)).toMatchObject({ answer: [500, 'BODY_ALREADY_READ'], texts: [] });
  });

  it('hands what it cannot know to the error handler', async () => {
    const { options } = noting();
    const app = express();
    app.use((request, _response, next) => {
      Object.defineProperty(request, 'rawBody', {
        get: () => {
          throw new Error('of the application');
        },
      });
      next();
    });
    app.all('/', createExpressHandler(options));
    // eslint-disable-next-line @typescript-eslint/no-unused-vars -- Express counts the parameters
    app.use(((error: Error, _request, response, _next) => {
      response.status(418).send(error.message);
    }) as express5.ErrorRequestHandler);
    expect(await post(app as RequestListener, xml, XML)).toEqual([418, 'of the application']);
  });

  it('has a readPostback and a URL that no router has cut', async () => {
    const app = express();
    const urls: string[] = [];
    app.use(
      '/',
      express.Router().all('/', (request, response, next) => {
        readExpress(request).then((results) => response.json(results.length), next);
      }),
    );
    expect(await post(app as RequestListener, xml, XML)).toEqual([200, '1']);
    const { options } = noting();
    const mounted = express();
    mounted.use('/a', createExpressHandler({ ...options, authorize: ({ url }) => void urls.push(url) }));
    const server = createServer(mounted as RequestListener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => server.close());
    await fetch(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/a/b?c`, {
      method: 'POST',
      body: xml,
    });
    expect(urls).toEqual(['/a/b?c']);
  });
});

describe('Koa', () => {
  const listenerOf = (app: Koa): RequestListener => {
    const callback = app.callback();
    return (request, response) => void callback(request, response);
  };
  const through = async (parsers: unknown[], body: BodyInit, headers: Record<string, string> = XML) => {
    const { seen, options } = noting();
    const app = new Koa();
    for (const parser of parsers) app.use(parser as Koa.Middleware);
    app.use(createKoaHandler(options));
    return { answer: await post(listenerOf(app), body, headers), ...seen };
  };

  it.each<[string, () => unknown, string, Record<string, string>]>([
    ['koa-bodyparser, of JSON', () => koaBodyparser(), json, JSON_TYPE],
    ['koa-body, of JSON', () => koaBody(), json, JSON_TYPE],
    ['koa-bodyparser, as text', () => koaBodyparser({ enableTypes: ['text', 'xml'] }), xml, XML],
    ['koa-bodyparser, of a form', () => koaBodyparser(), form, FORM],
    ['koa-bodyparser, of what was labelled a form', () => koaBodyparser(), xml, FORM],
    ['koa-body, as text', () => koaBody(), xml, { 'content-type': 'text/plain' }],
    ['koa-body, of a form', () => koaBody(), form, FORM],
    ['koa-body, which leaves it alone', () => koaBody(), xml, XML],
  ])('reads what %s has left', async (_name, parser, body, headers) => {
    expect(await through([parser()], body, headers)).toEqual({ answer: [200, ''], texts: ['hi é'], messages: [] });
  });

  it.each([
    ['koa-body', () => koaBody(), 'text/plain'],
    ['koa-bodyparser', () => koaBodyparser(), 'application/x-www-form-urlencoded'],
  ] as const)('answers 400 to an empty body that %s has read', async (_name, parser, type) => {
    expect((await through([parser()], '', { 'content-type': type })).answer).toEqual([400, 'EMPTY']);
  });

  it('says that koa-body has taken apart what was no form', async () => {
    expect((await through([koaBody()], xml, FORM)).answer).toEqual([500, 'BODY_ALREADY_READ']);
  });

  it('tells the middleware around it the status', async () => {
    const statuses: number[] = [];
    const logger: Koa.Middleware = async (context, next) => {
      await next();
      statuses.push(context.status);
    };
    expect((await through([logger], '<html>')).answer).toEqual([400, 'NOT_A_POSTBACK']);
    expect(statuses).toEqual([400]);
  });

  it('has a readPostback', async () => {
    const app = new Koa();
    app.use(async (context) => {
      context.body = String((await readKoa(context)).length);
    });
    expect(await post(listenerOf(app), xml, XML)).toEqual([200, '1']);
  });
});

describe('Fastify', () => {
  const through = async (
    body: string | Buffer,
    headers: Record<string, string>,
    prepare: (app: FastifyInstance) => void = () => undefined,
  ) => {
    const { seen, options } = noting();
    const app = Fastify();
    closers.push(() => app.close());
    prepare(app);
    app.all('/', createFastifyHandler(options));
    const { statusCode, body: text } = await app.inject({ method: 'POST', url: '/', headers, payload: body });
    return { answer: [statusCode, text], ...seen };
  };

  it.each<[string, string, Record<string, string>, (app: FastifyInstance) => void]>([
    ['its parser of text/plain', xml, { 'content-type': 'text/plain' }, () => undefined],
    [
      'a parser that makes a Buffer',
      xml,
      XML,
      (app) => {
        app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
          done(null, body);
        });
      },
    ],
    [
      'a parser that makes a string',
      xml,
      FORM,
      (app) => {
        app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
          done(null, body);
        });
      },
    ],
    [
      'a parser that leaves it alone',
      form,
      FORM,
      (app) => {
        app.addContentTypeParser('*', (_request, _payload, done) => {
          done(null);
        });
      },
    ],
    [
      'a parser of forms',
      form,
      FORM,
      (app) => {
        app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
          done(null, Object.fromEntries(new URLSearchParams(String(body))));
        });
      },
    ],
  ])('reads what %s has left', async (_name, body, headers, prepare) => {
    expect(await through(body, headers, prepare)).toEqual({ answer: [200, ''], texts: ['hi é'], messages: [] });
  });

  it('answers 400 to an empty body that a parser has read', async () => {
    const app = Fastify();
    closers.push(() => app.close());
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
      done(null, body);
    });
    app.all('/', createFastifyHandler(noting().options));
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    for (const type of ['text/xml', 'text/plain']) {
      const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body: '' });
      expect([response.status, await response.text()]).toEqual([400, 'EMPTY']);
    }
  });

  it('has a readPostback', async () => {
    const app = Fastify();
    closers.push(() => app.close());
    app.post('/', async (request) => String((await readFastify(request)).length));
    expect(
      (await app.inject({ method: 'POST', url: '/', headers: { 'content-type': 'text/plain' }, payload: xml })).body,
    ).toBe('1');
  });
});

describe('the Fetch API', () => {
  const request = (): Request => new Request('http://a/', { method: 'POST', headers: XML, body: xml });

  it('says that somebody has read the body before, or is just reading it', async () => {
    const { seen, options } = noting();
    const handler = createFetchHandler(options);
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
    expect(seen.messages).toHaveLength(3);
  });

  it('calls waitUntil as a method of its platform', async () => {
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
    const handler = createFetchHandler({
      onMms: () => undefined,
      onSms: () => new Promise((resolve) => setTimeout(resolve, 60)),
      ackTimeoutMs: 10,
    });
    expect([(await handler(request(), platform)).status, platform.count]).toEqual([503, 1]);
    await handler.drain(5000);
  });

  it('says what it expects where it is given something else', async () => {
    await expect(createFetchHandler(noting().options)({} as Request)).rejects.toThrow(
      new TypeError('request: expected a Request of the Fetch API (in Hono, context.req.raw)'),
    );
  });

  it('bounds a body that is larger than its Content-Length', async () => {
    const { options } = noting();
    const lying = new Request('http://a/', { method: 'POST', headers: { ...XML, 'content-length': '10' }, body: xml });
    const response = await createFetchHandler({ ...options, maxBytes: 100 })(lying);
    expect([response.status, await response.text()]).toEqual([413, 'TOO_LARGE']);
  });

  it('lets go of a body that it does not read to its end, at once', async () => {
    const { options } = noting();
    let isCancelled = false;
    const endless = new ReadableStream({
      cancel: () => {
        isCancelled = true;
      },
    });
    const init = { method: 'POST', headers: XML, body: endless, duplex: 'half' };
    const response = await createFetchHandler({ ...options, bodyTimeoutMs: 20 })(new Request('http://a/', init));
    expect([response.status, isCancelled]).toEqual([408, true]);
  });

  it('answers nobody with 499', async () => {
    const { options } = noting();
    const failing = new ReadableStream({
      pull: () => {
        throw new Error('gone');
      },
    });
    const init = { method: 'POST', headers: XML, body: failing, duplex: 'half' };
    expect((await createFetchHandler(options)(new Request('http://a/', init))).status).toBe(499);
  });

  it('takes a request without a body for an empty one', async () => {
    const { options } = noting();
    expect(await (await createFetchHandler(options)(new Request('http://a/', { method: 'POST' }))).text()).toBe(
      'EMPTY',
    );
  });

  it('has a readPostback, and a drain', async () => {
    expect(await readFetch(request())).toMatchObject([{ success: true }]);
    expect(await createFetchHandler(noting().options).drain(0)).toEqual({ pendingRequests: 0, runningCallbacks: 0 });
  });
});

describe('Lambda', () => {
  const event = { httpMethod: 'POST', path: '/p', headers: { 'Content-Type': 'text/xml' }, body: xml };

  it('reads text, and Base64', async () => {
    expect(await readLambda(event)).toMatchObject([{ data: { text: 'hi é' } }]);
    const body = Buffer.from(xml).toString('base64');
    expect(await readLambda({ ...event, body, isBase64Encoded: true })).toMatchObject([{ data: { text: 'hi é' } }]);
  });

  it('says that what is no Base64 is lost, and that nothing is empty', async () => {
    await expect(readLambda({ ...event, body: '!', isBase64Encoded: true })).rejects.toMatchObject({
      code: 'BODY_ALREADY_READ',
    });
    await expect(readLambda({ ...event, body: null, isBase64Encoded: true })).rejects.toMatchObject({ code: 'EMPTY' });
    await expect(readLambda({ ...event, body: null })).rejects.toMatchObject({ code: 'EMPTY' });
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
  ])('tells authorize of the event %j', async (from, wanted) => {
    const heads: unknown[] = [];
    const handler = createLambdaHandler({ ...noting().options, authorize: (head) => void heads.push(head) });
    expect(await handler(from)).toMatchObject({ statusCode: 401, body: 'UNAUTHORIZED', isBase64Encoded: false });
    expect(heads).toMatchObject([wanted]);
    expect(await handler({})).toMatchObject({ statusCode: 405 });
  });

  it('gives the platform what goes on behind the answer, where it can', async () => {
    const given: Promise<unknown>[] = [];
    const context = {
      given,
      waitUntil(work: Promise<unknown>) {
        this.given.push(work);
      },
    };
    const handler = createLambdaHandler({
      ...noting().options,
      ackTimeoutMs: 10,
      onSms: () => new Promise((resolve) => setTimeout(resolve, 50)),
    });
    expect(await handler(event, context)).toMatchObject({ statusCode: 503 });
    expect(given).toHaveLength(1);
    expect(await handler.drain(1000)).toEqual({ pendingRequests: 0, runningCallbacks: 0 });
  });
});
