// `npm run bench`: measures every contestant on every document. Prints the results, and writes them to
// docs/benchmarks.md and docs/benchmarks.svg. Times are not tests: it fails only if a contestant reads a document
// wrongly.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { asBytes, documents, STRINGS } from './documents.js';
import { barChart } from './plot.js';
import { circumstances, table, writeSection } from './report.js';

const ROUNDS = 5;
const TURNS = 20;

const PLOT = new URL('../../docs/benchmarks.svg', import.meta.url);

const OURS = 'mo-postback';
const FLOOR = 'json';
const PUSH = 'push-parser';
const PARSERS = ['fast-xml-parser', 'xml2js', 'sax', 'htmlparser2', 'txml'];
const EVENTS_ONLY = ['bare-saxes', 'bare-saxen', 'bare-easysax'];
const CONTESTANTS = [OURS, ...PARSERS, ...EVENTS_ONLY, FLOOR];

const JSON_SMS = 'JSON SMS';
// All contestants read the strings. Only mo-postback reads bytes and the provider's JSON.
const OTHERS = [...STRINGS.map(asBytes), JSON_SMS];
// These two documents only show the cost of a notification in a bundle.
const ONE = 'bundle of one';
const SAME = 'the same one 300 times';
const UNUSUAL = 'MMS with a comment';

/** At most as many times the time of JSON.parse. */
const MOST = { 'MMS (G2)': 2.2, 'short SMS': 2.6, 'bundle of 300': 2.2, [JSON_SMS]: 2.6 };
for (const document of STRINGS) MOST[asBytes(document)] = MOST[document] + 0.5;

const TARGETS = [
  ...[...STRINGS, ...OTHERS].map((document) => ({
    target: `at most ${MOST[document].toFixed(1)} times JSON.parse`,
    document,
    measured: () => ratio({ contestant: OURS, document }),
    isMet: (measured) => measured <= MOST[document],
  })),
  ...['htmlparser2', 'txml'].flatMap((rival) =>
    STRINGS.map((document) => ({
      target: `faster than ${rival}`,
      document,
      measured: () => ratio({ contestant: rival, document }, { contestant: OURS, document }),
      isMet: (measured) => measured > 1,
    })),
  ),
  ...['fast-xml-parser', 'xml2js'].flatMap((rival) =>
    STRINGS.map((document) => ({
      target: `at least 3.5 times as fast as ${rival}`,
      document,
      measured: () => ratio({ contestant: rival, document }, { contestant: OURS, document }),
      isMet: (measured) => measured >= 3.5,
    })),
  ),
  {
    target: 'one of 300 at most 1.1 times a single one',
    document: 'the same notification',
    measured: () =>
      ratio({ contestant: OURS, document: SAME }, { contestant: OURS, document: ONE }) / documents[SAME].count,
    isMet: (measured) => measured <= 1.1,
  },
];

/** Results by document and contestant: for each round, the time of one reading in ns in each turn. */
const found = Object.fromEntries(Object.keys(documents).map((document) => [document, {}]));

for (const document of STRINGS) await measure(CONTESTANTS.map((contestant) => ({ contestant, document })));
for (const document of OTHERS) await measure([OURS, FLOOR].map((contestant) => ({ contestant, document })));
await measure([ONE, SAME].map((document) => ({ contestant: OURS, document })));
await measure([OURS, PUSH].map((contestant) => ({ contestant, document: UNUSUAL })));

const strings = ratios(CONTESTANTS, STRINGS);
const others = ratios([OURS, FLOOR], OTHERS);
const targets = table(
  ['target', 'document', 'measured', ''],
  TARGETS.map(({ target, document, measured, isMet }) => [
    target,
    document,
    measured().toFixed(2),
    isMet(measured()) ? 'met' : 'NOT met',
  ]),
);
const unusual = { contestant: OURS, document: UNUSUAL };
const slow = ratio(unusual, { contestant: PUSH, document: UNUSUAL }).toFixed(2);
console.log(`\n${strings}\n\n${others}\n\n${targets}\n\n${UNUSUAL}: ${slow} times the push parser`);

writeFileSync(
  PLOT,
  barChart({
    title: 'Time to read a document, in multiples of JSON.parse (less is better)',
    legend: { ours: 'mo-postback', messages: 'parsers with the same result', events: 'events or JSON only' },
    groups: STRINGS.map((document) => ({
      heading: document,
      bars: CONTESTANTS.map((contestant) => ({
        name: label(contestant),
        value: ratio({ contestant, document }),
        kind: kindOf(contestant),
      })),
    })),
  }),
);

const lengths = Object.fromEntries(
  [...STRINGS, JSON_SMS].map((document) => [document, documents[document].source.length.toLocaleString('en')]),
);

