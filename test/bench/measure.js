// One contestant on one document, in a process of its own: `node measure.js <contestant> <document>` prints the
// nanoseconds of one reading. It fails where the contestant reads anything else than mo-postback does.

import assert from 'node:assert/strict';
import { do_not_optimize, measure } from 'mitata';
import { documents, refused } from './documents.js';

// Long enough for V8 to have compiled what is hot; it is not done with the longest contestants after half of it.
const WARM_UP_MS = 1000;
const MEASURED_NS = 600e6;
// One sample is many readings: so long that each holds its share of garbage collection.
const SAMPLE_NS = 15e6;

const [contestantName, documentName] = process.argv.slice(2);
const { xml, reader } = documents[documentName];
const contestant = await import(`./contestants/${contestantName}.js`);
const read = contestant[reader];
const source = contestant.sourceOf?.(xml) ?? xml;

let readings = 0;
const start = performance.now();
while (performance.now() - start < WARM_UP_MS) {
  do_not_optimize(read(source));
  readings++;
}
const inOneSample = Math.max(1, Math.round((SAMPLE_NS * readings) / (WARM_UP_MS * 1e6)));

const { samples } = await measure(
  () => {
    for (let n = 0; n < inOneSample; n++) do_not_optimize(read(source));
  },
  // Without --expose-gc mitata would allocate a gigabyte instead.
  { gc: false, min_cpu_time: MEASURED_NS },
);

// The mean of the fastest quarter, which they come sorted for: neighbours on the machine can only make a sample slower,
// and on a shared core they do so by half for a large part of the time, which a median would follow.
const fastest = samples.slice(0, Math.ceil(samples.length / 4));
const mean = fastest.reduce((sum, sample) => sum + sample, 0) / fastest.length;

// Behind the measuring, so that the engine has seen nothing else before.
if (!contestant.makesNoMessages) await verify();
console.log(JSON.stringify(mean / inOneSample));

async function verify() {
  const ours = await import('./contestants/mo-postback.js');
  const messagesOf = (result) => (Array.isArray(result) ? result.map(({ data }) => data) : [result]);
  assert.deepEqual(messagesOf(read(xml)), messagesOf(ours[reader](xml)));
  for (const { xml: bad, isWellFormed } of refused) {
    assert.throws(() => ours.parsePostback(bad));
    if (isWellFormed || contestant.checksWellFormedness !== false) assert.throws(() => contestant.parsePostback(bad), bad.slice(0, 300));
  }
}
