import type { EffectiveTarget } from '@holdfast/types';
import { expect, test } from 'vitest';
import type { DatabaseObject, PodObject, ServerObject } from './objects.ts';
import { hostOf } from './host.ts';
import { resolveTarget, type Found } from './resolve-target.ts';

const cluster: EffectiveTarget = { kind: 'Cluster', name: 'production', namespace: 'neo4j' };
const database: EffectiveTarget = { kind: 'Database', name: 'orders', namespace: 'neo4j' };

function aDatabase(name: string, spec: DatabaseObject['spec'] = {}, deletionTimestamp?: string): DatabaseObject {
  return {
    metadata: { name, namespace: 'neo4j', ...(deletionTimestamp && { deletionTimestamp }) },
    spec: { clusterRef: 'production', ...spec },
  };
}

function aServer(difference: Partial<ServerObject> = {}): ServerObject {
  return {
    metadata: { name: 'production', namespace: 'neo4j' },
    spec: { image: { repo: 'neo4j', tag: '5.26.4-enterprise' }, topology: { primaries: 1 } },
    status: { phase: 'Ready' },
    ...difference,
  };
}

const image = (tag?: string) => ({ spec: { image: { repo: 'neo4j', ...(tag && { tag }) } } });

function resolve(found: Partial<Found>, target = cluster, named?: string) {
  const host = { kind: 'host', name: 'production', ...(named && { database: named }) } as const;
  const nothing = { databases: [], pods: [], backupNamespace: 'neo4j', clusterDomain: 'cluster.local' };
  return resolveTarget(target, host, { ...nothing, ...found });
}

function resolved(...given: Parameters<typeof resolve>) {
  const resolution = resolve(...given);
  if (resolution.kind !== 'resolved') throw new Error(resolution.message);
  return resolution.target;
}

// From the target to the host

const hostFor = (target: EffectiveTarget, databases: readonly DatabaseObject[]) => hostOf(target, databases, 'neo4j');

test('a cluster is its own host', () => {
  expect(hostFor(cluster, [])).toEqual({ kind: 'host', name: 'production' });
});

test('with clusterRef the database is what the target says, or what the object of that name says', () => {
  const target = { ...database, clusterRef: 'production' };
  expect(hostFor(target, [])).toEqual({ kind: 'host', name: 'production', database: 'orders' });
  expect(hostFor(target, [aDatabase('orders', { name: 'orders-v2' })])).toMatchObject({ database: 'orders-v2' });
  const elsewhere = aDatabase('orders', { name: 'orders-v2', clusterRef: 'staging' });
  expect(hostFor(target, [elsewhere])).toMatchObject({ name: 'production', database: 'orders' });
});

test('without clusterRef the object leads on, by its own name before its spec.name', () => {
  const byName = aDatabase('orders', { name: 'orders-v2' });
  const bySpec = aDatabase('other', { name: 'orders', clusterRef: 'staging' });
  expect(hostFor(database, [bySpec, byName])).toEqual({ kind: 'host', name: 'production', database: 'orders-v2' });
  expect(hostFor(database, [bySpec])).toEqual({ kind: 'host', name: 'staging', database: 'orders' });
  expect(hostFor(database, [aDatabase('orders')])).toMatchObject({ database: 'orders' });
});

test('no database is refused by naming what was looked for', () => {
  expect(hostFor(database, [aDatabase('invoices')])).toMatchObject({
    kind: 'waiting',
    reason: 'TargetNotFound',
    message: expect.stringContaining('"orders"') as string,
  });
});

test('several databases are refused by naming what was found', () => {
  const found = [aDatabase('a', { name: 'orders' }), aDatabase('b', { name: 'orders', clusterRef: 'staging' })];
  expect(hostFor(database, found)).toMatchObject({
    reason: 'TargetAmbiguous',
    message: expect.stringMatching(/a, b; set spec\.target\.clusterRef/) as string,
  });
});

