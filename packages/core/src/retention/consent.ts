import type { ActiveRun, EffectiveRetention } from '@holdfast/types';
import type { BackupFacts } from '../run/observed.ts';
import { wasCausedUnder } from './cause.ts';
import type { Consent } from './plan.ts';

/**
 * What a person agreed to, as a run of retention may use it. A plan that this run began goes on after an interruption, although what is left
 * of it has another name; not so when the policy has become another one meanwhile.
 */
export function consentOf(
  { status, acknowledgedPlan }: Pick<BackupFacts, 'status' | 'acknowledgedPlan'>,
  run: ActiveRun,
  policy: EffectiveRetention | undefined,
): Consent | undefined {
  const plan = status.retention?.plan;
  const isBegun =
    plan?.run === run.id && plan.consent === 'Acknowledged' && policy && wasCausedUnder(policy, run.token);
  if (!isBegun && acknowledgedPlan === undefined) return undefined;
  return {
    ...(acknowledgedPlan !== undefined && { plan: acknowledgedPlan }),
    ...(isBegun && { begun: { at: new Date(plan.time), artifacts: plan.removeArtifacts ?? 0 } }),
  };
}
