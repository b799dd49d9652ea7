import { backupCrd, type Neo4jBackup } from '@holdfast/types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtModule } from '../../go-build.ts';
import { until } from '../../until.ts';
import { makeNamespace } from '../furnish.ts';
import { collection, namespace, objectOf } from '../objects/sent.ts';
import { startCluster, type DevCluster } from '../start-cluster.ts';
import { kubernetes } from './kubernetes.ts';

const definition = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/neo4jbackups.neo4j.neo4j.com';
const wrong = objectOf({ what: '', spec: { storage: { type: 's3', bucket: 'b', path: 'a//b' } } }, 'older');

describe.skipIf(builtModule(kubernetes) === undefined)('an object that was stored before a rule was there', () => {
  let cluster: DevCluster;
  beforeAll(async () => {
    const replicas = { watcher: 1, worker: 0, retention: 0 };
    cluster = await startCluster({ kind: 'control-plane', quiet: true, neo4j: false, replicas });
    await makeNamespace(cluster.client, namespace);
  });
  afterAll(() => cluster?.stop());

  test('is told about when it changes elsewhere, and may be corrected', async () => {
    const { client } = cluster;
    await define(withoutRules(backupCrd().spec));
    await until(() => client.create(collection, wrong), { saying: 'a definition without rules' });
    expect(await readyAt(1)).toMatchObject({ status: 'False', message: expect.stringContaining('contains "//"') });

    await define(backupCrd().spec);
    const another = { ...wrong, metadata: { name: 'another' } };
    const refused = () =>
      client.create(`${collection}?dryRun=All`, another).then(
        () => false,
        () => true,
      );
    await until(refused, { saying: 'a definition with rules' });

    await client.patch(`${collection}/older`, { spec: { historyLimit: 5 } });
    expect(await readyAt(2)).toMatchObject({ status: 'False', message: expect.stringContaining('contains "//"') });
    await expect(client.patch(`${collection}/older`, { spec: { storage: { path: 'c//d' } } })).rejects.toThrow(
      'write one slash between two folders',
    );
    await client.patch(`${collection}/older`, { spec: { storage: { path: 'a/b' } } });
    expect(await readyAt(3)).toMatchObject({ reason: 'NotCheckedYet' });
  });

  async function define(spec: unknown): Promise<void> {
    await cluster.client.patch(definition, { spec: spec as object });
  }

  /** The condition that speaks of this generation of the object. */
  function readyAt(generation: number): Promise<unknown> {
    return until(
      async () => {
        const { status } = await cluster.client.get<Neo4jBackup>(`${collection}/older`);
        return status?.conditions?.find(
          ({ type, observedGeneration }) => type === 'Ready' && observedGeneration === generation,
        );
      },
      { saying: `judgement of generation ${generation}` },
    );
  }
});

/** The same at every depth without what the server evaluates. */
function withoutRules(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutRules);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => key !== 'x-kubernetes-validations');
  return Object.fromEntries(kept.map(([key, child]) => [key, withoutRules(child)]));
}