test('a database that names no cluster leads nowhere', () => {
  const lost: DatabaseObject = { metadata: { name: 'orders', namespace: 'neo4j' } };
  expect(hostFor(database, [lost])).toMatchObject({ kind: 'waiting', reason: 'TargetNotFound' });
});

// From the host to its servers

test('a cluster goes before a standalone of the same name, and a standalone stands in for it', () => {
  const found = { cluster: aServer(image('5.26.1')), standalone: aServer(image('5.26.2')) };
  expect(resolved(found)).toMatchObject({ image: 'neo4j:5.26.1' });
  expect(resolved({ standalone: found.standalone })).toMatchObject({ image: 'neo4j:5.26.2' });
});

test('a host that does not exist is waited for', () => {
  expect(resolve({})).toMatchObject({
    kind: 'waiting',
    reason: 'TargetNotFound',
    message: expect.stringContaining('"production"') as string,
  });
});

test('a cluster is asked for everything, and its databases and system are expected', () => {
  const databases = [
    aDatabase('orders', { name: 'orders-v2' }),
    aDatabase('invoices'),
    aDatabase('elsewhere', { clusterRef: 'staging' }),
    aDatabase('leaving', {}, '2026-03-01T00:00:00Z'),
  ];
  expect(resolved({ cluster: aServer(), databases })).toMatchObject({
    databases: ['*'],
    expected: ['orders-v2', 'invoices', 'system'],
  });
});

test('of a database that one alone is asked for and expected', () => {
  const found = { cluster: aServer(), databases: [aDatabase('invoices')] };
  expect(resolved(found, database, 'orders')).toMatchObject({ databases: ['orders'], expected: ['orders'] });
});

test.each([
  ['neo4j', undefined, true],
  ['neo4j', 'other', true],
  ['shop', undefined, false],
  ['shop', 'other', false],
  ['shop', 'other, shop', true],
  ['shop', '*', true],
  ['shop', 'shopping', false],
])('a backup in %s may use a target that allows %s: %s', (backupNamespace, allowed, may) => {
  const annotations = allowed === undefined ? {} : { 'neo4j.neo4j.com/allow-backups-from': allowed };
  const server = aServer({ metadata: { name: 'production', namespace: 'neo4j', annotations } });
  const resolution = resolve({ cluster: server, backupNamespace });
  expect(resolution.kind === 'resolved').toBe(may);
  if (!may) expect(resolution).toMatchObject({ reason: 'TargetConsentMissing' });
});

test('before a foreign namespace agrees, nothing is said of what is in it', () => {
  const from = (target: EffectiveTarget, databases: readonly DatabaseObject[]) => hostOf(target, databases, 'shop');
  const several = [aDatabase('a', { name: 'orders' }), aDatabase('b', { name: 'orders', clusterRef: 'staging' })];
  const refused = from(database, []);
  expect(refused).toMatchObject({
    reason: 'TargetConsentMissing',
    message: expect.stringContaining('the cluster or standalone of database "orders" in namespace "neo4j"') as string,
  });
  expect(from(database, several)).toEqual(refused);
  expect(from(database, [{ metadata: { name: 'orders', namespace: 'neo4j' } }])).toEqual(refused);
  const host = from(database, [aDatabase('orders')]);
  if (host.kind !== 'host') throw new Error(host.message);
  const found = { databases: [], pods: [], backupNamespace: 'shop', clusterDomain: 'cluster.local' };
  expect(resolveTarget(database, host, { ...found, cluster: aServer() })).toEqual(refused);
  expect(resolveTarget(database, host, found)).toEqual(refused);
  expect(resolve({ backupNamespace: 'shop' })).toEqual(resolve({ backupNamespace: 'shop', cluster: aServer() }));
});

