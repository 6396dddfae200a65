// Koa, with the body parsers that its users install.

import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { RequestListener } from 'node:http';
import Koa from 'koa';
import { koaBody } from 'koa-body';
import koaBodyparser from 'koa-bodyparser';
import { describe, expect, it, vi } from 'vitest';
import { createHandler, readPostback } from '../../src/use/koa.ts';
import { FORM, JSON_TYPE, jsonSms, single, smsFields, XML } from '../helpers/documents.ts';
import { recording } from '../helpers/recording.ts';
import { listening, postTo, sendPartTo } from '../helpers/server.ts';
import { sleep } from '../helpers/sleep.ts';

const xml = single(smsFields('hi é'));
const form = `xml=${encodeURIComponent(xml)}`;
const json = jsonSms('hi é');

describe('Koa', () => {
  const listenerOf = (app: Koa): RequestListener => {
    const callback = app.callback();
    return (request, response) => void callback(request, response);
  };
  const through = async (parsers: unknown[], body: BodyInit, headers: Record<string, string> = XML) => {
    const { recorded, options } = recording();
    const app = new Koa();
    for (const parser of parsers) app.use(parser as Koa.Middleware);
    app.use(createHandler(options));
    return { answer: await postTo(listenerOf(app), body, headers), ...recorded };
  };

  it.each<[string, () => unknown, string, Record<string, string>]>([
    ['koa-bodyparser, for JSON', () => koaBodyparser(), json, JSON_TYPE],
    ['koa-body, for JSON', () => koaBody(), json, JSON_TYPE],
    ['koa-bodyparser, as text', () => koaBodyparser({ enableTypes: ['text', 'xml'] }), xml, XML],
    ['koa-bodyparser, for a form', () => koaBodyparser(), form, FORM],
    ['koa-bodyparser, for XML that is labelled a form', () => koaBodyparser(), xml, FORM],
    ['koa-body, as text', () => koaBody(), xml, { 'content-type': 'text/plain' }],
    ['koa-body, for a form', () => koaBody(), form, FORM],
    ['koa-body, which ignores XML', () => koaBody(), xml, XML],
  ])('reads a body after %s', async (_name, parser, body, headers) => {
    expect(await through([parser()], body, headers)).toEqual({ answer: [200, ''], texts: ['hi é'], messages: [] });
  });

  it.each([
    ['koa-body', () => koaBody(), 'text/plain'],
    ['koa-bodyparser', () => koaBodyparser(), 'application/x-www-form-urlencoded'],
  ] as const)('answers 400 to an empty body after %s', async (_name, parser, type) => {
    expect((await through([parser()], '', { 'content-type': type })).answer).toEqual([400, 'EMPTY']);
  });

  it('answers 500 if koa-body has read a body that is not a form', async () => {
    expect((await through([koaBody()], xml, FORM)).answer).toEqual([500, 'BODY_ALREADY_READ']);
  });

  it('sets context.status for the middleware around it', async () => {
    const statuses: number[] = [];
    const logger: Koa.Middleware = async (context, next) => {
      await next();
      statuses.push(context.status);
    };
    expect((await through([logger], '<html>')).answer).toEqual([400, 'NOT_A_POSTBACK']);
    expect(statuses).toEqual([400]);
  });

  it('reports no error if the client disconnects', async () => {
    const { recorded, options } = recording();
    const errors: unknown[] = [];
    const app = new Koa();
    app.on('error', (error: unknown) => errors.push(error));
    app.use(createHandler(options));
    await sendPartTo(await listening(createServer(listenerOf(app))));
    await vi.waitUntil(() => recorded.messages.length > 0);
    await sleep(10);
    // Koa itself reports that the client is gone.
    expect(errors.filter((error) => error instanceof TypeError)).toEqual([]);
  });

  it('leaves the connection open for a client that is still sending', async () => {
    const contexts: Koa.Context[] = [];
    const app = new Koa();
    app.use(async (context, next) => {
      contexts.push(context);
      await next();
    });
    app.use(createHandler({ ...recording().options, maxBytes: 10 }));
    const client = request({ port: await listening(createServer(listenerOf(app))), method: 'POST' });
    client.on('error', () => undefined).write(xml);
    await once(client, 'response');
    await sleep(20);
    expect(contexts.map(({ res }) => res.writableEnded)).toEqual([false]);
    client.destroy();
  });

  it('reads with readPostback', async () => {
    const app = new Koa();
    app.use(async (context) => {
      context.body = String((await readPostback(context)).length);
    });
    expect(await postTo(listenerOf(app), xml, XML)).toEqual([200, '1']);
  });
});
