import { effectiveSpec } from '@holdfast/core';
import type { Condition, Neo4jBackup, Refusal } from '@holdfast/types';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtModule } from '../../../go-build.ts';
import { until } from '../../../until.ts';
import { makeNamespace } from '../../furnish.ts';
import { ApiError } from '../../kubelet/api-client.ts';
import { startCluster, type DevCluster } from '../../start-cluster.ts';
import { kubernetes } from '../kubernetes.ts';
import { argumentsFamily } from './arguments.ts';
import { cloudFamily } from './cloud.ts';
import { withDocumentedDefaults } from './documented-defaults.ts';
import { generatedSpec } from './generated.ts';
import { metadataFamily } from './metadata.ts';
import { optionsFamily } from './options.ts';
import { podFamily } from './pod.ts';
import { retentionFamily } from './retention.ts';
import type { Family, Refused, Taken } from './row.ts';
import { scheduleFamily } from './schedule.ts';
import { storageFamily } from './storage.ts';
import { targetFamily } from './target.ts';

/*
 * What an API server makes of our definition, object by object. Everything is suspended, so that a valid object stays as it is; the watcher
 * alone runs, because it alone judges.
 */
const ready = builtModule(kubernetes) !== undefined;
const namespace = 'objects';
const collection = `/apis/neo4j.neo4j.com/v1alpha1/namespaces/${namespace}/neo4jbackups`;

const families: Readonly<Record<string, Family>> = {
  target: targetFamily,
  storage: storageFamily,
  cloud: cloudFamily,
  schedule: scheduleFamily,
  retention: retentionFamily,
  options: optionsFamily,
  arguments: argumentsFamily,
  pod: podFamily,
  metadata: metadataFamily,
};

describe.skipIf(!ready)('an API server', () => {
  let cluster: DevCluster;
  beforeAll(async () => {
    cluster = await startCluster({
      kind: 'control-plane',
      quiet: true,
      neo4j: false,
      replicas: { watcher: 1, worker: 0, retention: 0 },
    });
    await makeNamespace(cluster.client, namespace);
  });
  afterAll(() => cluster?.stop());

  for (const [family, { taken, refused }] of Object.entries(families)) {
    describe(`takes ${family} with`, () => {
      test.each(taken.map((row, index) => ({ ...row, index })))('$what', async (row) => {
        const sent = objectOf(row, `${family}-taken-${row.index}`);
        const stored = await cluster.client.create<Neo4jBackup>(`${collection}?fieldValidation=Strict`, sent);
        expect(stored.spec).toEqual(withDocumentedDefaults(sent.spec as never));
        const { phase, conditions } = await judged(stored.metadata.name);
        expect({ phase, ...readyOf(conditions) }).toMatchObject({ phase: 'Suspended', reason: 'NotCheckedYet' });
      });
    });

    describe(`refuses ${family} with`, () => {
      test.each(refused.map((row, index) => ({ ...row, index })))('$what', async (row) => {
        const sent = objectOf(row, `${family}-refused-${row.index}`);
        const creating = cluster.client.create<Neo4jBackup>(`${collection}?fieldValidation=Strict`, sent);
        if ('later' in row) return expectRefusedLater(row, (await creating).metadata.name);
        const error = await creating.then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(ApiError);
        const { message, status } = error as ApiError;
        expect(status).toBeGreaterThanOrEqual(400);
        expect(status).toBeLessThan(500);
        expect(message).toContain('server' in row ? row.server : row.rule);
        expect(message).not.toContain('hunter2');
        if ('rule' in row) expectSameWordsOfCore(row, sent);
        expect(await cluster.client.find(`${collection}/${encodeURIComponent(sent.metadata.name)}`)).toBeUndefined();
      });
    });
  }

  test('has been asked about a hundred and fifty objects at least, and half of them it took', () => {
    const count = (which: 'taken' | 'refused') =>
      Object.values(families).reduce((sum, each) => sum + each[which].length, 0);
    expect(count('taken')).toBeGreaterThanOrEqual(75);
    expect(count('refused')).toBeGreaterThanOrEqual(75);
  });

  test('refuses nothing that core takes, and takes of what core refuses only what it cannot know', async () => {
    const answered = { taken: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(generatedSpec, async (spec) => {
        const sent = objectOf({ what: '', spec }, 'generated');
        const { refusals } = judgedByCore(sent);
        const words = await cluster.client.create(`${collection}?fieldValidation=Strict&dryRun=All`, sent).then(
          () => undefined,
          (error: unknown) => (error as Error).message,
        );
        answered[words === undefined ? 'taken' : 'refused'] += 1;
        const toldLater = ({ reason, message }: Refusal) =>
          reason === 'NotSupportedYet' || coreAlone.some((known) => known.test(message));
        if (words === undefined) expect(refusals.filter((refusal) => !toldLater(refusal))).toEqual([]);
        else expect({ words, refusals }).not.toMatchObject({ refusals: [] });
      }),
      { numRuns: 500 },
    );
    expect(Math.min(answered.taken, answered.refused)).toBeGreaterThan(25);
  });

  async function expectRefusedLater(row: Extract<Refused, { later: string }>, name: string): Promise<void> {
    const { phase, conditions } = await judged(name);
    const condition = readyOf(conditions);
    expect({ phase, ...condition }).toMatchObject({
      phase: 'Failed',
      status: 'False',
      reason: row.reason ?? 'SpecInvalid',
    });
    expect(condition?.message).toContain(row.later);
  }

  /** The status, once the watcher has written one. */
  function judged(name: string): Promise<NonNullable<Neo4jBackup['status']>> {
    return until(
      async () => {
        const { metadata, status } = await cluster.client.get<Neo4jBackup>(`${collection}/${name}`);
        return status?.observedGeneration === metadata.generation ? status : undefined;
      },
      { saying: `judgement of ${name}`, withinMs: 30_000 },
    );
  }
});

function readyOf(conditions: readonly Condition[] | undefined): Condition | undefined {
  return conditions?.find(({ type }) => type === 'Ready');
}

/** What a server without rules would let through is refused with the same remedy by the condition. */
function expectSameWordsOfCore({ rule }: { readonly rule: string }, sent: Sent): void {
  const { refusals } = judgedByCore(sent);
  expect(refusals.map(({ message }) => message).join('\n')).toContain(rule.split('; ').at(-1));
}

function judgedByCore(sent: Sent): ReturnType<typeof effectiveSpec> {
  const metadata = { ...sent.metadata, namespace, uid: 'none', creationTimestamp: '2026-03-01T00:00:00Z' };
  return effectiveSpec({ ...sent, metadata } as unknown as Neo4jBackup);
}

/** What no rule of the definition can say. */
const coreAlone: readonly RegExp[] = [
  /which is no known time zone/,
  /which is no cron expression/,
  /which never fires/,
  /endpointURL is not an address/,
  /additionalArgs\[\d\] and spec\.options\.additionalArgs\[\d\] give/,
  /is ".*[.e].*"; write a size above zero/, // small by its suffix or exponent
];

interface Sent {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: object;
}

function objectOf({ name, annotations, spec = {} }: Taken, usualName: string): Sent {
  const usual = { target: { kind: 'Cluster', name: 'prod' }, storage: { type: 'pvc' }, suspend: true };
  return {
    apiVersion: 'neo4j.neo4j.com/v1alpha1',
    kind: 'Neo4jBackup',
    metadata: { name: name ?? usualName, ...(annotations && { annotations }) },
    spec: JSON.parse(JSON.stringify({ ...usual, ...spec })) as object, // without what was taken away
  };
}
