import type { EffectiveTarget, EffectiveTrigger, ParsedSpec } from '@holdfast/types';
import type { Findings } from './findings.ts';

/** Events that start a run, each once. What the target can never show is refused rather than waited for. */
export function effectiveTriggers(
  { triggers = [] }: ParsedSpec,
  { workload }: EffectiveTarget,
  findings: Findings,
): readonly EffectiveTrigger[] {
  return triggers.map(({ on, backupType }, index) => {
    const field = `spec.triggers[${index}].on`;
    if (triggers.findIndex((other) => other.on === on) < index)
      findings.invalid(field, `names ${on} a second time; keep one of them`);
    if (on === 'DatabaseCreated' && workload)
      findings.invalid(
        field,
        `is DatabaseCreated, and no Neo4jDatabase belongs to a plain ${workload.kind}; remove it, every run brings all databases there are`,
      );
    if (on === 'TargetUpgrade' && workload?.kind === 'Service')
      findings.invalid(
        field,
        'is TargetUpgrade, and a Service does not say what its servers should run; remove it, or name the StatefulSet in the annotation of the target',
      );
    return { on, ...(backupType && { backupType }) };
  });
}
