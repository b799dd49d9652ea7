import { annotations, type EffectiveSpec, type Neo4jBackup } from '@holdfast/types';
import { effectiveSpec } from '../spec/effective-spec.ts';
import type { JobObject } from './job-facts.ts';

/**
 * The spec that the Job of an attempt was planned from: what the attempt wrote lies where that spec said, whatever it was edited into since.
 * Undefined on a Job that does not say it, or says it in a way that cannot be read.
 */
export function attemptSpec(backup: Neo4jBackup, { metadata }: Pick<JobObject, 'metadata'>): EffectiveSpec | undefined {
  const written = parse(metadata.annotations?.[annotations.spec]);
  return written && effectiveSpec({ ...withoutTarget(backup), spec: written }).spec;
}

/** Where an attempt wrote does not depend on whose servers it asked, which the annotation may have been edited away from since. */
function withoutTarget(backup: Neo4jBackup): Neo4jBackup {
  const { [annotations.target]: _target, ...others } = backup.metadata.annotations ?? {};
  return { ...backup, metadata: { ...backup.metadata, annotations: others } };
}

/** Whoever may write Jobs may write this: it is read as carefully as the spec itself. */
function parse(text: string | undefined): Neo4jBackup['spec'] | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Neo4jBackup['spec']) : undefined;
  } catch {
    return undefined;
  }
}
