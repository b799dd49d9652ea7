import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../until.ts';
import { ApiError } from '../cluster/kubelet/api-client.ts';
import { putSecret } from '../cluster/furnish.ts';
import { bucket, namespace, openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => void (scene = await openScene({ kind: 'embedded' })));
afterAll(() => scene?.close());

const s3 = { type: 's3', bucket };
const target = { kind: 'Cluster', name: 'db' };
const args = (...additionalArgs: string[]) => ({ options: { additionalArgs } });

/** What is written, and what must be said of it: the field, the problem and, where the sentence is ours, the remedy. */
const refused: readonly (readonly [string, object, ...RegExp[]])[] = [
  ['an unknown field', { schedul: '@daily' }, /unknown field "spec\.schedul"/],
  ['an unknown field deep inside', { options: { compres: true } }, /unknown field "spec\.options\.compres"/],
  ['a number for a schedule', { schedule: 5 }, /spec\.schedule/, /must be of type string/],
  ['a text for a count', { retention: { maxCount: '3' } }, /spec\.retention\.maxCount/, /must be of type integer/],
  ['a list for a target', { target: [] }, /spec\.target/, /must be of type object/],
  ['no target', { target: undefined }, /spec\.target/, /[Rr]equired/],
  ['no storage', { storage: undefined }, /spec\.storage/, /[Rr]equired/],
  ['a kind of target that does not exist', { target: { kind: 'Node', name: 'db' } }, /spec\.target\.kind/, /"Cluster"/],
  ['a type of store that does not exist', { storage: { type: 'ftp' } }, /spec\.storage\.type/, /"s3"/],
  ['a backup type in lower case', { options: { backupType: 'full' } }, /spec\.options\.backupType/, /"FULL"/],
  ['four fields of cron', { schedule: '0 2 * *' }, /spec\.schedule/, /five fields/],
  ['six fields of cron', { schedule: '0 0 2 * * *' }, /spec\.schedule/, /five fields|leave out the seconds/],
  ['a zone inside the schedule', { schedule: 'TZ=UTC 0 2 * * *' }, /spec\.schedule/, /spec\.timeZone/],
  ['words for a schedule', { schedule: 'at two in the night' }, /spec\.schedule/, /write five fields/],
  ['a minute that does not exist', { schedule: '61 * * * *' }, /spec\.schedule/, /write five fields/],
  ['a day that never comes', { schedule: '0 0 30 2 *' }, /spec\.schedule/, /never fires/, /no such day/],
  ['a zone that does not exist', { schedule: '@daily', timeZone: 'Mars/Olympus' }, /spec\.timeZone/, /IANA name/],
  ['a zone without a schedule', { timeZone: 'Europe/Stockholm' }, /spec\.timeZone/, /add a schedule/],
  ['a duration without a unit', { retention: { maxAge: '30' } }, /spec\.retention\.maxAge/, /write whole numbers with/],
  ['a duration of nothing', { retention: { maxAge: '0d' } }, /spec\.retention\.maxAge/, /above zero/],
  ['a negative duration', { options: { deadline: '-1h' } }, /spec\.options\.deadline/, /write whole numbers with/],
  ['a duration of a million years', { retention: { maxAge: '365000000d' } }, /spec\.retention\.maxAge/, /at most/],
  ['a count of nothing', { retention: { maxCount: 0 } }, /spec\.retention\.maxCount/, /greater than or equal to 1/],
  ['a size in words', { storage: { type: 'pvc', pvc: { size: 'big' } } }, /spec\.storage\.pvc\.size/, /100Gi/],
  ['a size of nothing', { storage: { type: 'pvc', pvc: { size: '0Gi' } } }, /spec\.storage\.pvc\.size/, /above zero/],
  ['a page cache with a fraction', { options: { pageCache: '1.5G' } }, /spec\.options\.pageCache/],
  [
    'two spellings of verify',
    { options: { verifyBackup: false, verify: true } },
    /verifyBackup and verify/,
    /keep one/,
  ],
  [
    'two spellings of the Secret',
    { storage: { ...s3, cloud: { region: 'x', credentialsSecret: 'a', credentialsSecretRef: 'b' } } },
    /credentialsSecret and credentialsSecretRef/,
    /keep one/,
  ],
  [
    'two spellings of the class',
    { storage: { type: 'pvc', pvc: { size: '1Gi', storageClass: 'a', storageClassName: 'b' } } },
    /storageClass and storageClassName/,
    /keep one/,
  ],
  [
    'two places for the region',
    { cloud: { region: 'a' }, storage: { ...s3, cloud: { region: 'b' } } },
    /spec\.cloud\.region and spec\.storage\.cloud\.region differ/,
    /keep the one below storage/,
  ],
  ['S3 without a bucket', { storage: { type: 's3' } }, /spec\.storage\.bucket is missing/, /name the bucket/],
  ['a claim with a bucket', { storage: { type: 'pvc', bucket } }, /spec\.storage\.bucket/, /remove it/],
  ['a bucket with a scheme', { storage: { type: 's3', bucket: 's3://x' } }, /spec\.storage\.bucket/],
  [
    'the wrong provider',
    { storage: { ...s3, cloud: { provider: 'gcp', region: 'x' } } },
    /provider/,
    /s3 goes with aws/,
  ],
  [
    'an endpoint with a password in it',
    { storage: { ...s3, cloud: { endpointURL: 'https://a:very-secret@store' } } },
    /spec\.storage\.cloud\.endpointURL/,
    /put them into a Secret/,
    /^(?!.*very-secret)/s,
  ],
  ['a path that climbs', { storage: { ...s3, path: '../other' } }, /spec\.storage\.path/, /below the store's root/],
  [
    'a path that climbs later',
    { storage: { ...s3, path: 'a/../../b' } },
    /spec\.storage\.path/,
    /below the store's root/,
  ],
  ['a path with a dot step', { storage: { ...s3, path: 'a/./b' } }, /spec\.storage\.path/, /below the store's root/],
  ['a path with an empty step', { storage: { ...s3, path: 'a//b' } }, /spec\.storage\.path/, /one slash/],
  ['a path in Unicode', { storage: { ...s3, path: 'säkerhet/备份' } }, /spec\.storage\.path/, /ASCII letters/],
  ['a path with a line break', { storage: { ...s3, path: 'a\nb' } }, /spec\.storage\.path/, /ASCII letters/],
  ['a target in Unicode', { target: { ...target, name: 'datenbänk' } }, /spec\.target\.name/],
  ['a target that is a pattern', { target: { ...target, name: 'd*' } }, /spec\.target\.name/],
  [
    'a Secret that climbs',
    { storage: { ...s3, cloud: { region: 'x', credentialsSecret: '../x' } } },
    /credentialsSecret/,
  ],
  ['an argument with a leading @', args('@/etc/passwd'), /additionalArgs\[0\]/, /starts with "--"/],
  ['an argument that is a command', args('$(touch /tmp/x)'), /additionalArgs\[0\]/, /starts with "--"/],
  ['two arguments in one', args('--verbose --to-path=/x'), /additionalArgs\[0\]/, /starts with "--"/],
  ['an argument with a line break', args('--keep=a\nb'), /additionalArgs\[0\]/, /control character/],
  ['an argument that Holdfast owns', args('--to-path=/x'), /additionalArgs\[0\]/, /follows from spec\.storage/],
  [
    'an argument that Holdfast owns, in capitals',
    args('--TO-PATH=/x'),
    /additionalArgs\[0\]/,
    /follows from spec\.storage/,
  ],
  ['an abbreviation of it', args('--to-p=/x'), /additionalArgs\[0\]/, /names in full/],
  ['commands in configuration files', args('--expand-commands'), /additionalArgs\[0\]/, /it runs commands/],
  ['a switch with a command', args('--verbose=$(id)'), /additionalArgs\[0\]/, /write true or false/],
  ['a scratch folder over the system', args('--temp-path=/etc/x'), /\/etc/, /write a folder/],
  [
    'a way to the target that is not built yet',
    { options: { transport: 'exec' } },
    /transport is exec/,
    /write network/,
  ],
  [
    'a key without its Secret',
    { options: { encryption: { enabled: true } } },
    /spec\.options\.encryption\.keySecret is missing/,
    /name the Secret/,
  ],
];

describe('a spec with', () => {
  test.each(refused.map(([what, spec, ...said], index) => ({ what, spec, said, index })))(
    '$what is refused in a sentence and changes nothing',
    async ({ spec, said, index }) => {
      const name = `refused-${index}`;
      const sentence = await refusal(name, spec);
      for (const words of said) expect(sentence).toMatch(words);
      expect(sentence.length).toBeLessThan(1_000);
      await expectNothingDone(name);
    },
  );

  test('any of these mistakes leaves the invariants whole', () => scene.end());
  afterAll(() => scene.reset());
});

/** What is not there, and how its absence is said while the run waits for it. */
const missing: readonly (readonly [string, string, object, ...RegExp[]])[] = [
  [
    'bucket',
    'BucketMissing',
    { storage: { type: 's3', bucket: 'nowhere-bucket' } },
    /nowhere-bucket/,
    /create the bucket/,
  ],
  [
    'claim',
    'ClaimMissing',
    { storage: { type: 'pvc', pvc: { name: 'no-claim' } } },
    /"no-claim"/,
    /spec\.storage\.pvc\.size/,
  ],
  ['Secret', 'CredentialsMissing', withSecret('no-secret'), /"no-secret"/, /create it with AWS_ACCESS_KEY_ID/],
  ['key of a Secret', 'CredentialsMissing', withSecret('half'), /"half"/, /add the missing key/],
  ['target', 'TargetNotFound', { target: { kind: 'Cluster', name: 'no-db' } }, /no-db/],
];

describe('a run without its', () => {
  test.each(missing.map(([what, reason, spec, ...said]) => ({ what, reason, spec, said })))(
    '$what waits, says what is missing, and makes no Job',
    async ({ what, reason, spec, said }) => {
      await putSecret(scene.cluster.client, namespace, 'half', { AWS_ACCESS_KEY_ID: 'only-the-first' });
      const name = `without-${what.replaceAll(' ', '-').toLowerCase()}`;
      await scene.create(name, spec);
      const { waitingFor } = await scene.untilActive(name, (run) => run.waitingFor !== undefined);
      expect(waitingFor?.reason).toBe(reason);
      for (const words of said) expect(waitingFor?.message).toMatch(words);
      const { phase, conditions } = await scene.status(name);
      expect(phase).toBe('Pending');
      expect(conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'False', reason });
      await expectNothingDone(name);
    },
  );

  test('surroundings keeps every invariant while it waits', () => scene.end());
  afterAll(() => scene.reset());
});

describe('a name of', () => {
  test.each([57, 63, 253])('%i characters is refused in a sentence and changes nothing', async (length) => {
    const name = 'n'.repeat(length);
    expect(await refusal(name, {})).toMatch(/metadata\.name is longer than 56 characters; choose a shorter name/);
    await expectNothingDone(name);
  });

  test.each([
    ['254 characters', 'n'.repeat(254)],
    ['capitals', 'Backup'],
    ['Unicode', 'säkerhet'],
    ['steps', '../x'],
  ])('%s is refused by the API server', async (_, name) => {
    expect(await refusal(name, {})).toMatch(/metadata\.name/);
  });

  test('1 and 56 characters works', async () => {
    const names = ['n', 'n'.repeat(56)];
    for (const name of names) await scene.create(name);
    for (const name of names) expect((await scene.untilSettled(name)).status).toBe('Succeeded');
    await scene.end();
  });
});

/** The words of the API server, or of the condition, whichever came. */
async function refusal(name: string, spec: object): Promise<string> {
  try {
    await scene.create(name, spec);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    expect(error.status).toBeGreaterThanOrEqual(400);
    expect(error.status).toBeLessThan(500);
    return error.message;
  }
  const ready = async () => (await scene.status(name)).conditions?.find(({ type }) => type === 'Ready');
  const condition = await until(async () => ((await ready())?.status === 'False' ? ready() : undefined), {
    withinMs: 10_000,
    saying: `the refusal of ${name}`,
  });
  expect(condition?.reason).toMatch(/^(SpecInvalid|NotSupportedYet)$/);
  expect((await scene.status(name)).phase).toBe('Failed');
  return condition?.message ?? '';
}

/** No Job, nothing in the store, no run under way that could still do something. */
async function expectNothingDone(name: string): Promise<void> {
  const backup = await scene.backup(name).catch(() => undefined);
  if (!backup) return; // the API server did not take it
  expect(await scene.jobsOf(name)).toBe(0);
  expect(await scene.cluster.client.find(`/apis/batch/v1/namespaces/${namespace}/jobs/${name}-backup`)).toBeUndefined();
  const touched = (await scene.stores.diary()).filter(({ key }) => key.includes(`${namespace}/${name}/`));
  expect(touched).toEqual([]);
}

function withSecret(credentialsSecret: string): object {
  return { storage: { ...s3, cloud: { region: 'us-east-1', credentialsSecret } } };
}
