// Measures one contestant on one document, in a process that run.js forks. After warming up it sends `warm`. Then it
// answers each message with the time of one reading in ns, and `verify` with a check that it reads what mo-postback
// reads.

import assert from 'node:assert/strict';
import { do_not_optimize, measure } from 'mitata';
import { documents, refused } from './documents.js';

// Long enough for V8 to compile the hot code.
const WARM_UP_MS = 1000;
// A sample is many readings, so that each sample contains its share of garbage collection.
const SAMPLE_NS = 10e6;

const [contestantName, documentName] = process.argv.slice(2);
const { source: document, reader } = documents[documentName];
const contestant = await import(`./contestants/${contestantName}.js`);
const read = contestant[reader];
const source = contestant.sourceOf?.(document) ?? document;

let readings = 0;
const start = performance.now();
while (performance.now() - start < WARM_UP_MS) {
  do_not_optimize(read(source));
  readings++;
}
const inOneSample = Math.max(1, Math.round((SAMPLE_NS * readings) / (WARM_UP_MS * 1e6)));

process.on('message', async (message) => {
  try {
    if (message === 'verify') await verify();
    process.send(message === 'verify' ? 'verified' : await sample());
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
});
process.send('warm');

async function sample() {
  const { samples } = await measure(
    () => {
      for (let n = 0; n < inOneSample; n++) do_not_optimize(read(source));
    },
    // Without --expose-gc mitata would allocate a gigabyte instead.
    { gc: false, min_cpu_time: 0, min_samples: 3, warmup_samples: 1 },
  );
  // Other programs on the machine can only make it slower.
  return Math.min(...samples) / inOneSample;
}

async function verify() {
  if (contestant.makesNoMessages) return;
  const ours = await import('./contestants/mo-postback.js');
  const messagesOf = (result) => (Array.isArray(result) ? result.map(({ data }) => data) : [result]);
  assert.deepEqual(messagesOf(read(document)), messagesOf(ours[reader](document.toString())));
  for (const { xml: bad, isWellFormed } of refused) {
    assert.throws(() => ours.parsePostback(bad));
    if (isWellFormed || contestant.checksWellFormedness !== false)
      assert.throws(() => contestant.parsePostback(bad), bad.slice(0, 300));
  }
}