test.each([
  ['5.26.0', '5.26.0'],
  ['5.26-enterprise', '5.26.0'],
  ['2025.01', '2025.01.0'],
  ['2025.10.1-enterprise-ubi9', '2025.10.1'],
  ['latest', undefined],
  [undefined, undefined],
])('tag %s means version %s', (tag, version) => {
  expect(resolved({ cluster: aServer(image(tag)) }).version).toBe(version);
});

test.each(['5.25.1', '4.4.40-enterprise', '5.5'])('version %s is refused with the version in the message', (tag) => {
  expect(resolve({ cluster: aServer(image(tag)) })).toMatchObject({
    reason: 'TargetVersionUnsupported',
    message: expect.stringContaining(tag) as string,
  });
});

test('without an image there is nothing to run', () => {
  expect(resolve({ cluster: aServer({ spec: {} }) })).toMatchObject({ kind: 'waiting', reason: 'TargetNotReady' });
});

const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
const aPod = (status?: PodObject['status']): PodObject => ({
  metadata: { name: 'production-server-0', namespace: 'neo4j' },
  ...(status && { status }),
});

test.each([
  ['Cluster', { phase: 'Ready' }, undefined, true],
  ['Cluster', { phase: 'Running' }, undefined, false],
  ['Standalone', { phase: 'Running' }, undefined, true],
  ['Cluster', { phase: 'Forming' }, ready, false],
  ['Cluster', ready, undefined, false],
  ['Cluster', ready, ready, true],
  ['Cluster', { conditions: [{ type: 'Ready', status: 'False' }] }, ready, false],
  ['Cluster', undefined, ready, false],
] as const)('a %s with status %j and pod %j is ready: %s', (kind, status, pod, may) => {
  const { status: _ready, ...bare } = aServer();
  const server = { ...bare, ...(status && { status }) };
  const resolution = resolve({ [kind === 'Cluster' ? 'cluster' : 'standalone']: server, pods: [aPod(pod)] });
  expect(resolution.kind === 'resolved').toBe(may);
  if (!may) expect(resolution).toMatchObject({ kind: 'waiting', reason: 'TargetNotReady' });
});

test('pull secrets and tolerations come from the target', () => {
  const tolerations = [{ key: 'graph', operator: 'Exists' }];
  const spec = { image: { repo: 'registry.example/neo4j', tag: '5.26.0', pullSecrets: ['registry'] }, tolerations };
  expect(resolved({ cluster: aServer({ spec }) })).toMatchObject({ pullSecrets: ['registry'], tolerations });
});

// While an upgrade rolls out

const serving = (name: string, tag: string, ready = true): PodObject => ({
  metadata: { name, namespace: 'neo4j' },
  spec: { containers: [{ name: 'neo4j', image: `neo4j:${tag}` }] },
  status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
});
const upgrading = (...pods: PodObject[]) => ({
  cluster: aServer({ ...image('2025.10'), status: { phase: 'Upgrading' } }),
  pods,
  beforeUpgrade: true,
});

test('a run that an upgrade started takes what is left of the servers as they were', () => {
  const pods = [
    serving('production-server-0', '5.26.1'),
    serving('production-server-1', '5.26.1', false),
    serving('production-server-2', '2025.10'),
  ];
  expect(resolved(upgrading(...pods))).toMatchObject({
    image: 'neo4j:5.26.1',
    version: '5.26.1',
    from: ['production-server-0.production-headless.neo4j.svc.cluster.local:6362'],
  });
  expect(resolve({ ...upgrading(...pods), beforeUpgrade: false })).toMatchObject({ reason: 'TargetNotReady' });
});

test('where none is left, it waits for the servers as they become', () => {
  expect(resolve(upgrading(serving('production-server-0', '2025.10')))).toMatchObject({ reason: 'TargetNotReady' });
  expect(resolve(upgrading(serving('production-server-0', '5.25.1')))).toMatchObject({ reason: 'TargetNotReady' });
  expect(resolve(upgrading())).toMatchObject({ reason: 'TargetNotReady' });
});
