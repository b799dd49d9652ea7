import type { EffectiveTarget } from '@holdfast/types';
import { expect, test } from 'vitest';
import { knownDatabase, knownHost, type HostKind, type KnownTargets, type LivingObject } from './known-targets.ts';
import { targetFacts } from './target-facts.ts';

const createdAt = '2026-03-01T00:00:00Z';
const living = (name: string, more: object = {}, metadata: object = {}): LivingObject => ({
  metadata: { name, namespace: 'neo4j', uid: `${name}-uid`, creationTimestamp: createdAt, ...metadata },
  ...more,
});
const image = { spec: { image: { repo: 'neo4j', tag: '5.26.1' } } };

function known(hosts: Partial<Record<HostKind, LivingObject>>, ...databases: LivingObject[]): KnownTargets {
  return {
    host(kind, namespace, name) {
      const found = hosts[kind];
      return found?.metadata.name === name && found.metadata.namespace === namespace
        ? knownHost(found, kind)
        : undefined;
    },
    databases: () => databases.map(knownDatabase),
  };
}

const cluster: EffectiveTarget = { kind: 'Cluster', name: 'production', namespace: 'neo4j' };
const database: EffectiveTarget = { kind: 'Database', name: 'orders', namespace: 'neo4j' };
const production = living('production', image, { generation: 3 });
const orders = (status: object = { phase: 'Ready' }) =>
  living('orders', { spec: { clusterRef: 'production' }, status });

test('a cluster goes before a standalone, with the databases that are its own', () => {
  const targets = known(
    { Cluster: production, Standalone: living('production', {}, { uid: 'other' }) },
    orders(),
    living('elsewhere', { spec: { clusterRef: 'staging' } }),
    living('leaving', { spec: { clusterRef: 'production' } }, { deletionTimestamp: createdAt }),
  );
  expect(targetFacts(cluster, 'neo4j', targets)).toEqual({
    host: { uid: 'production-uid', generation: 3, image: 'neo4j:5.26.1' },
    itself: { uid: 'production-uid', createdAt: new Date(createdAt) },
    databases: [{ uid: 'orders-uid', createdAt: new Date(createdAt), ready: true }],
  });
  expect(targetFacts(cluster, 'neo4j', known({ Standalone: production }))?.host.uid).toBe('production-uid');
  expect(targetFacts(cluster, 'neo4j', known({}))).toBeUndefined();
});

test('a database is itself the target, once it is online', () => {
  const facts = (one: LivingObject) => targetFacts(database, 'neo4j', known({ Cluster: production }, one));
  expect(facts(orders())).toMatchObject({ host: { uid: 'production-uid' }, itself: { uid: 'orders-uid' } });
  expect(facts(orders({ conditions: [{ type: 'Ready', status: 'True' }] }))?.itself?.uid).toBe('orders-uid');
  expect(facts(orders({ phase: 'Pending' }))).toMatchObject({ databases: [{ ready: false }] });
  expect(facts(orders({ phase: 'Pending' }))?.itself).toBeUndefined();
  expect(targetFacts(database, 'neo4j', known({ Cluster: production }))).toBeUndefined();
});

test('a database that no object declares is there as long as its servers are', () => {
  const named = { ...database, clusterRef: 'production' };
  expect(targetFacts(named, 'neo4j', known({ Cluster: production }))).toMatchObject({
    itself: { uid: 'production-uid' },
    databases: [],
  });
});

test('a workload is looked at by its template; a Service says no image', () => {
  const containers = [{ name: 'neo4j', image: 'neo4j:2025.10' }];
  const set = living('graph', { spec: { template: { spec: { containers } } } });
  const by = (kind: 'StatefulSet' | 'Service') => ({ ...cluster, workload: { kind, name: 'graph' } });
  expect(targetFacts(by('StatefulSet'), 'neo4j', known({ StatefulSet: set }))?.host).toEqual({
    uid: 'graph-uid',
    generation: 1,
    image: 'neo4j:2025.10',
  });
  expect(targetFacts(by('Service'), 'neo4j', known({ Service: living('graph') }))?.host).toEqual({
    uid: 'graph-uid',
    generation: 1,
  });
});

test('nothing is seen of a target elsewhere that has not agreed', () => {
  const agreeing = living('production', image, { annotations: { 'neo4j.neo4j.com/allow-backups-from': 'shop' } });
  expect(targetFacts(cluster, 'shop', known({ Cluster: production }))).toBeUndefined();
  expect(targetFacts(cluster, 'shop', known({ Cluster: agreeing }))?.host.uid).toBe('production-uid');
  const workload = { kind: 'StatefulSet', name: 'production' } as const;
  expect(targetFacts({ ...cluster, workload }, 'shop', known({ StatefulSet: production }))).toBeUndefined();
});
