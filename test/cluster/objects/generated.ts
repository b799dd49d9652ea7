import * as fc from 'fast-check';

/** A text of these words, most often one of those that are known to be good. */
function text(good: readonly string[], words: readonly string[]): fc.Arbitrary<string> {
  const made = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: made });
}

/** Two of the fields at most: of an object with many mistakes one learns little. */
function some(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> {
  const names = fc.uniqueArray(fc.constantFrom(...Object.keys(fields)), { maxLength: 2 });
  return names.chain((chosen) =>
    fc.record(Object.fromEntries(chosen.map((name) => [name, fields[name] ?? fc.constant(0)]))),
  );
}

const name = text(['a', 'b'], ['a', 'B', '-', '.', '/', 'ä']);
const duration = text(['1d', '2h30m'], ['0', '1', '36525', '999999999999', 'd', 'h', 's', 'w', '.', '-']);
const size = text(['1Gi', '500M'], ['0', '1', '.', 'Gi', 'm', 'e', '-', '+', '9']);
const cronField = fc
  .array(
    fc.constantFrom(
      '*',
      '*/',
      '-',
      ',',
      '0',
      '07',
      '5',
      '7',
      '12',
      '23',
      '31',
      '59',
      '60',
      '100',
      '/',
      'L',
      '#2',
      'MON',
      'H',
      'H(0-29)',
    ),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((parts) => parts.join(''));
const fiveFields = fc
  .array(fc.oneof({ weight: 2, arbitrary: fc.constant('*') }, { weight: 1, arbitrary: cronField }), {
    minLength: 5,
    maxLength: 5,
  })
  .map((fields) => fields.join(' '));
const words = text(
  ['@daily', '0 2 * * *', 'H 2 * * *'],
  ['@', 'daily', '0', '*', ' ', ' * * *', '*/5', 'MON', 'TZ=', 'x'],
);
const schedule = fc.oneof(words, fiveFields);
const timeZone = text(['UTC', 'Europe/Stockholm'], ['UTC', '/', '+2', 'Etc', '_', ' ']);
const path = text(['', 'a/b', '/a/'], ['a', '/', '.', '..', ' ', 'ä', '\n', '~', '%', 'b'.repeat(90)]);
const tempPath = text(['/scratch', '/tmp/x'], ['/', 'tmp', 'etc', 'x', '..', ' ', 'TMP']);
const endpoint = text(
  ['https://minio', 'http://minio:9000/'],
  ['http', 's', '://', '/', ':', 'minio', '@', '?', '#', ' ', '\\', '9000', 'ä'],
);
const argument = text(
  [
    '--verbose',
    '--parallel-recovery',
    '--keep-failed=false',
    '--include-metadata=none',
    '--temp-path=/scratch',
    '--new-one=x',
  ],
  [
    '--',
    '-',
    'no-',
    'verbose',
    'to-path',
    'type',
    'TYPE',
    'par',
    'include-metadata',
    'temp-path',
    '=',
    'true',
    '/etc',
    'users',
    '=a,b',
    ' ',
    '\n',
    '\u007f',
    'ä',
  ],
);
const flag = fc.boolean();

const identity = some({
  provider: fc.constantFrom('aws', 'azure', 'gcp'),
  serviceAccount: fc.constantFrom('a', 'b'),
  autoCreate: some({ enabled: flag, annotations: some({ role: fc.constantFrom('x', 'y') }) }),
});

const cloud = some({
  provider: fc.constantFrom('aws', 'aws', 'azure', 'gcp'),
  region: text(['eu-west-1', 'us-east-1'], ['eu', '-', ' ', '.']),
  credentialsSecret: name,
  credentialsSecretRef: name,
  caSecret: name,
  endpointURL: endpoint,
  forcePathStyle: flag,
  checksumMode: fc.constantFrom('WhenRequired', 'WhenSupported'),
  account: text(['mybackups'], ['a', 'B', '1', '-']),
  identity,
});

const storage = fc.oneof(
  some({ bucket: name, path, cloud }).map((fields) => ({ type: 's3', bucket: 'b', ...fields })),
  some({ bucket: name, path, cloud }).map((fields) => ({ type: 'azure', bucket: 'b', ...fields })),
  some({ bucket: name, path, cloud }).map((fields) => ({ type: 'gcs', bucket: 'b', ...fields })),
  some({ path, pvc: some({ name, size, storageClass: name, storageClassName: name }) }).map((fields) => ({
    type: 'pvc',
    ...fields,
  })),
  some({ bucket: name, cloud, pvc: some({ name }) }).map((fields) => ({ type: 'pvc', ...fields })),
  some({ pvc: some({ name }) }).map((fields) => ({ type: 's3', ...fields })),
);

const label = text(['team', 'example.com/team'], ['a', '/', '.', ' ', 'neo4j.neo4j.com/', 'x'.repeat(70)]);
const labels = fc.dictionary(label, text(['x', ''], ['x', ' ', '-', 'x'.repeat(40)]), {
  maxKeys: 2,
  noNullPrototype: true,
});
const variable = some({ value: fc.constant('x'), valueFrom: fc.constant({}) }).chain((fields) =>
  text(['A', 'B_1'], ['A', '1', ' ', 'HOLDFAST_']).map((variableName) => ({ name: variableName, ...fields })),
);
const toleration = some({
  key: fc.constantFrom('', 'a'),
  operator: fc.constantFrom('Exists', 'Equal'),
  value: fc.constantFrom('', 'x'),
  effect: fc.constantFrom('NoExecute', 'NoSchedule'),
  tolerationSeconds: fc.nat(9),
});

const options = some({
  fullInterval: duration,
  deadline: duration,
  transfer: fc.constantFrom('Auto', 'Direct', 'Staged'),
  workVolume: fc.constant('chains'),
  pageCache: text(['2G'], ['1', 'G', 'i', '.']),
  encryption: some({ enabled: flag, keySecret: name }),
  verify: flag,
  verifyBackup: flag,
  additionalArgs: fc.array(argument, { maxLength: 3 }),
  tempPath,
  parallelRecovery: flag,
  keepFailed: flag,
  includeMetadata: text(['all', 'none', 'users=a'], ['users', '=', 'a', ',', ' ']),
  tempStorage: fc.record({ size }),
  nodeSelector: labels,
  tolerations: fc.array(toleration, { maxLength: 2 }),
  podTemplate: some({ labels, annotations: labels, env: fc.array(variable, { maxLength: 2 }) }),
});

const target = fc.record(
  { kind: fc.constantFrom('Cluster', 'Database'), name, clusterRef: name },
  { requiredKeys: ['kind', 'name'] },
);

/** Specs of the right shape, which mean something or not. */
export const generatedSpec: fc.Arbitrary<object> = some({
  target,
  storage,
  cloud,
  schedule: schedule.chain((given) => some({ timeZone }).map((zone) => ({ schedule: given, ...zone }))),
  timeZone,
  startingDeadlineSeconds: fc.constant(60),
  retention: some({ maxAge: duration, maxCount: fc.constant(3) }),
  options,
}).map(({ schedule: scheduled, ...spec }) => ({
  storage: { type: 's3', bucket: 'b' },
  ...(scheduled as object),
  ...spec,
}));
