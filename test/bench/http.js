// `npm run bench:http`: compares each adapter with a bare server of the same framework, which only reads the body and
// answers 200, with a bare server that also parses the body, claims the message and calls back, and with a server that is
// written by hand with another parser. Each server is a process of its own. They are loaded in turns, so that the ratio
// within a turn can be compared.
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
const WARM_UP_S = 3;
const TURN_S = 2;
// Requests per second of mo-postback as a multiple of those of another server: at least as many.
const LEAST_OF_BARE = { http: 0.85, express: 1, fastify: 0.85, koa: 0.85, fetch: 0.8 };
const LEAST_OF_BY_HAND = { http: { 'fast-xml-parser': 2.1 }, fetch: { 'fast-xml-parser': 1.9 } };
const PARSERS = ['fast-xml-parser'];
// One framework is enough to see the difference between parsers.
const PARSERS_OF_HTTP = [...PARSERS, 'xml2js'];
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

/** Rows for both tables: compared with bare servers, and with servers that are written by hand. */
async function speed(framework) {
  const parsers = framework === 'http' ? PARSERS_OF_HTTP : PARSERS;
  const kinds = ['ours', 'bare', 'least', ...parsers];
  const turns = [];
  // Several processes of each: the speed of a process also depends on how its code was compiled.
  for (let round = 0; round < ROUNDS; round++) {
    const servers = [];
    for (const which of kinds) servers.push([which, await start(framework, which)]);
    for (const [, server] of servers) await load(server, { duration: WARM_UP_S });
    for (let turn = 0; turn < TURNS; turn++) {
      const loads = {};
      for (const [which, server] of servers) loads[which] = await load(server, { duration: TURN_S });
      turns.push(loads);
    }
    for (const [, { child }] of servers) child.kill();
  }
  const perSecond = (which) => String(Math.round(median(turns.map((loads) => loads[which]))));
  const ratio = (which, base) => median(turns.map((loads) => loads[which] / loads[base]));
  return {
    bare: [
      framework,
      perSecond('ours'),
      perSecond('bare'),
      ...judged(ratio('ours', 'bare'), LEAST_OF_BARE[framework]),
      ratio('least', 'bare').toFixed(2),
    ],
    byHand: parsers.map((parser) => [
      framework,
      parser,
      perSecond('ours'),
      perSecond(parser),
      ...judged(ratio('ours', parser), LEAST_OF_BY_HAND[framework]?.[parser]),
    ]),
  };
}

/** The cells of a ratio, its target and whether it is met. */
function judged(ratio, least) {
  if (least === undefined) return [ratio.toFixed(2), '', ''];
  return [ratio.toFixed(2), least.toFixed(2), ratio >= least ? 'met' : 'NOT met'];
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

if (part !== 'heap') {
  const bare = [];
  const byHand = [];
  for (const framework of FRAMEWORKS) {
    const rows = await speed(framework);
    bare.push(rows.bare);
    byHand.push(...rows.byHand);
    for (const row of [rows.bare, ...rows.byHand]) console.log(row.join('  '));
  }
  if (only === undefined)
    writeSection(
      'Servers',
      `
${circumstances()}. Requests per second with the short SMS, each with another id, by autocannon over 20 connections on the same
machine. Medians of ${ROUNDS * TURNS} turns of ${TURN_S} s each, with ${ROUNDS} processes of each kind.

The bare server uses the same framework, only reads the body and answers 200. The last column is the ratio of a bare
server that also calls parsePostback, claims the message in a memoryDedupe and completes it, as it is needed to recognise
retries.

${table(['mo-postback/', 'requests per second', 'bare', 'ratio', 'target', '', 'bare, parsing and claiming'], bare)}

The server by hand is what people write without mo-postback: the same framework, its usual way to read a body as text
(\`express.text\`, \`parseAs: 'string'\`, koa-bodyparser, \`text()\` of Hono; the chunks with node:http), another parser with
the checks of \`test/bench/integrator.js\`, a Set of the ids that were seen, a callback, and 200. It has no deadline, no limit
of requests in progress and none of its memory, and it loses a message whose callback fails, because its id was seen.

${table(['mo-postback/', 'by hand with', 'requests per second', 'by hand', 'ratio', 'target', ''], byHand)}
`,
    );
}

if (part !== 'speed') {
  const rows = [];
  for (const framework of FRAMEWORKS) {
    rows.push(await heap(framework));
    console.log(rows.at(-1).join('  '));
  }
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
