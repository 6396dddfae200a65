// `npm run bench:http`: each adapter on Node beside a bare server of the same framework, which only reads the body and
// answers 200, and beside the same that parses the body, claims the message and calls back. All are processes of their
// own and are loaded by turns, so that what counts is a ratio within a turn.
// Then what each adapter holds over a million requests.
// `node http.js speed koa` looks at one, and writes nothing.

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

const { xml } = documents['short SMS'];
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function start(framework, which) {
  const child = fork(new URL('http-server.js', import.meta.url).pathname, [framework, which], {
    execArgv: which === 'heap' ? ['--expose-gc'] : [],
  });
  const [port] = await once(child, 'message');
  return { child, url: `http://127.0.0.1:${port}/` };
}

/** Loads a server. Each request has a message of its own: a known one would not be handled. */
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
  if (non2xx + errors > 0) throw new Error(`${url}: ${non2xx} answers were no 200, ${errors} requests failed`);
  return requests.average;
}

async function speed(framework) {
  const turns = [];
  // Several of each: how fast a process is depends on how its code came to be compiled, too.
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
${circumstances()}. Requests a second with the short SMS, each with an id of its own, by autocannon over 20 connections, on the same
machine. The bare server is one of the same framework that reads the body and answers 200; of it at least ${LEAST_RATIO} is
wanted. The last column is the ratio of a bare server that also calls parsePostback, claims the message in a memoryDedupe and
completes it: without it nobody can tell a message from its retry. Medians of ${ROUNDS * TURNS} turns of ${TURN_S} s each, with ${ROUNDS} processes of
each kind.

${table(['mo-postback/', 'requests a second', 'bare', 'ratio', '', 'bare, parsing and claiming'], rows)}
`,
    );
}

if (part !== 'speed') {
  const rows = await rowsOf(heap);
  if (only === undefined)
    writeSection(
      'Memory of servers',
      `
${circumstances()}. What a server holds after a forced collection (heap and array buffers) when it has answered ${FIRST_REQUESTS.toLocaleString('en')} requests,
and how much more it is after ${REQUESTS.toLocaleString('en')}; less than ${MOST_MIB} MiB is wanted. The store of claims keeps 1 000 keys.

${table(['mo-postback/', 'held', 'growth', ''], rows)}
`,
    );
}
