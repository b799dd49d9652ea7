import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgentPlan } from '@holdfast/types';
import type { Control } from '../neo4j/control.ts';
import { contentsOf, openBucket } from './contents.ts';
import { bucket, condition, makeDatabase, startJourney, succeeded, type Journey } from './journey.ts';
import { findKubectl } from './kubectl.ts';

const program = findKubectl();
const namespace = 'neo4j';

interface PodTemplate {
  readonly containers: readonly [
    {
      readonly env: readonly { readonly name: string; readonly value?: string }[];
      readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
    },
  ];
}

describe.skipIf(!program)('arguments of the engine', { concurrent: false }, () => {
  let journey: Journey;
  let many: Control;

  beforeAll(async () => {
    journey = await startJourney(program ?? '');
    await journey.cluster.stores.s3.makeBucket('arguments');
    await journey.namespace(namespace);
    [many] = await Promise.all([
      journey.target({ name: 'old', namespace, tag: '5.26-enterprise' }),
      journey.target({ name: 'new', namespace, tag: '2025.11-enterprise', primaries: 1, secondaries: 1 }),
    ]);
    for (const database of ['orders', 'users', 'audit'])
      await makeDatabase(journey.cluster, { namespace, object: database, clusterRef: 'old' });
  });
  afterAll(() => journey?.stop());

  test('an option that came later than the target is refused with both versions, and no Job is made', async () => {
    await back('too-new', 'old', { preferDiffAsParent: true });
    const { history } = await journey.when(namespace, 'too-new', (status) => status.history?.[0]);
    expect(history?.[0]).toMatchObject({ status: 'Failed', reason: 'SpecInvalid' });
    expect(history?.[0]?.error).toMatch(/--prefer-diff-as-parent needs Neo4j 2025\.04 or later.* runs 5\.26/);
    expect(await journey.kubectl.ok('get', 'jobs', '-n', namespace, '-o', 'name')).not.toContain('too-new');
  });

  test('every option of a newer version reaches the engine as it was written', async () => {
    const options = {
      preferDiffAsParent: true,
      parallelDownload: true,
      skipRecovery: true,
      includeMetadata: 'users=alice,$(id)',
      parallelRecovery: true,
      keepFailed: true,
      additionalArgs: ['--verbose'],
    };
    await back('all-options', 'new', options);
    await journey.when(namespace, 'all-options', succeeded(1));
    const [{ env }] = (await podOf('all-options')).containers;
    const plan = JSON.parse(env.find(({ name }) => name === 'HOLDFAST_PLAN')?.value ?? '{}') as AgentPlan;
    expect(plan.engine?.options).toEqual(
      expect.arrayContaining([
        '--verbose',
        '--prefer-diff-as-parent=true',
        '--parallel-download=true',
        '--skip-recovery=true',
        '--parallel-recovery=true',
        '--keep-failed=true',
        '--include-metadata=users=alice,$(id)',
        '--remote-address-resolution=true',
      ]),
    );
    const { manifests } = await contentsOf(await openBucket(journey.cluster, 'arguments'), `${namespace}/all-options`);
    expect(manifests.map(({ recovered }) => recovered)).toEqual(manifests.map(() => false));
  });

  test('the scratch volume stands where --temp-path says', async () => {
    await back('scratch', 'old', { additionalArgs: ['--temp-path=/tmp/backup', '--parallel-recovery'] });
    await journey.when(namespace, 'scratch', succeeded(1));
    const [{ volumeMounts }] = (await podOf('scratch')).containers;
    expect(volumeMounts.find(({ name }) => name === 'scratch')?.mountPath).toBe('/tmp/backup');
  });

  test('what looks like a command is text to the engine, which refuses it for good', async () => {
    const trap = join(journey.cluster.dir, 'trap');
    const hostile = [`--unheard-of=$(touch ${trap})`, `--other=\`touch ${trap}\`;touch ${trap}`];
    await back('hostile', 'old', { additionalArgs: hostile });
    const { history } = await journey.when(namespace, 'hostile', (status) => status.history?.[0]);
    expect(history?.[0]).toMatchObject({ status: 'Failed', reason: 'EngineUsage' });
    expect(existsSync(trap)).toBe(false);
  });

  test.each([
    ['quotes and a break', ['--verbose\n--to-path=/elsewhere'], /additionalArgs\[0\]/],
    ['a file of arguments', ['@/etc/passwd'], /additionalArgs\[0\]/],
    ['another place to write to', ['--to-path=/elsewhere'], /--to-path.*spec\.storage/],
    ['commands in configuration', ['--expand-commands'], /--expand-commands.*runs commands/],
  ])('%s among the arguments is refused before anything is made', async (what, additionalArgs, sentence) => {
    const name = what.replaceAll(' ', '-');
    await back(name, 'old', { additionalArgs });
    const status = await journey.when(namespace, name, (seen) => condition(seen, 'Ready')?.status === 'False');
    expect(condition(status, 'Ready')).toMatchObject({
      reason: 'SpecInvalid',
      message: expect.stringMatching(sentence),
    });
    expect(status.activeRun).toBeUndefined();
  });

  test(
    'of many databases one that is offline is named and tried once more, and the others count',
    { tags: ['long'] },
    async () => {
      await many.setOnline('users', false);
      await back('many', 'old', {});
      const waiting = await journey.when(namespace, 'many', ({ activeRun }) => activeRun?.attempt === 2);
      journey.cluster.clock.reach(new Date(waiting.activeRun?.notBefore ?? ''));
      const part = await journey.when(namespace, 'many', ({ history, activeRun }) => history?.[0] && !activeRun);
      expect(part.history?.[0]).toMatchObject({
        status: 'PartiallySucceeded',
        reason: 'DatabaseMissing',
        databaseCount: 5,
        failedDatabaseCount: 1,
      });
      const outcomes = part.history?.[0]?.databases ?? [];
      expect(outcomes[0]).toMatchObject({ name: 'users', error: expect.any(String) as string });
      expect(outcomes.slice(1).map(({ name }) => name)).toEqual(
        expect.arrayContaining(['audit', 'neo4j', 'orders', 'system']),
      );
      expect(part.lastSuccessTime).toBeUndefined();

      await many.setOnline('users', true);
      await journey.kubectl.ok('annotate', 'n4jb', 'many', '-n', namespace, 'neo4j.neo4j.com/run=again');
      const whole = await journey.when(namespace, 'many', succeeded(1));
      expect(whole.history?.[0]?.databases?.map(({ name }) => name).sort()).toEqual([
        'audit',
        'neo4j',
        'orders',
        'system',
        'users',
      ]);
    },
  );

  async function back(name: string, target: string, options: object): Promise<void> {
    await journey.apply(namespace, name, {
      target: { kind: 'Cluster', name: target },
      storage: bucket('arguments'),
      options,
    });
  }

  async function podOf(name: string): Promise<PodTemplate> {
    const text = await journey.kubectl.ok('get', 'job', `${name}-backup`, '-n', namespace, '-o', 'json');
    return (JSON.parse(text) as { spec: { template: { spec: PodTemplate } } }).spec.template.spec;
  }
});
