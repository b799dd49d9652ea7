import { effectiveSpec } from '@holdfast/core';
import type { Neo4jBackup, Refusal } from '@holdfast/types';
import type { Taken } from './row.ts';

/** Namespace of all these objects. */
export const namespace = 'objects';
export const collection: string = `/apis/neo4j.neo4j.com/v1alpha1/namespaces/${namespace}/neo4jbackups`;

/** An object as it goes to the API server. */
export interface Sent {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: object;
}

/** A suspended backup of a cluster to a claim, and what the row says beyond it: a valid one is judged and left alone. */
export function objectOf({ name, annotations, spec = {} }: Taken, usualName: string): Sent {
  const usual = { target: { kind: 'Cluster', name: 'prod' }, storage: { type: 'pvc' }, suspend: true };
  return {
    apiVersion: 'neo4j.neo4j.com/v1alpha1',
    kind: 'Neo4jBackup',
    metadata: { name: name ?? usualName, ...(annotations && { annotations }) },
    spec: JSON.parse(JSON.stringify({ ...usual, ...spec })) as object, // without what was taken away
  };
}

/** What `core` alone says of it. */
export function refusalsOfCore(sent: Sent): readonly Refusal[] {
  const metadata = { ...sent.metadata, namespace, uid: 'none', creationTimestamp: '2026-03-01T00:00:00Z' };
  return effectiveSpec({ ...sent, metadata } as unknown as Neo4jBackup).refusals;
}
