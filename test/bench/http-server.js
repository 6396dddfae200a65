// A server for http.js: `node http-server.js <framework> ours|bare|least|heap`. Sends its port to the parent process.
// `heap` also answers each message with the memory in use; its store keeps only few keys.

import { createServer } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { messageKey, parsePostback } from 'mo-postback';
import { memoryDedupe } from 'mo-postback/dedupe/memory';

const [framework, which] = process.argv.slice(2);
const isBare = which === 'bare' || which === 'least';
const options = {
  onSms: () => undefined,
  onMms: () => undefined,
  dedupe: memoryDedupe(which === 'heap' ? { max: 1000 } : {}),
};
const create = async () => (await import(`mo-postback/${framework}`)).createHandler(options);

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

/** For each framework, a function that resolves to a listening server of node:http. */
const STARTERS = {
  async http() {
    const handler = isBare
      ? async (request, response) => (await handle(await bodyOf(request)), response.end())
      : await create();
    return createServer(handler).listen(0, '127.0.0.1');
  },
  async express() {
    const { default: express } = await import('express');
    const app = express();
    if (isBare)
      app.post('/', async (request, response) => (await handle(await bodyOf(request)), response.status(200).end()));
    else app.post('/', await create());
    return app.listen(0, '127.0.0.1');
  },
  async fastify() {
    const { default: Fastify } = await import('fastify');
    const app = Fastify();
    if (isBare) {
      app.removeAllContentTypeParsers();
      app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => done(null, body));
      app.post('/', async ({ body }) => (await handle(body), ''));
    } else {
      app.post('/', { onRequest: await create() }, () => undefined);
    }
    await app.listen({ port: 0, host: '127.0.0.1' });
    return app.server;
  },
  async koa() {
    const { default: Koa } = await import('koa');
    const app = new Koa();
    app.use(
      isBare ? async (context) => (await handle(await bodyOf(context.req)), (context.body = '')) : await create(),
    );
    return app.listen(0, '127.0.0.1');
  },
  async fetch() {
    const { serve } = await import('@hono/node-server');
    const { Hono } = await import('hono');
    const app = new Hono();
    const handler = isBare ? undefined : await create();
    app.post('/', async (context) =>
      isBare
        ? (await handle(new Uint8Array(await context.req.arrayBuffer())), context.body(''))
        : handler(context.req.raw),
    );
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
