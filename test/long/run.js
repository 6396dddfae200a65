// npm run test:long [-- NAME[=COUNT] ...]: the tests whose chance of finding something grows with their length, for
// about an hour. Without a name, it runs all of them.

import { spawn } from 'node:child_process';

const LAWS = ['laws', 'work', 'agreement', 'smil'].map((name) => ({
  name,
  files: `test/properties/${name}.test.ts`,
  variable: 'FUZZ_RUNS',
  count: 100_000,
}));

/** Two chains run at the same time: the first one computes, the second one mostly waits. */
const CHAINS = [
  [
    { name: 'fixtures', files: 'test/properties/fixtures.test.ts', variable: 'MUTATED_FIXTURES', count: 10_000_000 },
    { name: 'lanes', files: 'test/properties/lanes.test.ts', variable: 'LANE_DOCUMENTS', count: 1_000_000 },
    { name: 'arbitraries', files: 'test/testing/arbitraries.test.ts', variable: 'FUZZ_RUNS', count: 30_000 },
    ...LAWS,
  ],
  [
    { name: 'doctor', files: 'test/cli/doctor.test.ts' },
    { name: 'kills', files: 'crash.test.ts', variable: 'TIMES_AS_LONG', count: 10 },
    { name: 'duplicates', files: 'test/duplicates', variable: 'TIMES_AS_LONG', count: 10 },
  ],
];
const NAMES = CHAINS.flat().map(({ name }) => name);

/** Ends with one line. */
function refuse(problem) {
  console.error(`test:long: ${problem}`);
  process.exit(2);
}

/** The counts of the chosen tests, by their names. */
function chosen(args) {
  const counts = new Map();
  for (const argument of args) {
    const [name, count, ...more] = argument.split('=');
    const test = CHAINS.flat().find((known) => known.name === name);
    if (test === undefined) refuse(`there is no test ${JSON.stringify(name)}. Expected ${NAMES.join(', ')}.`);
    if (count !== undefined && test.variable === undefined) refuse(`${name} has no count.`);
    if (more.length > 0 || !/^[1-9]\d*$/.test(count ?? '1'))
      refuse(`${argument}: expected ${name}=COUNT with a whole number, such as ${name}=${test.count}.`);
    counts.set(name, count ?? test.count);
  }
  return counts.size > 0 ? counts : new Map(CHAINS.flat().map(({ name, count }) => [name, count]));
}

/** Runs a test. Resolves to a line about it. */
function run({ name, files, variable }, count) {
  const startedAt = performance.now();
  const env = variable === undefined ? process.env : { ...process.env, [variable]: String(count) };
  const child = spawn('npx', ['vitest', 'run', files], { env });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  return new Promise((resolve) => {
    child.once('close', (exitCode) => {
      const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
      const line = `${name}${count === undefined ? '' : ` ${count}`}: ${minutes} min`;
      console.log(`\n== ${line}\n${output}`);
      resolve({ line, hasPassed: exitCode === 0 });
    });
  });
}

const counts = chosen(process.argv.slice(2));
const chains = CHAINS.map(async (chain) => {
  const results = [];
  for (const test of chain) if (counts.has(test.name)) results.push(await run(test, counts.get(test.name)));
  return results;
});
const results = (await Promise.all(chains)).flat();
console.log('');
for (const { line, hasPassed } of results) console.log(`${hasPassed ? 'passed' : 'FAILED'} ${line}`);
process.exitCode = results.every(({ hasPassed }) => hasPassed) ? 0 : 1;
