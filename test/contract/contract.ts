// What every adapter does, on every server: the tables of docs/receiving.md, over real sockets.

import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { client as clientOf } from './client.ts';
import type { Client } from './client.ts';
import type { Entry } from './app.ts';
import { BAD_FIELDS, bundle, jsonSms, mmsFields, OTHER_FIELDS, single, smsFields } from '../helpers/documents.ts';
import type { ContractServer, Running } from './servers.ts';

const XML = { 'content-type': 'text/xml' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const whats = (journal: Entry[]): string[] => journal.map(({ what }) => what);
const texts = (journal: Entry[]): unknown[] => journal.map(({ text }) => text);

/** Tests a server. */
export function describeContract({ name, start, isStreaming, tellsAddress, closes, hasBrotli }: ContractServer): void {
  describe(name, () => {
    let server: Running;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.close());
    const client = (situation: string): Client => clientOf(server.port, situation);
    // Where the platform does not close the connection, the answer is awaited.
    const has =
      (text: string) =>
      (answer: string): boolean =>
        !closes && answer.includes(text);
    // Of a body while it arrives.
    const itStreams = (title: string, test: () => Promise<void>): void => {
      it.runIf(isStreaming)(isStreaming ? title : `${title} (left out where a body comes as a whole)`, test);
    };

    describe('answers', () => {
      it('200 when every notification is handled, each by its callback, in wire order', async () => {
        const { post, journal } = client('plain');
        const answer = await post(bundle(smsFields('one'), mmsFields('M1'), OTHER_FIELDS, smsFields('two')));
        expect(answer).toMatchObject({ status: 200, text: '' });
        expect(await journal()).toMatchObject([
          { what: 'sms', text: 'one' },
          { what: 'mms', trackingId: 'M1' },
          { what: 'other' },
          { what: 'sms', text: 'two' },
        ]);
      });

      it('200 for another kind where no callback is for it', async () => {
        expect(await client('without-hooks').post(single(OTHER_FIELDS))).toMatchObject({ status: 200, text: '' });
      });

      it('405 to another method than POST', async () => {
        const { post, journal } = client('plain');
        const answer = await post(null, {}, 'GET');
        expect(answer).toMatchObject({ status: 405, text: 'METHOD_NOT_ALLOWED' });
        expect(answer.headers.get('allow')).toBe('POST');
        expect(await post(single(smsFields('hi')), XML, 'PUT')).toMatchObject({ status: 405 });
        expect(await journal()).toEqual([]);
      });

      it('400 to what cannot be read, after onReject has had it', async () => {
        const { post, journal } = client('plain');
        const headers = {
          ...XML,
          authorization: 'Basic c2VjcmV0',
          cookie: 'a=b',
          'proxy-authorization': 'x',
          'x-id': '7',
        };
        expect(await post('<html>', headers)).toMatchObject({ status: 400, text: 'NOT_A_POSTBACK' });
        const [rejection, ...others] = await journal();
        expect(others).toEqual([]);
        expect(rejection).toMatchObject({
          what: 'reject',
          codes: ['NOT_A_POSTBACK'],
          raw: '<html>',
          headers: { 'content-type': 'text/xml', 'x-id': '7' },
        });
        expect(Object.keys(rejection?.['headers'] as object)).not.toEqual(
          expect.arrayContaining([expect.stringMatching(/authorization|cookie/)]),
        );
      });

      it('400 to a bundle with a bad notification, whose good ones are handled, and known when it comes again', async () => {
        const { post, journal } = client('plain');
        const xml = bundle(smsFields('one'), BAD_FIELDS, mmsFields('M1'), BAD_FIELDS);
        expect(await post(xml)).toMatchObject({ status: 400, text: 'MISSING_FIELD' });
        expect(await post(xml)).toMatchObject({ status: 400, text: 'MISSING_FIELD' });
        const entries = await journal();
        expect(whats(entries).sort()).toEqual(['mms', 'reject', 'reject', 'sms']);
        expect(entries.find(({ what }) => what === 'reject')).toMatchObject({
          codes: ['MISSING_FIELD', 'MISSING_FIELD'],
          raw: xml,
        });
      });

      it('400 without onReject too', async () => {
        expect(await client('without-hooks').post('<html>')).toMatchObject({ status: 400 });
      });

      it('200 where onReject has accepted a body that came whole', async () => {
        const { post } = client('reject-accepted');
        expect(await post('<html>')).toMatchObject({ status: 200, text: '' });
        expect(await post(bundle(BAD_FIELDS))).toMatchObject({ status: 200 });
        expect(await post('<html>', { 'content-type': 'text/html' })).toMatchObject({ status: 415 });
      });

      it.each(['reject-throwing', 'reject-hanging'])(
        '500 where onReject does not do its work (%s)',
        async (situation) => {
          expect(await client(situation).post('<html>')).toMatchObject({ status: 500, text: 'ON_REJECT_FAILED' });
        },
      );

      it.each(['throwing', 'throwing-no-error', 'throwing-twice'])(
        '500 when a callback throws, and calls the ones after it (%s)',
        async (situation) => {
          const { post, journal } = client(situation);
          expect(await post(bundle(smsFields('hi'), mmsFields('M1'), BAD_FIELDS))).toMatchObject({
            status: 500,
            text: 'CALLBACK_FAILED',
          });
          expect(whats(await journal()).sort()).toEqual(['mms', 'reject']);
        },
      );

      it('500 when a callback throws and onError hangs', async () => {
        expect(await client('throwing-and-hanging').post(single(smsFields('hi')))).toMatchObject({
          status: 500,
          text: 'CALLBACK_FAILED',
        });
      });

      it('200 where onError has accepted what a callback threw, and the message is known then', async () => {
        const { post, journal } = client('throwing-accepted');
        for (let n = 0; n < 2; n++) expect(await post(single(smsFields('hi')))).toMatchObject({ status: 200 });
        expect(await journal()).toEqual([
          { what: 'error', error: 'Error: of the application', kind: 'sms', attempt: 1 },
        ]);
      });

      it('500, then 200 when the retry goes well; each attempt is counted', async () => {
        const { post, journal } = client('throwing-once');
        const xml = single(smsFields('hi'));
        expect([(await post(xml)).status, (await post(xml)).status, (await post(xml)).status]).toEqual([500, 200, 200]);
        expect(await journal()).toEqual([
          { what: 'try', attempt: 1 },
          { what: 'try', attempt: 2 },
        ]);
      });

      it('with the code alone, as plain text', async () => {
        const answer = await client('plain').post(single(smsFields('<b>secret</b>')));
        expect(answer).toMatchObject({ status: 400, text: 'UNEXPECTED_CONTENT' });
        expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      });
    });

    describe('admits', () => {
      it('who authorize says true of, and tells it of the request but not of its body', async () => {
        const { post, journal, path } = client('authorized');
        expect(await post(single(smsFields('hi')), { ...XML, 'X-Secret': 's' }, 'POST', '?a=b%20c&d=e')).toMatchObject({
          status: 200,
        });
        const [head, ...others] = await journal();
        expect(head).toMatchObject({
          what: 'authorize',
          method: 'POST',
          secret: 's',
          ...(tellsAddress ? { remoteAddress: expect.stringMatching(/127\.0\.0\.1$/) as string } : {}),
        });
        expect(String(head?.['url']).replace('b+c', 'b%20c')).toBe(`${path}?a=b%20c&d=e`);
        expect(whats(others)).toEqual(['sms']);
      });

      it.each([['unauthorized'], ['unauthorized-truthy']])('nobody else: 401 (%s)', async (situation) => {
        const { post, journal } = client(situation);
        const answer = await post(single(smsFields('hi')));
        expect(answer).toMatchObject({ status: 401, text: 'UNAUTHORIZED' });
        expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm="postback"/);
        expect(await journal()).toEqual([]);
      });

      it.each([['authorize-throwing'], ['authorize-hanging']])(
        'nobody where it cannot tell: 503 (%s)',
        async (situation) => {
          const { post, journal } = client(situation);
          expect(await post(single(smsFields('hi')))).toMatchObject({ status: 503, text: 'AUTHORIZE_FAILED' });
          expect(await journal()).toEqual([]);
        },
      );

      itStreams('nobody else, and does not wait for their bodies', async () => {
        const { raw, path } = client('unauthorized');
        const answer = await raw(
          `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n<POST`,
          has('UNAUTHORIZED'),
        );
        expect(answer).toMatch(/^HTTP\/1\.1 401 .*UNAUTHORIZED/s);
      });
    });

    describe('reads a body', () => {
      it.each([
        ['application/xml'],
        ['text/xml; charset=utf-8'],
        ['TEXT/XML'],
        ['application/postback+xml'],
        ['application/x-www-form-urlencoded'],
        ['text/plain;charset=UTF-8'],
        ['application/octet-stream'],
        [undefined],
      ])('of raw XML as %s', async (type) => {
        const { post, journal } = client('plain');
        const xml = `\r\n ${single(smsFields('1 + 1 = 2 &amp; 100%25 é'))}`;
        expect(await post(new Blob([xml]), type === undefined ? {} : { 'content-type': type })).toMatchObject({
          status: 200,
        });
        expect(texts(await journal())).toEqual(['1 + 1 = 2 & 100%25 é']);
      });

      it.each(['text/html', 'application/json-seq', 'image/png', 'application/xml-dtd'])(
        'not as %s: 415',
        async (type) => {
          const { post, journal } = client('plain');
          expect(await post(single(smsFields('hi')), { 'content-type': type })).toMatchObject({
            status: 415,
            text: 'UNSUPPORTED_MEDIA_TYPE',
          });
          const [rejection] = await journal();
          expect(rejection).toMatchObject({ what: 'reject', codes: ['UNSUPPORTED_MEDIA_TYPE'] });
          expect(rejection).not.toHaveProperty('raw');
        },
      );

      it.each([
        ['application/json'],
        ['application/json; charset=utf-8'],
        ['application/postback+json'],
        ['text/plain'],
        ['application/x-www-form-urlencoded'],
        ['application/xml'],
        [undefined],
      ])('of JSON as %s', async (type) => {
        const { post, journal } = client('plain');
        const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
        expect(await post(new Blob([`\n ${jsonSms('1 + 1 = 2 & 100%25 é 😀')}`]), headers)).toMatchObject({
          status: 200,
        });
        expect(
          await post(new Blob([`[${jsonSms('one')},{"origin":"SMS_MO"},${jsonSms('two')}]`]), headers),
        ).toMatchObject({ status: 400, text: 'MISSING_FIELD' });
        expect(await post(new Blob([jsonSms('cut').slice(0, -1)]), headers)).toMatchObject({
          status: 400,
          text: 'MALFORMED',
        });
        const entries = await journal();
        expect(texts(entries.filter(({ what }) => what !== 'reject'))).toEqual([
          '1 + 1 = 2 & 100%25 é 😀',
          'one',
          'two',
        ]);
      });

      it('in the charset of its type, and else in its own', async () => {
        const { post, journal } = client('plain');
        const latin1 = Buffer.from(single(smsFields('é')), 'latin1');
        expect(await post(latin1, { 'content-type': 'text/xml; a=b; charset=ISO-8859-1' })).toMatchObject({
          status: 200,
        });
        expect(
          await post(Buffer.from(`<?xml version='1.0' encoding="ISO-8859-1"?>${single(smsFields('déjà'))}`, 'latin1'), {
            'content-type': 'application/xml',
          }),
        ).toMatchObject({ status: 200 });
        expect(
          await post(Buffer.from(single(smsFields('16')), 'utf16le'), { 'content-type': 'application/octet-stream' }),
        ).toMatchObject({ status: 200 });
        expect(await post(latin1, { 'content-type': 'application/xml' })).toMatchObject({
          status: 400,
          text: 'BAD_ENCODING',
        });
        expect(texts(await journal())).toEqual(['é', 'déjà', '16', undefined]);
      });

      it('that is a form with the field xml, whatever else it holds', async () => {
        const { post, journal } = client('plain');
        const encode = (text: string): string => encodeURIComponent(single(smsFields(text))).replaceAll('%20', '+');
        expect(await post(`xml=${encode('é & 1+1')}`.replace('%26', '%26amp;'), FORM)).toMatchObject({ status: 200 });
        expect(
          await post(`a=b&XML=${encode('two')}&c`, {
            'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
          }),
        ).toMatchObject({ status: 200 });
        // A declaration tells of the bytes that were percent-encoded.
        expect(
          await post(
            `xml=${encodeURIComponent('<?xml version="1.0" encoding="ISO-8859-1"?>')}${encode('=').replace('%3D', '%E9')}`,
            FORM,
          ),
        ).toMatchObject({ status: 200 });
        expect(texts(await journal())).toEqual(['é & 1+1', 'two', 'é']);
        expect((await journal())[1]?.['raw']).toBe(`a=b&XML=${encode('two')}&c`);
      });

      it('that is a form with no such field, or two: 400', async () => {
        const { post, journal } = client('plain');
        expect(await post('a=b', FORM)).toMatchObject({ status: 400, text: 'EMPTY' });
        expect(await post('xml=%3Ca%3E&xml=%3Ca%3E', FORM)).toMatchObject({ status: 400, text: 'NOT_A_POSTBACK' });
        expect(await post('', FORM)).toMatchObject({ status: 400, text: 'EMPTY' });
        expect(await journal()).toMatchObject([
          { codes: ['EMPTY'], raw: 'a=b' },
          { codes: ['NOT_A_POSTBACK'] },
          { codes: ['EMPTY'], raw: '' },
        ]);
      });

      it('that is multipart/form-data with a part named xml, in any encoding', async () => {
        const { post, journal } = client('plain');
        const form = new FormData();
        form.set('other', 'b');
        form.set('xml', single(smsFields('é €\r\n2')));
        const encoded = new Response(form);
        const type = { 'content-type': encoded.headers.get('content-type') ?? '' };
        expect(await post(Buffer.from(await encoded.arrayBuffer()), type)).toMatchObject({ status: 200 });
        form.set(
          'xml',
          new Blob([Buffer.from(`<?xml version="1.0" encoding="latin1"?>${single(smsFields('é'))}`, 'latin1')]),
          'a.xml',
        );
        const file = new Response(form);
        expect(
          await post(Buffer.from(await file.arrayBuffer()), { 'content-type': file.headers.get('content-type') ?? '' }),
        ).toMatchObject({ status: 200 });
        expect(await post('--x', { 'content-type': 'multipart/form-data; boundary=x' })).toMatchObject({
          status: 400,
          text: 'EMPTY',
        });
        expect(texts(await journal())).toEqual(['é €\n2', 'é', undefined]);
      });

      it.each([
        ['gzip', gzipSync],
        ['x-gzip', gzipSync],
        ['deflate', deflateSync],
        ['deflate', deflateRawSync],
        ['br', brotliCompressSync],
        ['identity', (bytes: Buffer) => bytes],
        ['GZIP', gzipSync],
        // Undone on the way, the header left as it was.
        ['gzip', (bytes: Buffer) => bytes],
        ['deflate', (bytes: Buffer) => bytes],
        ['br', (bytes: Buffer) => bytes],
      ])('in the content-encoding %s (%o)', async (coding, compress) => {
        const { post, journal } = client('plain');
        const headers = { ...XML, 'content-encoding': coding };
        const body = new Uint8Array(compress(Buffer.from(single(smsFields('hi é')))));
        if (coding === 'br' && body[0] !== 0x3c && !hasBrotli) {
          expect(await post(body, headers)).toMatchObject({ status: 415, text: 'UNSUPPORTED_CONTENT_ENCODING' });
          return;
        }
        expect(await post(body, headers)).toMatchObject({ status: 200 });
        expect(texts(await journal())).toEqual(['hi é']);
      });

      it.each(['compress', 'gzip, gzip', 'zstd'])('not in the content-encoding %s: 415', async (coding) => {
        const { post } = client('plain');
        expect(await post(single(smsFields('hi')), { ...XML, 'content-encoding': coding })).toMatchObject({
          status: 415,
          text: 'UNSUPPORTED_CONTENT_ENCODING',
        });
      });

      it('not where its coding is broken: 400', async () => {
        const { post, journal } = client('plain');
        const whole = gzipSync(single(smsFields('hi')));
        expect(await post(whole.subarray(0, -12), { ...XML, 'content-encoding': 'gzip' })).toMatchObject({
          status: 400,
          text: 'BAD_ENCODING',
        });
        expect(await post(Buffer.from([0x81, 2, 0xff, 4]), { ...XML, 'content-encoding': 'deflate' })).toMatchObject({
          status: 400,
          text: 'BAD_ENCODING',
        });
        expect(await journal()).toMatchObject([
          { raw: whole.subarray(0, -12).toString('latin1') },
          { codes: ['BAD_ENCODING'] },
        ]);
      });

      it.each([
        ['gzip', gzipSync],
        ['deflate', deflateSync],
        ['br', brotliCompressSync],
      ])('not where it is too large without its coding (%s): 413', async (coding, compress) => {
        const { post } = client('small');
        const bomb = new Uint8Array(compress(Buffer.alloc(100_000, ' ')));
        expect(bomb.length).toBeLessThan(500);
        const refusal =
          coding === 'br' && !hasBrotli
            ? { status: 415, text: 'UNSUPPORTED_CONTENT_ENCODING' }
            : { status: 413, text: 'TOO_LARGE' };
        expect(await post(bomb, { ...XML, 'content-encoding': coding })).toMatchObject(refusal);
      });

      it('not where it, or a notification of it, is too large: 413', async () => {
        const { post } = client('small');
        expect(await post(' '.repeat(1001))).toMatchObject({ status: 413, text: 'TOO_LARGE' });
        expect(await post(' '.repeat(701))).toMatchObject({ status: 413, text: 'TOO_LARGE' });
      });

      itStreams('not where it says that it is too large: 413, and nothing of it is waited for', async () => {
        const { raw, path } = client('small');
        expect(
          await raw(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000000\r\n\r\n<POST`, has('\r\n\r\n')),
        ).toMatch(/^HTTP\/1\.1 413 /);
        expect(
          await raw(
            `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n${'a'.repeat(1001)}\r\n`,
            has('TOO_LARGE'),
          ),
        ).toMatch(/^HTTP\/1\.1 413 .*TOO_LARGE/s);
      });

      itStreams('not where it does not come in time: 408', async () => {
        const { raw, path, journal } = client('slow-body');
        expect(
          await raw(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n<POST`, has('BODY_TIMEOUT')),
        ).toMatch(/^HTTP\/1\.1 408 .*BODY_TIMEOUT/s);
        expect(await journal()).toMatchObject([{ what: 'reject', codes: ['BODY_TIMEOUT'] }]);
      });

      itStreams('not where its client goes away in the middle; no callback is called', async () => {
        const { raw, path, until, post, journal } = client('plain');
        await raw(
          `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n${single(smsFields('hi'))}`,
          undefined,
          (socket) => setTimeout(() => socket.destroy(), 20),
        );
        await until((entries) => entries.length > 0);
        expect(await post(single(smsFields('hi')))).toMatchObject({ status: 200 });
        expect(await journal()).toMatchObject([{ what: 'reject', codes: ['ABORTED'] }, { what: 'sms' }]);
      });

      it('and mends it where a handset sent what XML forbids, unless it is told not to', async () => {
        const { post, journal } = client('plain');
        const xml = bundle(
          ...Array.from({ length: 300 }, (_, n) => smsFields(n === 150 ? 'AT&T' : `number ${String(n)}`)),
        );
        expect(await post(xml)).toMatchObject({ status: 200 });
        const entries = await journal();
        expect(entries).toHaveLength(300);
        expect(entries[150]).toMatchObject({ text: 'AT&T', warnings: ['STRAY_AMPERSAND'] });
        expect(await client('strict').post(xml)).toMatchObject({ status: 400, text: 'MALFORMED' });
      });
    });

    describe('tells a callback', () => {
      it('the key, the attempt, the deadline, the bytes as they came', async () => {
        const { post, journal } = client('plain');
        const body = gzipSync(single(smsFields('hi', 'T1')));
        await post(body, { ...XML, 'content-encoding': 'gzip' });
        const [entry] = await journal();
        expect(entry).toMatchObject({
          key: '["sms","86717","T1"]',
          attempt: 1,
          isAborted: false,
          warnings: [],
          raw: body.toString('latin1'),
        });
        expect(entry?.['deadlineMs']).toBeGreaterThan(8000);
        expect(entry?.['deadlineMs']).toBeLessThanOrEqual(9000);
      });

      it('no key of the content where that is not wanted', async () => {
        const { post, journal } = client('without-content-keys');
        for (const fields of [smsFields('hi'), smsFields('hi'), smsFields('hi', 'T1'), smsFields('hi', 'T1')])
          await post(single(fields));
        expect((await journal()).map(({ key }) => key)).toEqual([undefined, undefined, '["sms","86717","T1"]']);
      });
    });

    describe('knows a message again', () => {
      it('by the id of the provider, however different it is else', async () => {
        const { post, journal } = client('plain');
        expect([
          (await post(single(smsFields('one', 'T1')))).status,
          (await post(single(smsFields('two', 'T1')))).status,
        ]).toEqual([200, 200]);
        expect(await post(bundle(mmsFields('M1'), mmsFields('M2')))).toMatchObject({ status: 200 });
        expect(await post(bundle(mmsFields('M1'), mmsFields('M2'), mmsFields('M3')))).toMatchObject({ status: 200 });
        expect((await journal()).map(({ text, trackingId }) => text ?? trackingId)).toEqual(['one', 'M1', 'M2', 'M3']);
      });

      it('by its content, in which equals of one document are two', async () => {
        const { post, journal } = client('plain');
        const twice = bundle(smsFields('YES'), smsFields('YES')).replace(/ id="\d"/g, '');
        for (let n = 0; n < 2; n++) expect(await post(twice)).toMatchObject({ status: 200 });
        const keys = (await journal()).map(({ key }) => key);
        expect(keys).toEqual([expect.stringMatching(/^sha256:[0-9a-f]{64}$/), `${String(keys[0])}#2`]);
      });

      it('in one bundle, where its id stands twice', async () => {
        const { post, journal } = client('plain');
        expect(await post(bundle(smsFields('hi'), smsFields('hi')).replace('"2"', '"1"'))).toMatchObject({
          status: 200,
        });
        expect(whats(await journal())).toEqual(['sms']);
      });

      it('not where that is not wanted', async () => {
        const { post, journal } = client('without-dedupe');
        for (let n = 0; n < 2; n++) expect(await post(single(smsFields('hi', 'T1')))).toMatchObject({ status: 200 });
        expect(await journal()).toMatchObject([{ attempt: 1, key: '["sms","86717","T1"]' }, { attempt: 1 }]);
      });

      it('while another request handles it, and waits for that one', async () => {
        const { post, journal } = client('busy-callback');
        const answers = await Promise.all([post(single(smsFields('hi'))), post(single(smsFields('hi')))]);
        expect(answers.map(({ status }) => status)).toEqual([200, 200]);
        expect(whats(await journal())).toEqual(['done']);
      });

      it.each(['store-down', 'store-hanging'])(
        'not where the store cannot be reached: 503, and no callback (%s)',
        async (situation) => {
          const { post, journal } = client(situation);
          expect(await post(bundle(smsFields('hi'), BAD_FIELDS))).toMatchObject({
            status: 503,
            text: 'STORE_UNAVAILABLE',
          });
          expect(whats(await journal())).toEqual(['reject']);
        },
      );

      it.each(['store-down-behind', 'store-hanging-behind'])(
        'also where the store fails behind the callback (%s)',
        async (situation) => {
          const { post, journal } = client(situation);
          for (let n = 0; n < 2; n++) expect(await post(single(smsFields('hi')))).toMatchObject({ status: 200 });
          expect(whats(await journal())).toEqual(['sms']);
        },
      );
    });

    describe('in time', () => {
      it('answers 503 to a callback that is not done, which goes on; the retry finds it done', async () => {
        const { post, journal, until } = client('slow');
        expect(await post(single(smsFields('hi')))).toMatchObject({ status: 503, text: 'CALLBACK_TIMEOUT' });
        expect(await post(single(smsFields('hi')))).toMatchObject({ status: 503, text: 'IN_PROGRESS' });
        await until((entries) => entries.length > 0);
        expect(await post(single(smsFields('hi')))).toMatchObject({ status: 200 });
        expect(whats(await journal())).toEqual(['done']);
      });

      it('gives up a callback that never ends: its signal aborts', async () => {
        const { post, until } = client('never-done');
        expect(await post(single(smsFields('hi')))).toMatchObject({ status: 503, text: 'CALLBACK_TIMEOUT' });
        expect(await until((entries) => entries.length > 0)).toEqual([{ what: 'abort', reason: 'TimeoutError' }]);
      });

      it('answers 503 to a bundle that takes longer, which is done when it comes again, each message once', async () => {
        const { post, journal, until } = client('slow-bundle');
        const xml = bundle(...Array.from({ length: 20 }, (_, n) => smsFields(String(n))));
        expect(await post(xml)).toMatchObject({ status: 503 });
        await until((entries) => entries.length === 20);
        expect(await post(xml)).toMatchObject({ status: 200 });
        expect(texts(await journal())).toEqual(Array.from({ length: 20 }, (_, n) => String(n)));
      });

      it('runs as many callbacks of a bundle at a time as it may', async () => {
        const { post, journal } = client('concurrent');
        expect(await post(bundle(...Array.from({ length: 9 }, (_, n) => smsFields(String(n)))))).toMatchObject({
          status: 200,
        });
        expect(Math.max(...(await journal()).map(({ running }) => Number(running)))).toBe(3);
      });

      it('tells a callback whose claim is lost', async () => {
        const { post, journal } = client('lease-lost');
        expect(await post(single(smsFields('hi')))).toMatchObject({ status: 200 });
        expect(await journal()).toEqual([{ what: 'abort', reason: 'AbortError' }]);
      });
    });

    describe('refuses with 503', () => {
      it('more requests than it may have in progress', async () => {
        const { post } = client('busy');
        const answers = await Promise.all([post(single(smsFields('one'))), post(single(smsFields('two')))]);
        expect(answers.map(({ status }) => status).sort()).toEqual([200, 503]);
        expect(answers.map(({ text }) => text).sort()).toEqual(['', 'OVERLOADED']);
        expect(await post(single(smsFields('two')))).toMatchObject({ status: 200 });
      });

      itStreams('more bytes than it may have in progress', async () => {
        const { post } = client('full');
        expect(await post(' '.repeat(1001))).toMatchObject({ status: 503, text: 'OVERLOADED' });
        expect(await post(single(smsFields('hi')))).toMatchObject({ status: 200 });
      });

      it('everything once it drains, and closes the connection', async () => {
        const { raw, path } = client('draining');
        const xml = single(smsFields('hi'));
        const answer = await raw(
          `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${String(xml.length)}\r\n\r\n${xml}`,
          has('DRAINING'),
        );
        expect(answer).toMatch(/^HTTP\/1\.1 503 /);
        if (closes) expect(answer).toMatch(/^connection: close\r$/im);
        expect(answer).toMatch(/DRAINING/);
      });
    });
  });
}
