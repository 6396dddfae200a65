// Express 4 and 5, with the body parsers that its users install: a body that was read before is restored, or the answer
// names the parser. A request never hangs.

import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import extendWithXml from 'body-parser-xml';
import express5 from 'express';
import expressXml from 'express-xml-bodyparser';
import express4 from 'express4';
import { describe, expect, it, vi } from 'vitest';
import { createHandler, readPostback } from '../../src/use/express.ts';
import { bundle, FORM, JSON_TYPE, jsonSms, single, smsFields, XML } from '../helpers/documents.ts';
import { recording } from '../helpers/recording.ts';
import { listening, postTo, sendPartTo } from '../helpers/server.ts';

const xml = single(smsFields('hi é'));
const form = `xml=${encodeURIComponent(xml)}`;
const json = jsonSms('hi é');
const LONG = bundle(...Array.from({ length: 300 }, (_, n) => smsFields(`${String(n)} ${'a long text '.repeat(60)}`)));
const any = { type: () => true, limit: '1mb' };

describe.each([
  ['Express 5', express5],
  ['Express 4', express4],
])('%s', (_, express) => {
  const through = async (parsers: unknown[], body: BodyInit, headers: Record<string, string> = XML) => {
    const { recorded, options } = recording();
    const app = express();
    for (const parser of parsers) app.use(parser as express5.RequestHandler);
    app.all('/', createHandler(options));
    return { answer: await postTo(app as RequestListener, body, headers), ...recorded };
  };

  it.each<[string, () => unknown, string, Record<string, string>]>([
    ['express.text', () => express.text(any), xml, XML],
    ['express.raw', () => express.raw(any), xml, XML],
    ['express.raw, for a form', () => express.raw(any), form, FORM],
    ['express.text, for a form', () => express.text(any), form, FORM],
    ['express.urlencoded, for a form', () => express.urlencoded({ extended: true }), form, FORM],
    ['express.json, for JSON', () => express.json(), json, JSON_TYPE],
    ['express.json, for a JSON list', () => express.json(), `[${json}]`, JSON_TYPE],
    ['express.text, for JSON', () => express.text(any), json, JSON_TYPE],
    [
      'express.text, for JSON that contains U+FFFD',
      () => express.text(any),
      `${json.slice(0, -1)},"a":"\uFFFD"}`,
      JSON_TYPE,
    ],
    ['express.json, which ignores XML', () => express.json(), xml, XML],
    ['express.urlencoded, which ignores XML', () => express.urlencoded({ extended: false }), xml, XML],
  ])('reads a body after %s', async (_name, parser, body, headers) => {
    expect(await through([parser()], body, headers)).toEqual({ answer: [200, ''], texts: ['hi é'], messages: [] });
  });

  it.each<[string, () => unknown, Record<string, string>]>([
    ['express.text', () => express.text(any), XML],
    ['express.raw', () => express.raw(any), XML],
    ['express.json', () => express.json(), JSON_TYPE],
    ['express.urlencoded', () => express.urlencoded({ extended: true }), FORM],
    ['express-xml-bodyparser', () => expressXml(), XML],
  ])('answers 400 to an empty body after %s', async (_name, parser, headers) => {
    for (const body of ['', new Blob([]).stream()])
      expect((await through([parser()], body, headers)).answer).toEqual([400, 'EMPTY']);
  });

  it('reads JSON that express.text decompressed', async () => {
    expect(
      await through([express.text(any)], new Uint8Array(gzipSync(json)), { ...JSON_TYPE, 'content-encoding': 'gzip' }),
    ).toEqual({ answer: [200, ''], texts: ['hi é'], messages: [] });
  });

  it('does not read a message that a sender has hidden in a text, if XML was labelled a form', async () => {
    const forged = xml.replace('hi é', `hi &xml=${encodeURIComponent(xml.replace('hi é', 'forged'))}&`);
    expect(await through([express.urlencoded({ extended: true })], forged, FORM)).toMatchObject({
      answer: [500, 'BODY_ALREADY_READ'],
      texts: [],
    });
  });

  it('answers 500 to a number whose digits express.json has rounded', async () => {
    const { answer, messages } = await through(
      [express.json()],
      json.replace('"86717"', '12345678901234567890'),
      JSON_TYPE,
    );
    expect(answer).toEqual([500, 'BODY_ALREADY_READ']);
    expect(messages).toEqual([
      'A JSON parser may have rounded a number, which is not a safe integer. Expected the receiver to run before it, or the parser to skip this path.',
    ]);
  });

  it('answers 500 and names the JSON parser if its result cannot be written as JSON', async () => {
    const { answer, messages } = await through(
      [express.json({ reviver: (_, value: unknown) => (value === '86717' ? 86717n : value) })],
      json,
      JSON_TYPE,
    );
    expect(answer).toEqual([500, 'BODY_ALREADY_READ']);
    expect(messages).toEqual([
      'A JSON parser with a result that cannot be written as JSON read the body, and the document is lost. Expected the receiver to run before it, or the parser to skip this path.',
    ]);
  });

  it('reads XML that express.raw decompressed', async () => {
    expect(
      await through([express.raw(any)], new Uint8Array(gzipSync(xml)), { ...XML, 'content-encoding': 'gzip' }),
    ).toMatchObject({ answer: [200, ''], texts: ['hi é'] });
  });

  it('reads a bundle of 300 long texts after express.text with a large enough limit', async () => {
    expect(LONG.length).toBeGreaterThan(200_000);
    expect((await through([express.text(any)], LONG)).texts).toHaveLength(300);
  });

  it('reads the text that express-xml-bodyparser keeps in rawBody', async () => {
    expect(await through([expressXml()], xml)).toEqual({ answer: [200, ''], texts: ['hi é'], messages: [] });
  });

  it.each([
    ['XML', xml, XML, true],
    ['XML', xml, XML, false],
    ['XML labelled as a form', xml, FORM, true],
    ['XML with "&" and "=" in it', xml.replace('hi é', 'a=b&amp;c=d'), XML, true],
    ['JSON', json, JSON_TYPE, true],
    ['a JSON list', `[${json}]`, JSON_TYPE, false],
  ] as const)('answers 500 and names express.urlencoded if it has read %s', async (_name, body, headers, extended) => {
    const parser = express.urlencoded({ ...any, extended });
    const { answer, messages, texts } = await through([parser], body, headers);
    expect([answer, texts]).toEqual([[500, 'BODY_ALREADY_READ'], []]);
    expect(messages).toEqual([
      'A form parser (such as express.urlencoded) read the body, and the document is lost. Expected the receiver to run before it, or the parser to skip this path.',
    ]);
  });

  it('answers 500 and names body-parser-xml if it has read the document', async () => {
    const bodyParser: { text: unknown; xml?: () => unknown } = { text: express.text };
    extendWithXml(bodyParser);
    const { answer, messages, texts } = await through([bodyParser.xml?.()], xml);
    expect([answer, texts]).toEqual([[500, 'BODY_ALREADY_READ'], []]);
    expect(messages).toEqual([
      'An XML parser (such as body-parser-xml or express-xml-bodyparser) read the body, and the document is lost. Expected the receiver to run before it, or the parser to skip this path.',
    ]);
  });

  it('answers 500 and names express.urlencoded if it has read a body that is not a form', async () => {
    const { answer, messages } = await through([express.urlencoded({ extended: true })], xml, FORM);
    expect(answer).toEqual([500, 'BODY_ALREADY_READ']);
    expect(messages).toEqual([
      'A form parser (such as express.urlencoded) read the body, and the document is lost. Expected the receiver to run before it, or the parser to skip this path.',
    ]);
  });

  it.each<[string, unknown]>([
    ['a number', 7],
    ['true', true],
  ])('answers 500 if a parser has made %s of a form', async (_, made) => {
    const parser: express5.RequestHandler = (request, _response, next) => {
      request.resume().once('end', () => {
        request.body = made;
        next();
      });
    };
    expect(await through([parser], form, FORM)).toMatchObject({ answer: [500, 'BODY_ALREADY_READ'], texts: [] });
  });

  it('passes errors of the request itself to the error handler of Express', async () => {
    const { options } = recording();
    const app = express();
    app.use((request, _response, next) => {
      Object.defineProperty(request, 'rawBody', {
        get: () => {
          throw new Error('of the application');
        },
      });
      next();
    });
    app.all('/', createHandler(options));
    // eslint-disable-next-line @typescript-eslint/no-unused-vars -- Express recognises error handlers by their four parameters
    app.use(((error: Error, _request, response, _next) => {
      response.status(418).send(error.message);
    }) as express5.ErrorRequestHandler);
    expect(await postTo(app as RequestListener, xml, XML)).toEqual([418, 'of the application']);
  });

  it('passes no error on if the client disconnects', async () => {
    const { recorded, options } = recording();
    const errors: unknown[] = [];
    const app = express();
    app.all('/', createHandler(options));
    // eslint-disable-next-line @typescript-eslint/no-unused-vars -- as above
    app.use(((error: Error, _request, _response, _next) => void errors.push(error)) as express5.ErrorRequestHandler);
    await sendPartTo(await listening(createServer(app as RequestListener)));
    await vi.waitUntil(() => recorded.messages.length > 0);
    await setImmediate();
    expect(errors).toEqual([]);
  });

  it('reads with readPostback, and passes the URL as sent to authorize', async () => {
    const app = express();
    const urls: string[] = [];
    app.use(
      '/',
      express.Router().all('/', (request, response, next) => {
        readPostback(request).then((results) => response.json(results.length), next);
      }),
    );
    expect(await postTo(app as RequestListener, xml, XML)).toEqual([200, '1']);
    const { options } = recording();
    const mounted = express();
    mounted.use('/a', createHandler({ ...options, authorize: ({ url }) => urls.push(url) < 0 }));
    await postTo(mounted as RequestListener, xml, XML, '/a/b?c');
    expect(urls).toEqual(['/a/b?c']);
  });
});
