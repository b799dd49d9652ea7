import type { Neo4jBackup, Spec } from '@holdfast/types';
import { effectiveSpec } from './effective-spec.ts';

/** For tests: the shortest spec's target and bucket. */
export const target = { kind: 'Cluster', name: 'production' } as const;
export const bucket = { type: 's3', bucket: 'backups', cloud: { region: 'eu-west-1' } } as const;

export function aBackup(spec: unknown, name = 'nightly'): Neo4jBackup {
  return {
    apiVersion: 'neo4j.neo4j.com/v1alpha1',
    kind: 'Neo4jBackup',
    metadata: { name, namespace: 'neo4j', uid: '1a2b3c4d-0000', creationTimestamp: '2026-03-01T00:00:00Z' },
    spec: spec as Spec,
  };
}

/** What the shortest spec with this difference means. */
export function read(difference: Record<string, unknown>): ReturnType<typeof effectiveSpec> {
  return effectiveSpec(aBackup({ target, storage: bucket, ...difference }));
}

export function sentencesOf(difference: Record<string, unknown>): string[] {
  return read(difference).refusals.map(({ message }) => message);
}
