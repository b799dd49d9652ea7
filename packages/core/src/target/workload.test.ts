import type { EffectiveTarget, EffectiveWorkload } from '@holdfast/types';
import { expect, test } from 'vitest';
import type { PodObject, ServiceObject, StatefulSetObject } from './objects.ts';
import { podSelector, resolveWorkload, type FoundWorkload } from './workload.ts';

const statefulSet = { kind: 'StatefulSet', name: 'graph' } as const;
const service = { kind: 'Service', name: 'graph-lb' } as const;
const target = (workload: EffectiveWorkload, namespace = 'neo4j'): EffectiveTarget => ({
  kind: 'Cluster',
  name: 'graph',
  namespace,
  workload,
});

/** A server as Neo4j's own Helm chart makes it: its StatefulSet names a Service that is not headless. */
function aPod(
  name: string,
  difference: { ready?: boolean; metadata?: object; spec?: object; podIP?: string } = {},
): PodObject {
  const { ready = true, podIP = '10.0.0.7' } = difference;
  return {
    metadata: { name, namespace: 'neo4j', ownerReferences: [{ uid: 'set-1' }], ...difference.metadata },
    spec: {
      hostname: name,
      subdomain: 'graph',
      containers: [
        { name: 'neo4j', image: 'neo4j:5.26.4-enterprise', ports: [{ name: 'bolt', containerPort: 7687 }] },
        { name: 'sidecar', image: 'exporter:1' },
      ],
      ...difference.spec,
    },
    status: { podIP, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

const set: StatefulSetObject = {
  metadata: { name: 'graph', namespace: 'neo4j', uid: 'set-1' },
  spec: {
    serviceName: 'graph',
    selector: { matchLabels: { app: 'graph' } },
    template: {
      spec: {
        containers: [{ name: 'neo4j', image: 'neo4j:5.26.4-enterprise' }],
        imagePullSecrets: [{ name: 'registry' }],
        tolerations: [{ key: 'graph', operator: 'Exists' }],
      },
    },
  },
};
const plain: ServiceObject = {
  metadata: { name: 'graph', namespace: 'neo4j' },
  spec: {
    clusterIP: '10.96.0.1',
    selector: { app: 'graph' },
    ports: [{ name: 'tcp-bolt', port: 7687, targetPort: 7687 }],
  },
};
const headless: ServiceObject = { ...plain, spec: { ...plain.spec, clusterIP: 'None' } };
const balancer: ServiceObject = {
  metadata: { name: 'graph-lb', namespace: 'neo4j' },
  spec: { clusterIP: '10.96.0.2', selector: { 'helm.neo4j.com/neo4j.name': 'graph' } },
};

const nothing = { backupNamespace: 'neo4j', clusterDomain: 'cluster.local' };
const ofSet = (pods: readonly PodObject[], found: Partial<FoundWorkload> = {}) =>
  resolveWorkload(target(statefulSet), statefulSet, { ...nothing, statefulSet: set, service: plain, pods, ...found });
const ofService = (pods: readonly PodObject[], found: Partial<FoundWorkload> = {}) =>
  resolveWorkload(target(service), service, { ...nothing, service: balancer, pods, ...found });

function resolved(resolution: ReturnType<typeof resolveWorkload>) {
  if (resolution.kind !== 'resolved') throw new Error(resolution.message);
  return resolution.target;
}

test('the pods of a StatefulSet are its servers, reached at their addresses where no headless Service names them', () => {
  expect(resolved(ofSet([aPod('graph-0'), aPod('graph-1', { podIP: 'fd00::8' })]))).toEqual({
    namespace: 'neo4j',
    image: 'neo4j:5.26.4-enterprise',
    version: '5.26.4',
    from: ['10.0.0.7:6362', '[fd00::8]:6362'],
    hasSecondaries: false,
    databases: ['*'],
    expected: ['system'],
    pullSecrets: ['registry'],
    tolerations: [{ key: 'graph', operator: 'Exists' }],
  });
});

test('a headless Service gives pods their names, and only those whose Service it is', () => {
  const { from } = resolved(
    ofSet([aPod('graph-0'), aPod('graph-1', { spec: { subdomain: 'other' } })], { service: headless }),
  );
  expect(from).toEqual(['graph-0.graph.neo4j.svc.cluster.local:6362', '10.0.0.7:6362']);
});

test('pods that only carry the labels of a StatefulSet, go away or are not ready are not asked', () => {
  const pods = [
    aPod('stray', { metadata: { ownerReferences: [] }, podIP: '10.0.0.1' }),
    aPod('graph-0', { ready: false, podIP: '10.0.0.2' }),
    aPod('graph-1', { metadata: { deletionTimestamp: '2026-03-01T00:00:00Z' }, podIP: '10.0.0.3' }),
    aPod('graph-2', { podIP: '10.0.0.4' }),
  ];
  expect(resolved(ofSet(pods)).from).toEqual(['10.0.0.4:6362']);
});

test('a Service leads to the ready pods behind it, whoever made them', () => {
  const pods = ['one', 'two'].map((release, index) =>
    aPod(`${release}-0`, { metadata: { ownerReferences: [{ uid: release }] }, podIP: `10.0.0.${index}` }),
  );
  expect(resolved(ofService(pods)).from).toEqual(['10.0.0.0:6362', '10.0.0.1:6362']);
});

test.each<[string, ServiceObject['spec'], object[], number]>([
  ['the Service says it in a number', { ports: [{ name: 'tcp-backup', port: 80, targetPort: 6363 }] }, [], 6363],
  [
    'the Service says it by the name of a port',
    { ports: [{ port: 6362, targetPort: 'copies' }] },
    [{ name: 'copies', containerPort: 6364 }],
    6364,
  ],
  ['the Service gives no other', { ports: [{ name: 'backup', port: 6365 }] }, [], 6365],
  ['the container says it', { ports: [{ name: 'bolt', port: 7687 }] }, [{ name: 'backup', containerPort: 6366 }], 6366],
  ['nobody says it', {}, [{ name: 'bolt', containerPort: 7687 }], 6362],
])('the port: %s', (_who, spec, ports, port) => {
  const pod = aPod('graph-0', { spec: { containers: [{ name: 'neo4j', image: 'neo4j:5.26', ports }] } });
  const found = { service: { ...balancer, spec: { ...balancer.spec, ...spec } } };
  expect(resolved(ofService([pod], found)).from).toEqual([`10.0.0.7:${port}`]);
});

test('secondaries go first where a label, a name or the configuration says who is one', () => {
  const constrained = {
    containers: [
      {
        name: 'neo4j',
        image: 'neo4j:5.26',
        env: [{ name: 'NEO4J_initial_server_mode__constraint', value: 'SECONDARY' }],
      },
    ],
  };
  const pods = [
    aPod('a-0', { podIP: '10.0.0.1' }),
    aPod('b-0', { metadata: { ownerReferences: [], labels: { 'neo4j.com/role': 'secondary' } }, podIP: '10.0.0.2' }),
    aPod('c-secondary-0', { podIP: '10.0.0.3' }),
    aPod('d-0', { spec: constrained, podIP: '10.0.0.4' }),
  ];
  expect(resolved(ofService(pods))).toMatchObject({
    from: ['10.0.0.2:6362', '10.0.0.3:6362', '10.0.0.4:6362', '10.0.0.1:6362'],
    hasSecondaries: true,
  });
});

test('the container is found by its name, by its image, or because it is alone', () => {
  const image = (...containers: object[]) => ofService([aPod('graph-0', { spec: { containers } })]);
  const named = { name: 'neo4j', image: 'registry.example/graph:2025.10.1' };
  expect(resolved(image({ name: 'proxy', image: 'neo4j:4.4' }, named)).image).toBe(named.image);
  const byImage = { name: 'server', image: 'registry.example/neo4j-ee:2025.10.1' };
  expect(resolved(image({ name: 'proxy', image: 'envoy:1' }, byImage))).toMatchObject({ version: '2025.10.1' });
  expect(resolved(image({ name: 'db', image: 'graph@sha256:00' })).version).toBeUndefined();
  expect(image({ name: 'a', image: 'a' }, { name: 'b', image: 'b' })).toMatchObject({
    reason: 'TargetNotFound',
    message: expect.stringContaining('no container that is called neo4j') as string,
  });
});

test.each<[string, ReturnType<typeof resolveWorkload>, string, RegExp]>([
  [
    'no object',
    resolveWorkload(target(statefulSet), statefulSet, { ...nothing, pods: [] }),
    'TargetNotFound',
    /StatefulSet "graph" does not exist/,
  ],
  [
    'no selector',
    ofService([], { service: { ...balancer, spec: {} } }),
    'TargetNotFound',
    /Service "graph-lb" in namespace "neo4j" selects no pods.*; name the StatefulSet/,
  ],
  ['no pod', ofSet([]), 'TargetNotReady', /none of the 0 pods of StatefulSet "graph"/],
  ['no ready pod', ofSet([aPod('graph-0', { ready: false })]), 'TargetNotReady', /none of the 1 pods/],
  [
    'an old version',
    ofSet([aPod('graph-0', { spec: { containers: [{ name: 'neo4j', image: 'neo4j:5.25.1' }] } })]),
    'TargetVersionUnsupported',
    /runs Neo4j 5\.25\.1/,
  ],
])('%s is waited for, with a sentence', (_what, resolution, reason, message) => {
  expect(resolution).toMatchObject({ kind: 'waiting', reason });
  expect(resolution.kind === 'waiting' && resolution.message).toMatch(message);
});

test('a workload elsewhere has to agree, and says nothing of itself before it has', () => {
  const there = (object: StatefulSetObject | undefined, pods: PodObject[] = []) =>
    resolveWorkload(target(statefulSet, 'theirs'), statefulSet, {
      ...nothing,
      pods,
      ...(object && { statefulSet: object }),
    });
  const agreeing = { 'neo4j.neo4j.com/allow-backups-from': 'shop, neo4j' };
  const with_ = (annotations: Record<string, string>) => ({ ...set, metadata: { ...set.metadata, annotations } });
  const refused = there(set, [aPod('graph-0')]);
  expect(refused).toMatchObject({ reason: 'TargetConsentMissing' });
  expect(there(undefined)).toEqual(refused);
  expect(there(with_({ 'neo4j.neo4j.com/allow-backups-from': 'shop' }), [aPod('graph-0')])).toEqual(refused);
  expect(there(with_(agreeing), [aPod('graph-0')])).toMatchObject({ kind: 'resolved' });
});

test('selectors are said the way the API takes them', () => {
  const expressions = [
    { key: 'tier', operator: 'In', values: ['db', 'graph'] },
    { key: 'old', operator: 'DoesNotExist' },
    { key: 'zone', operator: 'NotIn', values: ['x'] },
    { key: 'app', operator: 'Exists' },
  ];
  const spec = { selector: { matchLabels: { app: 'graph' }, matchExpressions: expressions } };
  expect(podSelector(statefulSet, { statefulSet: { ...set, spec } })).toBe(
    'app=graph,tier in (db,graph),!old,zone notin (x),app',
  );
  expect(podSelector(service, { service: balancer })).toBe('helm.neo4j.com/neo4j.name=graph');
});

test('a run that an upgrade started asks the pods of a StatefulSet that were not replaced yet', () => {
  const containers = [{ name: 'neo4j', image: 'neo4j:2025.10' }];
  const template = { spec: { containers } };
  const pods = [aPod('graph-0', { podIP: '10.0.0.1' }), aPod('graph-1', { spec: { containers }, podIP: '10.0.0.2' })];
  const found = { statefulSet: { ...set, spec: { ...set.spec, template } } };
  expect(resolved(ofSet(pods, { ...found, beforeUpgrade: true }))).toMatchObject({
    image: 'neo4j:5.26.4-enterprise',
    from: ['10.0.0.1:6362'],
  });
  expect(resolved(ofSet(pods, found)).from).toHaveLength(2);
  expect(resolved(ofSet(pods.slice(1), { ...found, beforeUpgrade: true })).image).toBe('neo4j:2025.10');
});