writeSection(
  'Speed',
  `
${circumstances()}.

Each time as a multiple of the time in which JSON.parse reads the same message as JSON. In brackets: the time of one
reading.

${strings}

Bytes, and the provider's JSON, which only mo-postback reads:

${others}

![Bar chart of the first table: the time of each parser as a multiple of JSON.parse](benchmarks.svg)

${targets}

**Documents.** The second document of the provider's page (${lengths['MMS (G2)']} characters); a short SMS
(${lengths['short SMS']}); a bundle of 300 notifications of the oldest generation, 200 SMS and 100 MMS
(${lengths['bundle of 300']}); the message of the short SMS as the provider's JSON (${lengths[JSON_SMS]}). The source is a string, or
the same document as bytes in UTF-8, as they arrive on a server. JSON.parse always reads a string. The last target
compares a bundle of one notification of average length with a bundle that contains it 300 times.

**Unusual documents.** The fast lane of mo-postback gives up on comments, for example. Then the slow lane reads the
document from its start. The MMS with a comment after the first start tag takes ${timeOf(unusual)}. That is ${slow} times the time
of the push parser, which always uses the slow lane.

**The same job.** Each parser is wrapped by code that an integrator would write (\`test/bench/integrator.js\`,
\`contestants/\`). The wrapper gives the same messages as mo-postback, which each process checks with deepEqual, and
refuses the same documents: a field that is missing, empty or duplicate, a time without an offset, a document type
declaration, a document that is too large, XML that is not well-formed. htmlparser2 and txml cannot check the last;
fast-xml-parser does it with its validator. None of them reports the position of an error in a postback, keeps unknown
elements, reads other spellings of names, or limits the size of a notification. Bare saxes, saxen and easysax only count
events, without making messages; saxen and easysax also do not decode references and attributes then, and check less.
JSON.parse reads the messages of mo-postback as JSON, without any check. It is the floor for all others.

**Measuring.** With mitata, each contestant reads each document in ${String(ROUNDS)} fresh processes. The processes of one round run at
the same time and are measured in turns, after a second to warm up: ${String(TURNS)} times about 10 ms each (the fastest of three such
samples). The result is the median of the ratios within a turn, and then the median of the rounds, because other programs
on the machine can double all times for some seconds. A new parser reads each document. Results are passed to mitata's
do_not_optimize.
`,
);

/**
 * Measures each entrant in a fresh process. All processes run at the same time, and give short samples in turns: other
 * programs keep the machine busy for seconds at a time, so only samples that directly follow one another are compared.
 */
async function measure(entrants) {
  for (let round = 0; round < ROUNDS; round++) {
    const processes = [];
    for (const { contestant, document } of entrants) {
      const child = fork(new URL('measure.js', import.meta.url).pathname, [contestant, document]);
      child.once('exit', (code) => {
        if (code !== null) throw new Error(`${contestant} failed on ${document}`);
      });
      await once(child, 'message');
      processes.push(child);
    }
    const ask = async (child, question) => {
      child.send(question);
      const [answer] = await once(child, 'message');
      return answer;
    };
    const samples = entrants.map(() => []);
    for (let turn = 0; turn < TURNS; turn++) {
      for (const [n, child] of processes.entries()) samples[n].push(await ask(child, 'sample'));
    }
    for (const [n, { contestant, document }] of entrants.entries()) {
      await ask(processes[n], 'verify');
      processes[n].kill();
      (found[document][contestant] ??= []).push(samples[n]);
    }
  }
  for (const { contestant, document } of entrants) {
    console.log(`${document}, ${contestant}: ${found[document][contestant].map(median).map(shown).join(', ')}`);
  }
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/** The time of an entrant as a multiple of another one's that was measured in the same turns. */
function ratio(entrant, base = { contestant: FLOOR, document: entrant.document }) {
  const samplesOfBase = found[base.document][base.contestant];
  return median(
    found[entrant.document][entrant.contestant].map((samples, round) =>
      median(samples.map((sample, turn) => sample / samplesOfBase[round][turn])),
    ),
  );
}

function timeOf({ contestant, document }) {
  return shown(median(found[document][contestant].map(median)));
}

/** A table of multiples of JSON.parse. */
function ratios(contestants, names) {
  const cell = (entrant) => `${ratio(entrant).toFixed(2)} (${timeOf(entrant)})`;
  return table(
    ['', ...names],
    contestants.map((contestant) => [label(contestant), ...names.map((document) => cell({ contestant, document }))]),
  );
}

function kindOf(contestant) {
  if (contestant === OURS) return 'ours';
  return PARSERS.includes(contestant) ? 'messages' : 'events';
}

function shown(nanoseconds) {
  return nanoseconds < 1e6 ? `${(nanoseconds / 1e3).toPrecision(3)} µs` : `${(nanoseconds / 1e6).toPrecision(3)} ms`;
}

/** The name of a contestant, with its version. */
function label(contestant) {
  if (contestant === FLOOR) return 'JSON.parse';
  const name = contestant.replace(/^bare-/, '');
  const folder = contestant === OURS ? '../..' : `../../node_modules/${name}`;
  const { version } = JSON.parse(readFileSync(new URL(`${folder}/package.json`, import.meta.url), 'utf8'));
  return `${contestant.replace('-', contestant === name ? '-' : ' ')} ${version}`;
}
