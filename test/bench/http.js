// `npm run bench:http`: compares each adapter with a bare server of the same framework, which only reads the body and
// answers 200, and with a bare server that also parses the body, claims the message and calls back. Each server is a
// process of its own. They are loaded in turns, so that the ratio within a turn can be compared.
// Then it measures how much memory each adapter uses over a million requests.
// `node http.js speed koa` measures one adapter, and writes nothing.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import autocannon from 'autocannon';
import { documents } from './documents.js';
import { circumstances, table, writeSection } from './report.js';

const [part, only] = process.argv.slice(2);
const FRAMEWORKS = only === undefined ? ['http', 'express', 'fastify', 'koa', 'fetch'] : [only];
const ROUNDS = 3;
const TURNS = 3;
const TURN_S = 2;
const LEAST_RATIO = 0.85;
const FIRST_REQUESTS = 100_000;
const REQUESTS = 1_000_000;
const MOST_MIB = 16;

const { source: xml } = documents['short SMS'];
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function start(framework, which) {
  const child = fork(new URL('http-server.js', import.meta.url).pathname, [framework, which], {
    execArgv: which === 'heap' ? ['--expose-gc'] : [],
  });
  const [port] = await once(child, 'message');
  return { child, url: `http://127.0.0.1:${port}/` };
}

/** Loads a server. Each request has another message, because a known one would not be handled. */
let id = 0;
async function load({ url }, amount) {
  const setupRequest = (request) => ({
    ...request,
    body: xml.replace('</TO>', `</TO><TRANSACTIONID>${++id}</TRANSACTIONID>`),
  });
  const { requests, non2xx, errors } = await autocannon({
    url,
    method: 'POST',
    headers: { 'content-type': 'text/xml' },
    connections: 20,
    ...amount,
    requests: [{ setupRequest }],
  });
  if (non2xx + errors > 0) throw new Error(`${url}: ${non2xx} answers were not 200, ${errors} requests failed`);
  return requests.average;
}

async function speed(framework) {
  const turns = [];
  // Several processes of each: the speed of a process also depends on how its code was compiled.
  for (let round = 0; round < ROUNDS; round++) {
    const servers = [];
    for (const which of ['ours', 'bare', 'least']) servers.push(await start(framework, which));
    for (const server of servers) await load(server, { duration: 3 });
    for (let turn = 0; turn < TURNS; turn++) {
      const loads = [];
      for (const server of servers) loads.push(await load(server, { duration: TURN_S }));
      turns.push(loads);
    }
    for (const { child } of servers) child.kill();
  }
  const ratio = median(turns.map(([ours, bare]) => ours / bare));
  const least = median(turns.map(([, bare, claiming]) => claiming / bare));
  const perSecond = (n) => String(Math.round(median(turns.map((turn) => turn[n]))));
  return [
    framework,
    perSecond(0),
    perSecond(1),
    ratio.toFixed(2),
    ratio >= LEAST_RATIO ? 'met' : 'NOT met',
    least.toFixed(2),
  ];
}

async function heap(framework) {
  const server = await start(framework, 'heap');
  const held = async () => {
    server.child.send('held');
    const [bytes] = await once(server.child, 'message');
    return bytes / 1024 ** 2;
  };
  await load(server, { amount: FIRST_REQUESTS });
  const first = await held();
  await load(server, { amount: REQUESTS - FIRST_REQUESTS });
  const growth = (await held()) - first;
  server.child.kill();
  return [framework, `${first.toFixed(2)} MiB`, `${growth.toFixed(2)} MiB`, growth < MOST_MIB ? 'met' : 'NOT met'];
}

async function rowsOf(measure) {
  const rows = [];
  for (const framework of FRAMEWORKS) {
    rows.push(await measure(framework));
    console.log(rows.at(-1).join('  '));
  }
  return rows;
}

if (part !== 'heap') {
  const rows = await rowsOf(speed);
  if (only === undefined)
    writeSection(
      'Servers',
      `
${circumstances()}. Requests per second with the short SMS, each with another id, by autocannon over 20 connections on the same
machine. The bare server uses the same framework, only reads the body and answers 200; the target is at least ${LEAST_RATIO} of
its speed. The last column is the ratio of a bare server that also calls parsePostback, claims the message in a memoryDedupe
and completes it, as it is needed to recognise retries. Medians of ${ROUNDS * TURNS} turns of ${TURN_S} s each, with ${ROUNDS} processes of each kind.

${table(['mo-postback/', 'requests per second', 'bare', 'ratio', '', 'bare, parsing and claiming'], rows)}
`,
    );
}

if (part !== 'speed') {
  const rows = await rowsOf(heap);
  if (only === undefined)
    writeSection(
      'Memory of servers',
      `
${circumstances()}. The memory (heap and array buffers) of a server after ${FIRST_REQUESTS.toLocaleString('en')} requests and a forced garbage collection, and
its growth until ${REQUESTS.toLocaleString('en')} requests. The target is a growth of less than ${MOST_MIB} MiB. The store of claims keeps 1 000 keys.

${table(['mo-postback/', 'memory', 'growth', ''], rows)}
`,
    );
}
