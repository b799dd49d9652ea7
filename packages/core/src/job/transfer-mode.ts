import type { AgentPlan, EffectiveOptions, EffectiveStorage } from '@holdfast/types';

/**
 * Whether neo4j-admin writes into the store itself, or into scratch for the agent to encrypt and upload. Azure is staged unless someone says otherwise:
 * neo4j-admin takes no account key, and older versions no endpoint.
 */
export function transferMode(
  { encryption, transfer }: Pick<EffectiveOptions, 'encryption' | 'transfer'>,
  storeType: EffectiveStorage['type'],
): NonNullable<AgentPlan['engine']>['mode'] {
  if (encryption || transfer === 'Staged') return 'staged';
  return transfer === 'Auto' && storeType === 'azure' ? 'staged' : 'direct';
}
