// `npm run bench`: every contestant on every document, in the terminal and in docs/benchmarks.md. Times are no tests: it
// fails only where a contestant reads a document wrongly.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { documents } from './documents.js';
import { circumstances, table, writeSection } from './report.js';

const ROUNDS = 5;

const OURS = 'mo-postback';
const BARE = 'bare-saxes';
const CONTESTANTS = [OURS, 'fast-xml-parser', 'xml2js', 'sax', 'htmlparser2', 'txml', BARE, 'json'];
const ONE = 'bundle of one';
const SAME = 'the same one 300 times';
// Only there for the cost of a notification in a bundle.
const COMPARED = Object.keys(documents).filter((name) => name !== SAME);

const TARGETS = [
  ...['fast-xml-parser', 'xml2js'].flatMap((rival) =>
    COMPARED.map((document) => ({
      target: `at least 3.5 times as fast as ${rival}`,
      document,
      measured: () => times(rival, document) / times(OURS, document),
      isMet: (ratio) => ratio >= 3.5,
    })),
  ),
  ...COMPARED.map((document) => {
    const most = document === 'short SMS' ? 2.2 : 1.8;
    return {
      target: `at most ${String(most)} times a bare saxes pass`,
      document,
      measured: () => times(OURS, document) / times(BARE, document),
      isMet: (ratio) => ratio <= most,
    };
  }),
  {
    target: 'one of 300 at most 1.1 times a single one',
    document: 'the same notification',
    measured: () => times(OURS, SAME) / documents[SAME].count / times(OURS, ONE),
    isMet: (ratio) => ratio <= 1.1,
  },
];

/** By document and contestant: the nanoseconds of one reading. */
const typical = Object.fromEntries(Object.keys(documents).map((document) => [document, {}]));

for (const compared of COMPARED) {
  const turns = CONTESTANTS.map((contestant) => ({ contestant, document: compared, found: [] }));
  if (compared === ONE) turns.push({ contestant: OURS, document: SAME, found: [] });
  // By turns, so that a neighbour that keeps the machine busy for a while slows all of them.
  for (let round = 0; round < ROUNDS; round++) {
    for (const { contestant, document, found } of turns) found.push(nanoseconds(contestant, document));
  }
  for (const { contestant, document, found } of turns) {
    found.sort((a, b) => a - b);
    typical[document][contestant] = found[Math.floor(ROUNDS / 4)];
    console.log(`${document}, ${contestant}: ${found.map(shown).join(', ')}`);
  }
}

const ratios = table(
  ['', ...COMPARED],
  CONTESTANTS.map((contestant) => [
    label(contestant),
    ...COMPARED.map((document) => {
      const time = times(contestant, document);
      return `${(time / times(OURS, document)).toFixed(2)} (${shown(time)})`;
    }),
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

const lengths = Object.fromEntries(COMPARED.map((document) => [document, documents[document].xml.length.toLocaleString('en')]));

writeSection(
  'Speed',
  `
${circumstances()}.

Time of each as a multiple of mo-postback's; in brackets, of one reading:

${ratios}

${targets}

**Documents.** The second document of the provider's page (${lengths['MMS (G2)']} characters); a short SMS
(${lengths['short SMS']}); a bundle of 300 notifications of the oldest generation, 200 SMS and 100 MMS
(${lengths['bundle of 300']}); a bundle of one of them, of average length (${lengths['bundle of one']}). A string goes in.
The last target compares this bundle of one with a bundle of the same notification 300 times.

**The same job.** Each parser is wrapped as an integrator would (\`test/bench/integrator.js\`, \`contestants/\`) to give the
messages that mo-postback gives (each process compares them with deepEqual) and to refuse what it refuses: a field
that is missing, empty or there twice, a time without offset, a document type declaration, a document that is too large,
XML that is not well-formed. The last is what htmlparser2 and txml cannot check; fast-xml-parser does by its validator.
None of them tells where the fault is in the terms of the postback, keeps unknown elements, reads other spellings of the
names or bounds what a notification may hold, as mo-postback does. Bare saxes only counts events; JSON.parse reads the
same messages as JSON and checks nothing.

**Measuring.** mitata, each contestant on each document in ${String(ROUNDS)} fresh processes, by turns. A process warms up for a
second and measures for 0.6 s in samples of about 15 ms, each long enough to hold its share of garbage collection. What
counts is the mean of the fastest quarter of the samples and, of the processes, the lower quartile: a neighbour on the
same core makes everything take twice as long for seconds at a time, and nothing makes it faster. A new parser reads each
document; results go to mitata's do_not_optimize.
`,
);

/** The nanoseconds of one reading in a process of its own. */
function nanoseconds(contestant, document) {
  const script = new URL('measure.js', import.meta.url).pathname;
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, contestant, document], { encoding: 'utf8' });
  if (status === 0) return JSON.parse(stdout);
  console.error(`${contestant} failed on ${document}\n${stderr}`);
  process.exit(1);
}

function times(contestant, document) {
  return typical[document][contestant];
}

function shown(nanoseconds) {
  return nanoseconds < 1e6 ? `${(nanoseconds / 1e3).toPrecision(3)} µs` : `${(nanoseconds / 1e6).toPrecision(3)} ms`;
}

/** The contestant with its version. */
function label(contestant) {
  if (contestant === 'json') return 'JSON.parse';
  const isOurs = contestant === OURS;
  const name = contestant === BARE ? 'saxes' : contestant;
  const file = new URL(isOurs ? '../../package.json' : `../../node_modules/${name}/package.json`, import.meta.url);
  return `${contestant === BARE ? 'bare saxes' : name} ${JSON.parse(readFileSync(file, 'utf8')).version}`;
}
