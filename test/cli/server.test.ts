// The server of `mo-postback listen` while its files are opened.

import { once } from 'node:events';
import { expect, it } from 'vitest';
import { createWaitingServer } from '../../src/cli/server.ts';
import { listening } from '../helpers/server.ts';

it('createWaitingServer lets requests wait until there is a listener', async () => {
  const { server, passTo } = createWaitingServer();
  const url = `http://127.0.0.1:${String(await listening(server))}/`;
  const arrived = once(server, 'request');
  const early = fetch(url, { method: 'POST', body: 'early' });
  await arrived;
  passTo((request, response) => request.pipe(response));
  expect(await (await early).text()).toBe('early');
  expect(await (await fetch(url, { method: 'POST', body: 'late' })).text()).toBe('late');
});
