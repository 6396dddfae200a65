// Which tests show that a part of src works.

const receiving = ['test/{authorize,options,key}', 'test/{receive,dedupe}/**/*'];
const reading = [
  'test/{errors,fixtures,key,nearest-name,options,push-parser,stream}',
  'test/{read,write,protocol}/**/*',
];

/**
 * The first area whose pattern matches a path decides. `tests` are patterns of test files, without `.test.ts`; what they
 * do not notice, `slowTests` may. `needsBuild`: some of the tests run the built package. Tests that mostly wait run with
 * more mutants at a time.
 */
const AREAS = [
  { name: 'cli', concurrency: 6, files: /^src\/cli\//, tests: ['test/cli/**/*'], needsBuild: true },
  {
    name: 'media',
    concurrency: 6,
    files: /^src\/media\//,
    tests: ['test/media/**/*'],
    slowTests: ['test/properties/smil'],
  },
  { name: 'use', concurrency: 6, files: /^src\/use\//, tests: ['test/use/**/*'], slowTests: ['test/contract/*'] },
  {
    name: 'receiving',
    concurrency: 6,
    files: /^src\/(receive|dedupe|authorize|address-ranges)/,
    tests: receiving,
    // One of them starts a database first.
    timeoutMS: 20_000,
    slowTests: ['test/contract/http'],
  },
  { name: 'lanes', concurrency: 3, files: /^src\/read\/fast-/, tests: ['test/properties/lanes'], slowTests: reading },
  { name: 'keywords', concurrency: 3, files: /^src\/keywords/, tests: ['test/keywords'] },
  {
    name: 'testing',
    concurrency: 3,
    files: /^src\/testing/,
    tests: ['test/testing/**/*'],
    slowTests: ['test/properties/**/*'],
    needsBuild: true,
  },
  { name: 'reading', concurrency: 3, files: /^src\//, tests: reading, slowTests: ['test/properties/**/*'] },
];

/** Groups paths by their area: an area with `files`. */
export function areasOf(paths) {
  const groups = new Map();
  for (const path of paths) {
    const area = AREAS.find(({ files }) => files.test(path));
    groups.set(area, [...(groups.get(area) ?? []), path]);
  }
  return [...groups].map(([area, inArea]) => ({ slowTests: [], timeoutMS: 5000, ...area, files: inArea }));
}
