// `npm run bench:http`: each adapter on Node beside a bare server of the same framework, which only reads the body and
// answers 200. Both are processes of their own and are loaded by turns, so that what counts is a ratio within a turn.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import autocannon from 'autocannon';
import { documents } from './documents.js';
import { circumstances, table, writeSection } from './report.js';

// `node http.js koa` looks at one, and writes nothing.
const [only] = process.argv.slice(2);
const FRAMEWORKS = only === undefined ? ['http', 'express', 'fastify', 'koa', 'fetch'] : [only];
const TURNS = 9;
const TURN_S = 2;
const TARGET = 0.85;

const { xml } = documents['short SMS'];

async function start(framework, isBare) {
  const child = fork(new URL('http-server.js', import.meta.url).pathname, [framework, isBare ? 'bare' : 'ours']);
  const [port] = await once(child, 'message');
  return { child, url: `http://127.0.0.1:${port}/` };
}

/** Requests a second. Each request has a message of its own: a known one would not be handled. */
let id = 0;
async function load({ url }, seconds) {
  const setupRequest = (request) => ({ ...request, body: xml.replace('</TO>', `</TO><TRANSACTIONID>${++id}</TRANSACTIONID>`) });
  const { requests, non2xx, errors } = await autocannon({
    url, method: 'POST', headers: { 'content-type': 'text/xml' }, connections: 20, duration: seconds, requests: [{ setupRequest }],
  });
  if (non2xx + errors > 0) throw new Error(`${url}: ${non2xx} answers were no 200, ${errors} requests failed`);
  return requests.average;
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

const rows = [];
for (const framework of FRAMEWORKS) {
  const [ours, bare] = [await start(framework, false), await start(framework, true)];
  for (const server of [ours, bare]) await load(server, 2);
  const turns = [];
  for (let turn = 0; turn < TURNS; turn++) turns.push([await load(ours, TURN_S), await load(bare, TURN_S)]);
  ours.child.kill();
  bare.child.kill();
  const ratio = median(turns.map(([a, b]) => a / b));
  rows.push([framework, String(Math.round(median(turns.map(([a]) => a)))), String(Math.round(median(turns.map(([, b]) => b)))), ratio.toFixed(2), ratio >= TARGET ? 'met' : 'NOT met']);
  console.log(rows.at(-1).join('  '));
}

if (only === undefined) writeSection(
  'Servers',
  `
${circumstances()}. Requests a second with the short SMS, each with an id of its own, by autocannon over 20 connections, on the same
machine. The bare server is one of the same framework that reads the body and answers 200. Medians of ${TURNS} turns of ${TURN_S} s each;
at least ${TARGET} is wanted.

${table(['mo-postback/', 'requests a second', 'bare', 'ratio', ''], rows)}
`,
);
