// The server for runtimes with the Fetch API. Each has its own way to serve, and prints its port.

import { createHandler } from 'mo-postback/fetch';
import { createApp } from '../contract/app.ts';

const find = createApp(createHandler);

async function answer(request, platform) {
  const found = find(new URL(request.url).pathname);
  if (found === undefined) return new globalThis.Response(null, { status: 404 });
  return found.isJournal ? globalThis.Response.json(found.journal) : found.handler(request, platform);
}

if (globalThis.Bun !== undefined) {
  const server = globalThis.Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request) => answer(request, { remoteAddress: server.requestIP(request)?.address }),
  });
  console.log(`port ${server.port}`);
} else if (globalThis.Deno !== undefined) {
  const onListen = ({ port }) => console.log(`port ${port}`);
  globalThis.Deno.serve({ port: 0, hostname: '127.0.0.1', onListen }, (request, { remoteAddr }) =>
    answer(request, { remoteAddress: remoteAddr.hostname }),
  );
}

/** Workers. */
export default {
  fetch: (request, env, context) => answer(request, { waitUntil: (work) => context.waitUntil(work) }),
};
