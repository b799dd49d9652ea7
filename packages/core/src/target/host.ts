import type { EffectiveTarget } from '@holdfast/types';
import { consentMissing, isForeign } from './consent.ts';
import type { DatabaseObject } from './objects.ts';
import { waiting, type Waiting } from './waiting.ts';

/** Name of the cluster or standalone that a target leads to, and the one database that is meant, if one is. */
export interface Host {
  readonly kind: 'host';
  readonly name: string;
  readonly database?: string;
}

/**
 * First half of the resolution: from the spec and the `Neo4jDatabase` objects of the target's namespace to the host's name.
 * A database without `clusterRef` is looked for by `metadata.name`, then by `spec.name`.
 * @param from namespace of the backup
 */
export function hostOf(target: EffectiveTarget, databases: readonly DatabaseObject[], from: string): Host | Waiting {
  if (target.kind === 'Cluster') return { kind: 'host', name: target.name };
  const byObjectName = databases.filter(({ metadata }) => metadata.name === target.name);
  if (target.clusterRef) {
    const named = byObjectName.find(({ spec }) => spec?.clusterRef === target.clusterRef)?.spec?.name;
    return { kind: 'host', name: target.clusterRef, database: named ?? target.name };
  }
  const found = byObjectName.length > 0 ? byObjectName : databases.filter(({ spec }) => spec?.name === target.name);
  const [only, second] = found;
  if (only?.spec?.clusterRef && !second)
    return { kind: 'host', name: only.spec.clusterRef, database: only.spec.name ?? only.metadata.name };
  return isForeign(target, from) ? consentMissing(hostInWords(target), target, from) : lost(target, found);
}

/** What a target leads to, in no other words than those of the spec. */
export function hostInWords({ kind, name, clusterRef }: EffectiveTarget): string {
  if (kind === 'Database' && clusterRef === undefined) return `the cluster or standalone of database "${name}"`;
  return `Neo4jEnterpriseCluster or Neo4jEnterpriseStandalone "${clusterRef ?? name}"`;
}

function lost({ name, namespace }: EffectiveTarget, found: readonly DatabaseObject[]): Waiting {
  const where = `namespace "${namespace}"`;
  const [only, second] = found;
  if (!only)
    return waiting(
      'TargetNotFound',
      `no Neo4jDatabase named "${name}", nor one with that spec.name, in ${where}; create it, or set spec.target.clusterRef`,
    );
  if (!second)
    return waiting(
      'TargetNotFound',
      `Neo4jDatabase "${only.metadata.name}" in ${where} names no cluster; set its spec.clusterRef`,
    );
  const names = found.map(({ metadata }) => metadata.name).join(', ');
  return waiting(
    'TargetAmbiguous',
    `several Neo4jDatabase objects in ${where} have spec.name "${name}": ${names}; set spec.target.clusterRef`,
  );
}
