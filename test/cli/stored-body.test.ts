// Bodies that `mo-postback listen` has stored, read again by `parse` and sent again by `send --file`.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { messageKey, parsePostback } from '../../src/index.ts';
import { deliver } from '../../src/testing/index.ts';
import { events, root, ways } from '../helpers/command.ts';
import { single, smsFields } from '../helpers/documents.ts';
import { createSandbox } from '../helpers/sandbox.ts';
import { servingPostbacks } from '../helpers/server.ts';

const sandbox = createSandbox();
const SMS = single(smsFields('caf\xE9 + %', 'id-1'));
const LATIN1 = Buffer.from(SMS, 'latin1');
const BOUNDARY = '--b\r\nContent-Disposition: form-data; name="xml"\r\n\r\n';

/** A stored body, as `listen` writes it. Returns the file with the body. */
function stored(body: string | Uint8Array, headers: object, details: object = {}): string {
  const folder = sandbox.newPath();
  mkdirSync(folder);
  writeFileSync(join(folder, 'a.body'), body);
  writeFileSync(
    join(folder, 'a.json'),
    JSON.stringify({ arrivedAt: new Date().toISOString(), errors: [], headers, ...details }),
  );
  return join(folder, 'a.body');
}

const ENCODED: readonly (readonly [string, string | Uint8Array, Record<string, string>])[] = [
  ['the charset', LATIN1, { 'content-type': 'text/xml; charset=iso-8859-1' }],
  ['gzip', gzipSync(SMS), { 'content-type': 'text/xml', 'content-encoding': 'gzip' }],
  ['deflate', deflateSync(SMS), { 'content-encoding': 'deflate' }],
  ['br', brotliCompressSync(LATIN1), { 'content-type': 'text/xml; charset=latin1', 'content-encoding': 'br' }],
  [
    'a form',
    `a=1&XML=${encodeURIComponent(SMS)}`,
    { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
  ],
  ['a multipart form', `${BOUNDARY}${SMS}\r\n--b--\r\n`, { 'content-type': 'multipart/form-data; boundary=b' }],
];

describe.each(ways)('mo-postback parse, $way, of a stored body', ({ start }) => {
  it.each(ENCODED)('reads %s as the receiver does', async (_, body, headers) => {
    const { stdout, stderr, exitCode } = await start(['parse', stored(body, headers)]).finished;
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(JSON.parse(stdout)).toMatchObject({ text: 'caf\xE9 + %', transactionId: 'id-1' });
  });

  it('reads what listen has stored', async () => {
    const out = join(sandbox.newPath(), 'messages.ndjson');
    const { url } = await sandbox.listen(start, out);
    const body = gzipSync(SMS.replace(/<FROM>.*<\/FROM>/, ''));
    await deliver(
      url,
      { body, headers: { 'content-type': 'text/xml', 'content-encoding': 'gzip' } },
      { intervalsMs: [] },
    );
    const folder = join(out, '../rejected');
    const file = join(folder, readdirSync(folder).find((name) => name.endsWith('.body')) ?? '');
    expect((await start(['parse', file]).finished).stderr).toContain(`${file}:1:1: MISSING_FIELD`);
  });

  it('reads times with --default-offset', async () => {
    const file = stored(SMS.replace('-05:00', ''), {});
    expect((await start(['parse', file]).finished).stderr).toContain('INVALID_FIELD');
    const { stdout } = await start(['parse', '--default-offset', '-05:00', file]).finished;
    expect(JSON.parse(stdout)).toMatchObject({ receivedAt: parsePostback(SMS).receivedAt.toISOString() });
  });

  it('reads a file without a file of headers, and one with another name, as the document itself', async () => {
    const folder = sandbox.newPath();
    mkdirSync(folder);
    for (const name of ['a.body', 'b.xml']) writeFileSync(join(folder, name), SMS);
    writeFileSync(join(folder, 'b.json'), 'not JSON');
    const { stdout, stderr } = await start(['parse', join(folder, 'a.body'), join(folder, 'b.xml')]).finished;
    expect([stdout.split('\n').length, stderr]).toEqual([3, '']);
  });

  it('gives --encoding priority over the stored charset', async () => {
    const file = stored(LATIN1, { 'content-type': 'text/xml; charset=utf-8' });
    expect((await start(['parse', file]).finished).stderr).toContain('BAD_ENCODING');
    const { stdout } = await start(['parse', '--encoding', 'latin1', file]).finished;
    expect(JSON.parse(stdout)).toMatchObject({ text: 'caf\xE9 + %' });
  });

  it('prints why it cannot read the body, and continues with the next file', async () => {
    const form = stored('a=1', { 'content-type': 'application/x-www-form-urlencoded' });
    const zipped = stored(gzipSync(SMS), { 'content-encoding': 'zip' });
    const good = stored(SMS, {});
    const text = await start(['parse', form, zipped, good]).finished;
    expect(text.stdout.split('\n')).toHaveLength(2);
    expect([text.stderr, text.exitCode]).toEqual([
      `${form}: EMPTY: The form has no field named xml, and none that contains a document. Expected one.\n` +
        `${zipped}: UNSUPPORTED_CONTENT_ENCODING: Unsupported Content-Encoding. Expected none, or one of gzip, deflate, br.\n`,
      1,
    ]);
    const { stderr } = await start(['parse', '--json', form, zipped]).finished;
    expect(
      stderr
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      { file: form, error: { code: 'EMPTY', excerpt: '' } },
      { file: zipped, error: { code: 'UNSUPPORTED_CONTENT_ENCODING', status: 415 } },
    ]);
  });

  it.each([
    ['text', 'no JSON'],
    ['null', 'null'],
    ['another object', '{"headers":{}}'],
    ['headers that are no object', '{"arrivedAt":"","errors":[],"headers":"a"}'],
    ['headers that are no texts', '{"arrivedAt":"","errors":[],"headers":{"a":1}}'],
    ['errors that are no list', '{"arrivedAt":"","errors":{},"headers":{}}'],
  ])('names a file of headers that contains %s', async (_, content) => {
    const file = stored(SMS, {});
    const details = file.replace('.body', '.json');
    writeFileSync(details, content);
    expect(await start(['parse', file]).finished).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `${file}: cannot be read: ${details} was not written by listen. Expected an object with arrivedAt, errors and headers\n`,
    });
  });

  it('names a file of headers that cannot be read', async () => {
    const folder = sandbox.newPath();
    mkdirSync(join(folder, 'a.json'), { recursive: true });
    writeFileSync(join(folder, 'a.body'), SMS);
    const { stderr } = await start(['parse', join(folder, 'a.body')]).finished;
    expect(stderr).toBe(
      `${join(folder, 'a.body')}: cannot be read: ${join(folder, 'a.json')} cannot be read: it is a folder\n`,
    );
  });
});

