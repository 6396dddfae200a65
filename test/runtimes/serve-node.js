// The server for Node.js, an ES module. First checks that CommonJS gets the same exports.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import * as core from 'mo-postback';
import { createHandler } from 'mo-postback/http';
import { createApp } from '../contract/app.ts';

const require = createRequire(import.meta.url);
for (const name of [
  '',
  '/http',
  '/fetch',
  '/lambda',
  '/authorize',
  '/keywords',
  '/dedupe/memory',
  '/dedupe/redis',
  '/dedupe/postgres',
]) {
  assert.deepEqual(
    Object.keys(require(`mo-postback${name}`)).sort(),
    Object.keys(await import(`mo-postback${name}`))
      .filter((key) => key !== 'default' && key !== 'module.exports')
      .sort(),
  );
}
assert.equal(require('mo-postback').safeParsePostback('').error.code, core.safeParsePostback('').error.code);

const find = createApp(createHandler);
createServer((request, response) => {
  const found = find(request.url);
  if (found === undefined) response.writeHead(404).end();
  else if (found.isJournal) response.end(JSON.stringify(found.journal));
  else found.handler(request, response);
}).listen(0, '127.0.0.1', function () {
  console.log(`port ${this.address().port}`);
});
