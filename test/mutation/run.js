// npm run test:mutation [-- path ...]: breaks src in thousands of small ways, one at a time, and prints those that no test
// noticed. A path is a file or a folder in src, or lines of a file (src/receive/claims.ts:10-20), or a test file, to run
// fewer tests; by default, it is all of src, with the tests of areas.js. reports/mutation also has a page for each area.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Stryker } from '@stryker-mutator/core';
import { areasOf } from './areas.js';
import { watchMemory } from './memory.js';
import { OUTCOMES, outcomeOf, unusedEntries } from './outcomes.js';

/** Ends with one line. */
function refuse(problem) {
  console.error(`test:mutation: ${problem}`);
  process.exit(2);
}

/** The TypeScript files of a path, or the lines of one as Stryker expects them. */
function filesIn(path) {
  const [, file, first, last = first] = /^(.*\.ts):([1-9]\d*)(?:-([1-9]\d*))?$/.exec(path) ?? [];
  if (file !== undefined) {
    if (Number(last) < Number(first)) refuse(`${path}: the last line is before the first one.`);
    return filesIn(file).map((name) => `${name}:${first}-${last}`);
  }
  const given = join(path);
  const found = !existsSync(given) ? [] : statSync(given).isFile() ? [given] : namesIn(given);
  // The command's process: test/cli runs it as one.
  const files = found.filter((file) => /^src\/.*\.ts$/.test(file) && file !== 'src/cli/index.ts');
  if (files.length > 0) return files;
  return refuse(`no TypeScript file of src at ${JSON.stringify(path)}.`);
}

const namesIn = (folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, name));

const args = process.argv.slice(2);
const isTest = (path) => path.startsWith('test/');
for (const path of args.filter(isTest))
  if (!path.endsWith('.test.ts') || !existsSync(path)) refuse(`no test file at ${JSON.stringify(path)}.`);
const tests = args.filter(isTest).map((path) => path.replace(/\.test\.ts$/, ''));
const paths = args.filter((path) => !isTest(path));
const files = (paths.length > 0 ? paths : ['src']).flatMap(filesIn);

// Few runs of each property: a mutant that needs many would be caught by luck.
Object.assign(process.env, { FUZZ_RUNS: '100', LANE_DOCUMENTS: '500', MUTATED_FIXTURES: '2000' });

/** Runs tests with each mutant of some files or places, `FILE:LINE:COLUMN-LINE:COLUMN`. */
function breakEach(report, { concurrency, timeoutMS }, mutate, patterns, ignoreStatic) {
  process.env.MUTATION_TESTS = patterns.join(' ');
  return new Stryker({
    mutate,
    ignoreStatic,
    testRunner: 'vitest',
    vitest: { configFile: 'test/mutation/vitest.config.ts' },
    coverageAnalysis: 'perTest',
    concurrency,
    timeoutMS,
    testRunnerNodeArgs: ['--max-old-space-size=2048'],
    ignorePatterns: ['coverage', 'reports'],
    reporters: ['progress-append-only', 'html'],
    htmlReporter: { fileName: `reports/mutation/${report}.html` },
    allowConsoleColors: false,
    cleanTempDir: 'always',
  }).runMutationTest();
}

const placeOf = ({ fileName, location: { start, end } }) =>
  `${relative('.', fileName)}:${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`;

/** Whether code runs while its module is loaded, and only then as far as is known: a test may load a module, too. */
const runsAtLoad = ({ status, static: isStatic }) => status === 'Ignored' || (isStatic && status === 'Survived');
const isMissed = ({ status, testsCompleted }) =>
  status === 'NoCoverage' || (status === 'Survived' && testsCompleted > 0);
const identityOf = (result) => `${placeOf(result)} ${result.replacement}`;

/** The results of an area. */
async function resultsOf(area) {
  const quick = tests.length > 0 ? tests : area.tests;
  const slow = tests.length > 0 ? [] : area.slowTests;
  let results = await breakEach(area.name, area, area.files, quick, true);
  // No test covers code alone that runs while its module is loaded, so all of them run.
  results = await again(`${area.name}-at-load`, area, results, runsAtLoad, quick);
  return slow.length === 0 ? results : again(`${area.name}-slow`, area, results, isMissed, slow);
}

/** The results, of which some are replaced: those of other tests. */
async function again(report, area, results, isChosen, patterns) {
  const chosen = new Set(results.filter(isChosen));
  if (chosen.size === 0) return results;
  const places = new Set([...chosen].map(placeOf));
  const others = await breakEach(report, area, [...places], patterns, false);
  const byIdentity = new Map(others.map((result) => [identityOf(result), result]));
  return results.map((result) => (chosen.has(result) && byIdentity.get(identityOf(result))) || result);
}

watchMemory();
const areas = areasOf(files);
if (areas.some(({ needsBuild }) => needsBuild)) execFileSync('npm', ['run', 'build'], { stdio: 'inherit' });
const outcomes = [];
for (const area of areas) outcomes.push(...(await resultsOf(area)).map(outcomeOf));
if (outcomes.length === 0) refuse('there is nothing to break in these lines.');

for (const outcome of ['late', 'missed']) {
  for (const mutant of outcomes.filter((each) => each.outcome === outcome)) {
    console.log(`${outcome} ${mutant.file}:${mutant.line} ${mutant.change}`);
  }
}

const folderOf = (file) => file.split('/').slice(0, -1).slice(0, 2).join('/');
const rows = [...new Set(outcomes.map(({ file }) => folderOf(file)))].sort().map((folder) => {
  const inFolder = outcomes.filter(({ file }) => folderOf(file) === folder);
  const counts = OUTCOMES.map((name) => inFolder.filter(({ outcome }) => outcome === name).length);
  const [caught, late, missed] = counts;
  const percent = ((100 * (caught + late)) / (caught + late + missed)).toFixed(1);
  return `| ${[`\`${folder}\``, ...counts, `${percent} %`].join(' | ')} |`;
});
console.log(
  ['', `| folder | ${OUTCOMES.join(' | ')} | noticed |`, '| --- | --- | --- | --- | --- | --- |', ...rows].join('\n'),
);
for (const { file, line } of unusedEntries(files))
  console.log(`test/mutation/unchanged.js: no mutant is missed at ${file}: ${line}`);
