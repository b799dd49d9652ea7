/** The import law. pnpm gives a package only what it declares; this says what it may declare. */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'services-never-import-services',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'adapters-never-import-adapters',
      severity: 'error',
      from: { path: '^packages/(kube|queue|storage)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^packages/(kube|queue|storage|runtime|cli)/', pathNot: '^packages/$1/' },
    },
    {
      name: 'core-imports-only-types',
      severity: 'error',
      from: { path: '^packages/core/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(packages|services|test)/', pathNot: '^packages/(core|types)/' },
    },
    {
      name: 'core-is-pure',
      severity: 'error',
      from: { path: '^packages/core/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'encryption-imports-only-types-and-crypto',
      severity: 'error',
      from: { path: '^packages/encryption/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: ['^packages/(encryption|types)/', '^(node:)?crypto$'] },
    },
    {
      name: 'types-import-nothing-of-ours',
      severity: 'error',
      from: { path: '^packages/types/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(packages|services|test)/', pathNot: '^packages/types/' },
    },
    {
      name: 'product-never-imports-tests',
      severity: 'error',
      from: { path: '^(packages|services)/', pathNot: '(\\.test|/an?-[^/]+)\\.ts$' },
      to: { path: '^test/' },
    },
    {
      name: 'one-importer-of-kubernetes-client',
      severity: 'error',
      from: { pathNot: '^(packages/kube|test/bench)/' }, // a bench needs the library itself as a ruler
      to: { path: 'node_modules/.*@kubernetes/client-node' },
    },
    {
      name: 'one-importer-of-bullmq',
      severity: 'error',
      from: { pathNot: '^(packages/queue|test/bench)/' }, // as above
      to: { path: 'node_modules/.*(bullmq|ioredis)/' },
    },
    {
      name: 'one-importer-of-cloud-sdks',
      severity: 'error',
      from: { pathNot: '^(packages/storage/|test/neo4j/|test/cluster/|test/bench/programs/use-bucket[.])' }, // the last is the ruler of a bench
      to: { path: 'node_modules/.*@(aws-sdk|smithy|azure)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules/\\.cache)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types'] },
  },
};
