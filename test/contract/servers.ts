// A server for every adapter.

import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve as serveHono } from '@hono/node-server';
import express5 from 'express';
import express4 from 'express4';
import Fastify from 'fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { createHandler as createExpressHandler } from '../../src/use/express.ts';
import { createHandler as createFastifyHandler } from '../../src/use/fastify.ts';
import { createHandler as createFetchHandler } from '../../src/use/fetch.ts';
import { createHandler as createHttpHandler } from '../../src/use/http.ts';
import { createHandler as createKoaHandler } from '../../src/use/koa.ts';
import { createHandler as createLambdaHandler } from '../../src/use/lambda.ts';
import type { LambdaEvent } from '../../src/use/lambda.ts';
import { createApp } from './app.ts';

/** A running server. */
export interface Running {
  readonly port: number;
  close(): Promise<void>;
}

const BODY_LIMIT = 64 * 1024 * 1024;

function http(): Promise<Running> {
  const find = createApp(createHttpHandler);
  return listening(
    createServer((request, response) => {
      const found = find(request.url ?? '');
      if (found === undefined) response.writeHead(404).end();
      else if (found.isJournal) response.end(JSON.stringify(found.journal));
      else found.handler(request, response);
    }),
  );
}

function express(create: typeof express5) {
  return (): Promise<Running> => {
    const find = createApp(createExpressHandler);
    const app = create();
    app.use((request, response, next) => {
      const found = find(request.url);
      if (found === undefined) next();
      else if (found.isJournal) response.json(found.journal);
      else found.handler(request, response, next);
    });
    return listening(createServer(app as RequestListener));
  };
}

async function fastify(): Promise<Running> {
  const find = createApp(createFastifyHandler);
  const app = Fastify({ bodyLimit: BODY_LIMIT });
  const onRequest = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const found = find(request.url);
    if (found === undefined) return reply.code(404).send();
    if (found.isJournal) return reply.send(found.journal);
    return found.handler(request, reply);
  };
  app.all('*', { onRequest }, () => undefined);
  await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    port: (app.server.address() as AddressInfo).port,
    async close() {
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

function koa(): Promise<Running> {
  const find = createApp(createKoaHandler);
  const app = new Koa();
  app.use(async (context) => {
    const found = find(context.url);
    if (found?.isJournal === true) context.body = found.journal;
    else await found?.handler(context);
  });
  return listening(createServer(app.callback() as RequestListener));
}

function hono(): Promise<Running> {
  const find = createApp(createFetchHandler);
  const app = new Hono<{ Bindings: { incoming: IncomingMessage } }>();
  app.all('*', (context) => {
    const found = find(context.req.path);
    if (found === undefined) return context.notFound();
    if (found.isJournal) return context.json(found.journal);
    return found.handler(context.req.raw, { remoteAddress: context.env.incoming.socket.remoteAddress });
  });
  return new Promise((resolve) => {
    const server = serveHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
      resolve({ port, close: () => closed(server as Server) });
    });
  });
}

/** A mock of API Gateway, which translates requests to events of its two formats. */
function lambda(eventOf: (request: IncomingMessage, body: Buffer) => LambdaEvent) {
  return (): Promise<Running> => {
    const find = createApp(createLambdaHandler);
    return listening(
      createServer((request, response) => {
        const found = find(request.url ?? '');
        if (found === undefined) {
          response.writeHead(404).end();
          return;
        }
        if (found.isJournal) {
          response.end(JSON.stringify(found.journal));
          return;
        }
        const chunks: Buffer[] = [];
        request
          .on('data', (chunk: Buffer) => chunks.push(chunk))
          .on('end', () => {
            void found
              .handler(eventOf(request, Buffer.concat(chunks)))
              .then(({ statusCode, headers, body }) => response.writeHead(statusCode, headers).end(body));
          });
      }),
    );
  };
}

const textOf = (headers: IncomingMessage['headers']): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
  );

const lambda1 = lambda(({ method = '', url = '', headers, socket }, body) => ({
  httpMethod: method,
  path: url.replace(/\?.*$/, ''),
  headers: { 'X-Only-Here': 'yes' },
  multiValueHeaders: Object.fromEntries(
    Object.entries(textOf(headers)).map(([name, value = '']) => [
      name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase()),
      [value],
    ]),
  ),
  queryStringParameters: Object.fromEntries(new URL(url, 'http://a').searchParams),
  requestContext: { identity: { sourceIp: socket.remoteAddress ?? null } },
  body: body.toString('base64'),
  isBase64Encoded: true,
}));

const lambda2 = lambda(({ method = '', url = '', headers, socket }, body) => {
  const [rawPath = '', rawQueryString = ''] = url.split('?');
  // HTTP APIs deliver a body as text if its type is that of text.
  const isText =
    /^text\/|xml/.test(headers['content-type'] ?? '') &&
    body.toString().isWellFormed() &&
    !body.toString().includes('\uFFFD');
  return {
    rawPath,
    rawQueryString,
    headers: textOf(headers),
    requestContext: { http: { method, sourceIp: socket.remoteAddress } },
    body: body.length === 0 ? null : body.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
  };
});

async function listening(server: Server): Promise<Running> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

/** A server that the contract tests. */
export interface ContractServer {
  readonly name: string;
  readonly start: () => Promise<Running>;
  /** Whether it gets the body while it arrives, and not as a whole. */
  readonly isStreaming: boolean;
  /** Whether it knows the client's address. */
  readonly knowsAddress: boolean;
  /**
   * Whether the adapter closes the connection if it has not read the whole request. On other platforms, the server
   * decides.
   */
  readonly closesConnection: boolean;
  /** Whether the platform can decompress brotli. */
  readonly hasBrotli: boolean;
}

/** The same for Node.js and compatible platforms. */
export const ON_NODE: Pick<ContractServer, 'knowsAddress' | 'closesConnection' | 'hasBrotli'> = {
  knowsAddress: true,
  closesConnection: true,
  hasBrotli: true,
};

type ServerFile = 'http' | 'express-5' | 'express-4' | 'fastify' | 'koa' | 'fetch' | 'lambda-1' | 'lambda-2';

/** Every adapter on Node.js, by the name of its test file. */
export const serversByFile: Readonly<Record<ServerFile, ContractServer>> = {
  http: { name: 'node:http', start: http, isStreaming: true, ...ON_NODE },
  'express-5': { name: 'Express 5', start: express(express5), isStreaming: true, ...ON_NODE },
  'express-4': { name: 'Express 4', start: express(express4), isStreaming: true, ...ON_NODE },
  fastify: { name: 'Fastify', start: fastify, isStreaming: true, ...ON_NODE },
  koa: { name: 'Koa', start: koa, isStreaming: true, ...ON_NODE },
  fetch: { name: 'fetch, in Hono', start: hono, isStreaming: true, ...ON_NODE },
  'lambda-1': { name: 'Lambda, format 1.0', start: lambda1, isStreaming: false, ...ON_NODE },
  'lambda-2': { name: 'Lambda, format 2.0', start: lambda2, isStreaming: false, ...ON_NODE },
};
export const servers: ContractServer[] = Object.values(serversByFile);
