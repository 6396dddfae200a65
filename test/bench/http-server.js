// A server for http.js: `node http-server.js <framework> ours|bare|least|heap|fast-xml-parser|xml2js`. Sends its port to
// the parent process.
// - `ours` and `heap` use mo-postback. `heap` also answers each message with the memory in use; its store keeps only few
//   keys.
// - `bare` only reads the body, `least` also handles each message once with the parser and the store of mo-postback.
// - The parsers: what people write by hand with the usual body parser of the framework.

import { createServer } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { messageKey, parsePostback } from 'mo-postback';
import { memoryDedupe } from 'mo-postback/dedupe/memory';

const [framework, which] = process.argv.slice(2);
const isOurs = which === 'ours' || which === 'heap';
const isByHand = !isOurs && which !== 'bare' && which !== 'least';
const options = {
  onSms: () => undefined,
  onMms: () => undefined,
  dedupe: memoryDedupe(which === 'heap' ? { max: 1000 } : {}),
};
const create = async () => (await import(`mo-postback/${framework}`)).createHandler(options);
const byHand = isByHand ? await import(`./contestants/${which}.js`) : undefined;

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Handles a body in a bare server: not at all, or with the minimum that handles each message once. */
async function handle(body) {
  if (which === 'bare') return;
  const message = parsePostback(body);
  const key = messageKey(message);
  const { dedupe, onSms } = options;
  const claim = await dedupe.claim(key, 30_000);
  if (claim.state !== 'claimed') return;
  await onSms(message);
  await dedupe.complete(key, claim.token, 1_800_000);
}

/** Handles a body in a server that is written by hand. Its memory is never freed. */
const seen = new Set();
async function handleByHand(xml) {
  const message = byHand.parsePostback(xml);
  const id = message.transactionId ?? message.trackingId;
  if (seen.has(id)) return;
  seen.add(id);
  await (message.kind === 'sms' ? options.onSms(message) : options.onMms(message));
}

/** For each framework, a function that resolves to a listening server of node:http. */
const STARTERS = {
  async http() {
    if (isOurs) return createServer(await create()).listen(0, '127.0.0.1');
    const handleBody = isByHand ? (body) => handleByHand(body.toString()) : handle;
    return createServer(async (request, response) => {
      await handleBody(await bodyOf(request));
      response.end();
    }).listen(0, '127.0.0.1');
  },
  async express() {
    const { default: express } = await import('express');
    const app = express();
    if (isOurs) app.post('/', await create());
    else if (isByHand)
      app.post('/', express.text({ type: '*/*' }), async (request, response) => {
        await handleByHand(request.body);
        response.status(200).end();
      });
    else
      app.post('/', async (request, response) => {
        await handle(await bodyOf(request));
        response.status(200).end();
      });
    return app.listen(0, '127.0.0.1');
  },
  async fastify() {
    const { default: Fastify } = await import('fastify');
    const app = Fastify();
    if (isOurs) app.post('/', { onRequest: await create() }, () => undefined);
    else {
      app.removeAllContentTypeParsers();
      const parseAs = isByHand ? 'string' : 'buffer';
      app.addContentTypeParser('*', { parseAs }, (request, body, done) => done(null, body));
      const handleBody = isByHand ? handleByHand : handle;
      app.post('/', async ({ body }) => {
        await handleBody(body);
        return '';
      });
    }
    await app.listen({ port: 0, host: '127.0.0.1' });
    return app.server;
  },
  async koa() {
    const { default: Koa } = await import('koa');
    const app = new Koa();
    if (isOurs) app.use(await create());
    else if (isByHand) {
      const { default: bodyParser } = await import('koa-bodyparser');
      app.use(bodyParser({ enableTypes: ['xml'] }));
      app.use(async (context) => {
        await handleByHand(context.request.body);
        context.body = '';
      });
    } else
      app.use(async (context) => {
        await handle(await bodyOf(context.req));
        context.body = '';
      });
    return app.listen(0, '127.0.0.1');
  },
  async fetch() {
    const { serve } = await import('@hono/node-server');
    const { Hono } = await import('hono');
    const app = new Hono();
    if (isOurs) {
      const handler = await create();
      app.post('/', (context) => handler(context.req.raw));
    } else if (isByHand)
      app.post('/', async (context) => {
        await handleByHand(await context.req.text());
        return context.body('');
      });
    else
      app.post('/', async (context) => {
        await handle(new Uint8Array(await context.req.arrayBuffer()));
        return context.body('');
      });
    return serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  },
};

const server = await STARTERS[framework]();
if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
process.send(server.address().port);
process.on('message', async () => {
  for (let n = 0; n < 3; n++) {
    globalThis.gc();
    await setImmediate();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  process.send(heapUsed + arrayBuffers);
});
// The parent process is gone.
process.on('disconnect', () => process.exit());
