// Fastify, with content type parsers.

import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { createHandler, readPostback } from '../../src/use/fastify.ts';
import { FORM, single, smsFields, XML } from '../helpers/documents.ts';
import { recording } from '../helpers/recording.ts';
import { afterTest } from '../helpers/server.ts';

const xml = single(smsFields('hi é'));
const form = `xml=${encodeURIComponent(xml)}`;

describe('Fastify', () => {
  const through = async (
    body: string | Buffer,
    headers: Record<string, string>,
    prepare: (app: FastifyInstance) => void = () => undefined,
  ) => {
    const { recorded, options } = recording();
    const app = Fastify();
    afterTest(() => app.close());
    prepare(app);
    app.all('/', createHandler(options));
    const { statusCode, body: text } = await app.inject({ method: 'POST', url: '/', headers, payload: body });
    return { answer: [statusCode, text], ...recorded };
  };

  it.each<[string, string, Record<string, string>, (app: FastifyInstance) => void]>([
    ['the built-in parser of text/plain', xml, { 'content-type': 'text/plain' }, () => undefined],
    [
      'a parser that returns a Buffer',
      xml,
      XML,
      (app) => {
        app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
          done(null, body);
        });
      },
    ],
    [
      'a parser that returns a string',
      xml,
      FORM,
      (app) => {
        app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
          done(null, body);
        });
      },
    ],
    [
      'a parser that does not read the body',
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
  ])('reads a body after %s', async (_name, body, headers, prepare) => {
    expect(await through(body, headers, prepare)).toEqual({ answer: [200, ''], texts: ['hi é'], messages: [] });
  });

  it('answers 400 to an empty body that a parser has read', async () => {
    const app = Fastify();
    afterTest(() => app.close());
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
      done(null, body);
    });
    app.all('/', createHandler(recording().options));
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    for (const type of ['text/xml', 'text/plain']) {
      const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body: '' });
      expect([response.status, await response.text()]).toEqual([400, 'EMPTY']);
    }
  });

  it('reads with readPostback', async () => {
    const app = Fastify();
    afterTest(() => app.close());
    app.post('/', async (request) => String((await readPostback(request)).length));
    expect(
      (await app.inject({ method: 'POST', url: '/', headers: { 'content-type': 'text/plain' }, payload: xml })).body,
    ).toBe('1');
  });
});
