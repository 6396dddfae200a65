import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createReceiver } from '../../src/receive/receive.ts';
import { single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, callbacks, postbackRequest } from '../helpers/postback-request.ts';

const bad = postbackRequest(alreadyRead('<html>'));
const good = postbackRequest(alreadyRead(single(smsFields('hi', 'T1'))));
const failing = { ...callbacks, onSms: () => Promise.reject(new Error('mine')) };

describe('the hooks of a receiver', () => {
  it.each<[string, unknown, number, string]>([
    ["'accepted'", 'accepted', 200, ''],
    ['nothing', undefined, 400, 'NOT_A_POSTBACK'],
    ['a number', 7, 400, 'NOT_A_POSTBACK'],
    ['a misspelt string', 'acepted', 500, 'ON_REJECT_FAILED'],
    ['another string', 'stored', 500, 'ON_REJECT_FAILED'],
  ])('decide the answer by what onReject resolves to: %s', async (_, result, status, body) => {
    const receiver = createReceiver({ ...callbacks, onReject: () => Promise.resolve(result) });
    expect(await receiver.answer(bad)).toMatchObject({ status, body });
  });

  it.each<[string, unknown, number]>([
    ["'accepted'", 'accepted', 200],
    ['nothing', undefined, 500],
    ['a misspelt string', 'Accepted', 500],
  ])('decide the answer by what onError resolves to: %s', async (_, result, status) => {
    const receiver = createReceiver({ ...failing, onError: () => Promise.resolve(result) });
    expect(await receiver.answer(good)).toMatchObject({ status });
  });

  it.each([
    ['acepted', 'onReject resolved to "acepted". Expected "accepted", or no string.'],
    ['the text of a person', 'onReject resolved to a string. Expected "accepted", or no string.'],
  ])('report a wrong string %j once, without what may be content', (result, message) => {
    const hooks = join(resolve(import.meta.dirname, '../../dist'), 'http.js');
    const run = (prepare: string): string =>
      execFileSync(
        process.execPath,
        [
          '--input-type=module',
          '-e',
          `import { createServer } from 'node:http'; import { createHandler } from ${JSON.stringify(hooks)};
           process.on('warning', ({ name, message }) => console.log(name + ': ' + message));
           ${prepare}
           const onReject = async () => ${JSON.stringify(result)};
           const server = createServer(createHandler({ onSms() {}, onMms() {}, onReject })).listen(0, async () => {
             for (let n = 0; n < 2; n++) await fetch('http://localhost:' + server.address().port, { method: 'POST', body: '<html>' });
             server.close();
           });`,
        ],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
      );
    expect(run('')).toBe(`MoPostbackWarning: ${message}\n`);
    // As on platforms without process warnings.
    expect(run('console.warn = console.log; process.emitWarning = undefined;')).toBe(`mo-postback: ${message}\n`);
  });
});
