// The import direction of src, from docs/architecture.md: a module imports from its own layer or from those below it.
// Type imports count. Within a layer, only the imports listed in SIDEWAYS are allowed.

const LAYERS = [
  ['message', 'errors', 'nearest-name'],
  ['options', 'protocol', 'address-ranges'],
  ['key', 'read', 'write'],
  ['dedupe', 'authorize', 'keywords', 'parse', 'push-parser', 'stream', 'index'],
  ['receive'],
  ['media'],
  ['use'],
  ['cli', 'testing'],
];

const SIDEWAYS = {
  errors: ['message'],
  options: ['protocol'],
  // What was written is read again, to check that the meaning is the same.
  write: ['read'],
  stream: ['push-parser'],
  index: ['parse', 'push-parser'],
  cli: ['testing'],
};

const within = (parts) => `^src/(${parts.join('|')})(\\.ts$|/)`;

const directions = LAYERS.flatMap((layer, level) =>
  layer.map((part) => ({
    name: `imports-of-${part}`,
    comment: `src/${part} imports only from layers below it`,
    severity: 'error',
    from: { path: within([part]) },
    to: {
      path: '^src/',
      pathNot: within([part, ...(SIDEWAYS[part] ?? []), ...LAYERS.slice(0, level).flat()]),
    },
  })),
);

module.exports = {
  forbidden: [
    ...directions,
    {
      name: 'no-cycles',
      comment: 'imports, also of types, form no cycle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'core-is-neutral',
      comment:
        'only adapters on Node.js, the command, parts of src/media and the types of src/receive know node: modules',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli/|use/|media/(node|disk)/|receive/node-builtins\\.ts$)' },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