describe.each(ways)('mo-postback parse, $way, of a file of headers', ({ start }) => {
  it('skips it silently if its body is parsed, too', async () => {
    const body = stored(SMS, {});
    const details = body.replace('.body', '.json');
    const { stdout, stderr, exitCode } = await start(['parse', relative(root, details), body]).finished;
    expect([stdout.split('\n').length, stderr, exitCode]).toEqual([2, '', 0]);
  });

  it('names the body to which it belongs', async () => {
    const body = stored(SMS, {});
    const details = body.replace('.body', '.json');
    expect(await start(['parse', details]).finished).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `${details}: cannot be read: it was written by listen and belongs to ${body}. Pass that file instead\n`,
    });
  });

  it('reads other documents whose name ends with .json, also long ones', async () => {
    const body = stored(SMS, {});
    const details = body.replace('.body', '.json');
    writeFileSync(details, SMS);
    expect(JSON.parse((await start(['parse', details]).finished).stdout)).toMatchObject({ transactionId: 'id-1' });
    writeFileSync(details, JSON.stringify({ arrivedAt: '', errors: [], headers: {}, long: 'a'.repeat(2 ** 24) }));
    expect((await start(['parse', details]).finished).stderr).toContain('TOO_LARGE');
    rmSync(details);
    expect((await start(['parse', details]).finished).stderr).toContain('no such file or folder');
    mkdirSync(details);
    expect((await start(['parse', details]).finished).stderr).toContain('it is a folder');
  });
});

describe.each(ways)('mo-postback send --file, $way, of a stored body', ({ start }) => {
  it.each(ENCODED)('sends %s with the same bytes and headers, and prints the key', async (_, body, headers) => {
    const { url, received } = await servingPostbacks();
    const file = stored(body, { ...headers, host: 'other.example.com', 'content-length': '7', 'x-other': '1' });
    const { stdout, exitCode } = await start(['send', url, '--file', file, '--json']).finished;
    expect(exitCode).toBe(0);
    expect(received[0]?.body).toEqual(readFileSync(file));
    const sent = received[0]?.head.headers ?? {};
    expect(sent['content-type']).toBe(headers['content-type']);
    expect(sent['content-encoding']).toBe(headers['content-encoding']);
    expect(sent).not.toHaveProperty('x-other');
    expect(events(stdout, 'delivery')).toMatchObject([{ file, keys: [messageKey(parsePostback(SMS))] }]);
  });

  it('sends a body that is no postback, too', async () => {
    const { url, received } = await servingPostbacks();
    const file = stored('no document', { 'content-type': 'image/png' });
    const { stdout } = await start(['send', url, '--file', file, '--json']).finished;
    expect(received[0]?.body.toString()).toBe('no document');
    expect(events(stdout, 'delivery')).toMatchObject([{ keys: [] }]);
  });

  it('does not put it into a form', async () => {
    const { url, received } = await servingPostbacks();
    const file = stored(SMS, {});
    for (const form of ['--form', '--multipart'])
      expect(await start(['send', url, '--file', file, form]).finished).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: `error: Cannot send ${file} in a form: it was stored by listen, and is sent as it arrived. Remove --form or --multipart.\n`,
      });
    expect(received).toEqual([]);
  });

  it.each([{ 'content-type': 'a\nb' }, { 'Content-Type': '€' }, { 'content-encoding': 'a\0' }])(
    'names the file if a header in it is not valid: %j',
    async (headers) => {
      const file = stored(SMS, headers);
      expect(await start(['send', 'http://127.0.0.1:1', '--file', file]).finished).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: `error: Cannot send ${file}: a header in the .json file next to it is not valid in HTTP.\n`,
      });
    },
  );

  it('sends headers whose names are stored in any case', async () => {
    const { url, received } = await servingPostbacks();
    await start(['send', url, '--file', stored(LATIN1, { 'Content-Type': 'text/xml; charset=latin1' })]).finished;
    expect(received[0]?.head.headers['content-type']).toBe('text/xml; charset=latin1');
  });

  it('names a file of headers that listen has not written', async () => {
    const file = stored(SMS, [1]);
    expect(await start(['send', 'http://127.0.0.1:1', '--file', file]).finished).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `error: Cannot read ${file}: ${file.replace('.body', '.json')} was not written by listen. Expected an object with arrivedAt, errors and headers.\n`,
    });
  });
});
