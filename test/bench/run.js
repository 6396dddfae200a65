// `npm run bench`: measures every contestant on every document. Prints the results, and writes them to
// docs/benchmarks.md. Times are not tests: it fails only if a contestant reads a document wrongly.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { documents } from './documents.js';
import { circumstances, table, writeSection } from './report.js';

const ROUNDS = 5;
const TURNS = 20;

const OURS = 'mo-postback';
const BARE = 'bare-saxes';
const CONTESTANTS = [OURS, 'fast-xml-parser', 'xml2js', 'sax', 'htmlparser2', 'txml', BARE, 'json'];
const ONE = 'bundle of one';
const SAME = 'the same one 300 times';
// These two documents only show the cost of a notification in a bundle.
const COMPARED = Object.keys(documents).filter((name) => name !== ONE && name !== SAME);

const TARGETS = [
  ...['fast-xml-parser', 'xml2js'].flatMap((rival) =>
    COMPARED.map((document) => ({
      target: `at least 3.5 times as fast as ${rival}`,
      document,
      measured: () => ratio(rival, document),
      isMet: (measured) => measured >= 3.5,
    })),
  ),
  ...COMPARED.map((document) => {
    const most = document === 'short SMS' ? 2.2 : 1.8;
    return {
      target: `at most ${String(most)} times a bare saxes pass`,
      document,
      measured: () => 1 / ratio(BARE, document),
      isMet: (measured) => measured <= most,
    };
  }),
  {
    target: 'one of 300 at most 1.1 times a single one',
    document: 'the same notification',
    measured: () => ratio(OURS, SAME) / documents[SAME].count,
    isMet: (measured) => measured <= 1.1,
  },
];

/**
 * Results by document and contestant, one per round: the time of one reading in ns, and as a multiple of mo-postback's.
 */
const found = Object.fromEntries(Object.keys(documents).map((document) => [document, {}]));

for (const document of COMPARED) await compare(CONTESTANTS.map((contestant) => ({ contestant, document })));
await compare([ONE, SAME].map((document) => ({ contestant: OURS, document })));

const ratios = table(
  ['', ...COMPARED],
  CONTESTANTS.map((contestant) => [
    label(contestant),
    ...COMPARED.map(
      (document) => `${ratio(contestant, document).toFixed(2)} (${shown(median(found[document][contestant].times))})`,
    ),
  ]),
);
const targets = table(
  ['target', 'document', 'measured', ''],
  TARGETS.map(({ target, document, measured, isMet }) => [
    target,
    document,
    measured().toFixed(2),
    isMet(measured()) ? 'met' : 'NOT met',
  ]),
);
console.log(`\n${ratios}\n\n${targets}`);

const lengths = Object.fromEntries(
  COMPARED.map((document) => [document, documents[document].xml.length.toLocaleString('en')]),
);

writeSection(
  'Speed',
  `
${circumstances()}.

Each time as a multiple of mo-postback's time. In brackets: the time of one reading.

${ratios}

${targets}

**Documents.** The second document of the provider's page (${lengths['MMS (G2)']} characters); a short SMS
(${lengths['short SMS']}); a bundle of 300 notifications of the oldest generation, 200 SMS and 100 MMS
(${lengths['bundle of 300']}). The source is a string. The last target compares a bundle of one notification of average length
with a bundle that contains it 300 times.

**The same job.** Each parser is wrapped by code that an integrator would write (\`test/bench/integrator.js\`,
\`contestants/\`). The wrapper gives the same messages as mo-postback, which each process checks with deepEqual, and
refuses the same documents: a field that is missing, empty or duplicate, a time without an offset, a document type
declaration, a document that is too large, XML that is not well-formed. htmlparser2 and txml cannot check the last;
fast-xml-parser does it with its validator. None of them reports the position of an error in a postback, keeps unknown
elements, reads other spellings of names, or limits the size of a notification. Bare saxes only counts events. JSON.parse
reads the same messages as JSON, without any check.

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
 * The others are compared with the first entrant.
 */
async function compare(entrants) {
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
      const { times, ratios } = (found[document][contestant] ??= { times: [], ratios: [] });
      times.push(median(samples[n]));
      ratios.push(median(samples[n].map((sample, turn) => sample / samples[0][turn])));
    }
  }
  for (const { contestant, document } of entrants) {
    const { times, ratios } = found[document][contestant];
    console.log(
      `${document}, ${contestant}: ${times.map((time, n) => `${shown(time)} (${ratios[n].toFixed(2)})`).join(', ')}`,
    );
  }
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/** The time of a contestant on a document as a multiple of mo-postback's. */
function ratio(contestant, document) {
  return median(found[document][contestant].ratios);
}

function shown(nanoseconds) {
  return nanoseconds < 1e6 ? `${(nanoseconds / 1e3).toPrecision(3)} µs` : `${(nanoseconds / 1e6).toPrecision(3)} ms`;
}

/** The name of a contestant, with its version. */
function label(contestant) {
  if (contestant === 'json') return 'JSON.parse';
  const isOurs = contestant === OURS;
  const name = contestant === BARE ? 'saxes' : contestant;
  const file = new URL(isOurs ? '../../package.json' : `../../node_modules/${name}/package.json`, import.meta.url);
  return `${contestant === BARE ? 'bare saxes' : name} ${JSON.parse(readFileSync(file, 'utf8')).version}`;
}
