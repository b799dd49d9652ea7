import type { AgentPlan, EffectiveOptions } from '@holdfast/types';

/** Whether neo4j-admin writes into the store itself, or into scratch for the agent to encrypt and upload. */
export function transferMode({
  encryption,
  transfer,
}: Pick<EffectiveOptions, 'encryption' | 'transfer'>): NonNullable<AgentPlan['engine']>['mode'] {
  return encryption || transfer === 'Staged' ? 'staged' : 'direct';
}
