// Which tests show that a part of src works.

const receiving = ['test/{authorize,options,key}', 'test/{receive,use,dedupe}/**/*', 'test/contract/http'];
const reading = ['test/*', 'test/{read,write,protocol,properties}/**/*'];

/**
 * The first area whose pattern matches a path decides. `tests` are patterns of test files, without `.test.ts`. Tests that
 * mostly wait run with more mutants at a time. `needsBuild`: some of the tests run the built package.
 */
const AREAS = [
  { name: 'cli', concurrency: 6, files: /^src\/cli\//, tests: ['test/cli/**/*'], needsBuild: true },
  { name: 'media', concurrency: 6, files: /^src\/media\//, tests: ['test/media/**/*', 'test/properties/smil'] },
  { name: 'receiving', concurrency: 6, files: /^src\/(receive|use|dedupe|authorize|address-ranges)/, tests: receiving },
  { name: 'keywords', concurrency: 2, files: /^src\/keywords/, tests: ['test/keywords'] },
  {
    name: 'testing',
    concurrency: 2,
    files: /^src\/testing/,
    tests: ['test/{testing,properties}/**/*'],
    needsBuild: true,
  },
  { name: 'reading', concurrency: 2, files: /^src\//, tests: reading },
];

/** Groups paths by their area: an area with `files`. */
export function areasOf(paths) {
  const groups = new Map();
  for (const path of paths) {
    const area = AREAS.find(({ files }) => files.test(path));
    groups.set(area, [...(groups.get(area) ?? []), path]);
  }
  return [...groups].map(([area, inArea]) => ({ ...area, files: inArea }));
}
