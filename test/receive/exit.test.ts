// A process ends when its server is closed. Needs a build: `npm run build`.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { single, smsFields } from '../helpers/documents.ts';

const http = join(resolve(import.meta.dirname, '../..'), 'dist/http.js');

const CODE = `
  const { createServer } = await import('node:http');
  const { createHandler } = await import(${JSON.stringify(http)});
  const handler = createHandler({ onSms: () => new Promise((resolve) => setTimeout(resolve, 50)), onMms() {} });
  const server = createServer(handler).listen(0, '127.0.0.1', async () => {
    const body = ${JSON.stringify(single(smsFields('hi')))};
    const { status } = await fetch('http://127.0.0.1:' + server.address().port, { method: 'POST', body });
    console.log(status);
    server.close();
    server.closeAllConnections();
  });
`;

it('a process whose server is closed does not wait for timers of requests that are done', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', CODE], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [status] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  expect(status).toBe('200\n');
  const since = performance.now();
  expect(await once(child, 'exit')).toEqual([0, null]);
  // The shortest of the receiver's timers takes 5 s.
  expect(performance.now() - since).toBeLessThan(4000);
});
