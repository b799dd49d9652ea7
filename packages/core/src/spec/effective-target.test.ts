import { expect, test } from 'vitest';
import { aBackup, bucket, target } from './a-spec.ts';
import { effectiveSpec } from './effective-spec.ts';

function withAnnotation(value: string, asked: object = target) {
  const backup = aBackup({ target: asked, storage: bucket });
  return effectiveSpec({
    ...backup,
    metadata: { ...backup.metadata, annotations: { 'neo4j.neo4j.com/target': value } },
  });
}

test.each([
  ['statefulset/graph', 'StatefulSet', 'graph'],
  ['service/graph-lb.v2', 'Service', 'graph-lb.v2'],
  [' service/graph ', 'Service', 'graph'],
])('the annotation "%s" names a plain workload', (value, kind, name) => {
  expect(withAnnotation(value).spec?.target).toEqual({
    kind: 'Cluster',
    name: target.name,
    namespace: 'neo4j',
    workload: { kind, name },
  });
});

test.each([
  '',
  'graph',
  'deployment/graph',
  'statefulset/',
  'StatefulSet/graph',
  'service/../secret',
  `service/${'a'.repeat(254)}`,
])('the annotation "%s" is refused, not ignored', (value) => {
  const { spec, refusals } = withAnnotation(value);
  expect(spec).toBeUndefined();
  expect(refusals).toMatchObject([{ reason: 'SpecInvalid', field: 'metadata.annotations[neo4j.neo4j.com/target]' }]);
  expect(refusals[0]?.message).toMatch(/^metadata\.annotations.* is ".*; write statefulset\/<name> or service\/<name>/);
});

test('a plain workload goes with kind Cluster alone', () => {
  const { refusals } = withAnnotation('statefulset/graph', { kind: 'Database', name: 'orders', clusterRef: 'graph' });
  expect(refusals.map(({ message }) => message)).toEqual([
    'metadata.annotations[neo4j.neo4j.com/target] names a plain workload, which goes with spec.target.kind Cluster; write Cluster, or remove the annotation',
  ]);
});
