import { annotations, sentences, type EffectiveTarget, type Neo4jBackup, type ParsedSpec } from '@holdfast/types';
import type { Findings } from './findings.ts';

/** What is backed up: where `spec.target` points, or the plain workload that the object's annotation names. */
export function effectiveTarget(
  { target }: ParsedSpec,
  { metadata }: Neo4jBackup,
  findings: Findings,
): EffectiveTarget {
  const { kind, name, namespace, clusterRef } = target;
  if (kind === 'Cluster' && clusterRef !== undefined)
    findings.invalid('spec.target.clusterRef', sentences.clusterRefOnCluster);
  const workload = readWorkload(metadata.annotations?.[annotations.target], kind, findings);
  return {
    kind,
    name,
    namespace: namespace ?? metadata.namespace,
    ...(clusterRef !== undefined && { clusterRef }),
    ...(workload && { workload }),
  };
}

const kinds = { statefulset: 'StatefulSet', service: 'Service' } as const;
const shape = /^(statefulset|service)\/([a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?)$/;

/** An annotation that asks for something counts as a field: ignoring it would back up another target than the one that is meant. */
function readWorkload(
  text: string | undefined,
  kind: EffectiveTarget['kind'],
  findings: Findings,
): EffectiveTarget['workload'] {
  if (text === undefined) return undefined;
  const field = `metadata.annotations[${annotations.target}]`;
  const [, word = '', name = ''] = shape.exec(text.trim()) ?? [];
  if (name === '') {
    const shown = text.length > 60 ? `${text.slice(0, 57)}…` : text;
    findings.invalid(field, `is "${shown}"; write statefulset/<name> or service/<name>, or remove it`);
    return undefined;
  }
  if (kind !== 'Cluster')
    findings.invalid(
      field,
      `names a plain workload, which goes with spec.target.kind Cluster; write Cluster, or remove the annotation`,
    );
  return { kind: kinds[word as keyof typeof kinds], name };
}
