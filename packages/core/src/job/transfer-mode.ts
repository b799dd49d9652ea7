import type { AgentPlan, EffectiveOptions, EffectiveStorage } from '@holdfast/types';
import type { StoreAccess } from './store-access.ts';

type Asked = Pick<EffectiveOptions, 'encryption' | 'transfer'>;

/** Whether neo4j-admin writes into the store itself, or into scratch for the agent to encrypt and upload. */
export function transferMode(
  options: Asked & Pick<EffectiveOptions, 'workVolume'>,
  access: StoreAccess,
): NonNullable<AgentPlan['engine']>['mode'] {
  if (neverStaged(options, { type: access.type, privateAuthority: hasPrivateAuthority(access) })) return 'direct';
  const asked = options.encryption || options.transfer === 'Staged' || options.workVolume !== undefined;
  return asked || outOfEngineReach(access) ? 'staged' : 'direct';
}

/**
 * Whether no run of such a spec can be staged. For Azure that depends on what the Secret holds, for both clouds on the endpoint, and for
 * every store on who signs its certificate.
 */
export function neverStaged(
  { encryption, transfer }: Asked,
  { type, privateAuthority }: { readonly type: EffectiveStorage['type']; readonly privateAuthority: boolean },
): boolean {
  if (encryption || transfer === 'Staged') return false;
  return transfer === 'Direct' || !(privateAuthority || type === 'azure' || type === 'gcs');
}

/** Why a spec that insists on `Direct` cannot have it; undefined when it can. */
export function directRefusal({ encryption, transfer }: Asked, access: StoreAccess): string | undefined {
  const problem = transfer === 'Direct' && !encryption ? outOfEngineReach(access) : undefined;
  return problem && `spec.options.transfer is Direct, and neo4j-admin ${problem}; write Auto or leave it out`;
}

/**
 * What keeps neo4j-admin from the store: it signs in to Azure by Entra ID alone, and finds an account there, or a bucket of Google's, by its
 * public name. Its Java trusts what came with its image, and takes no PEM beside that.
 */
function outOfEngineReach(access: StoreAccess): string | undefined {
  if (hasPrivateAuthority(access)) return 'does not know the private authority of the store';
  if (access.type === 'gcs' && access.endpointUrl !== undefined)
    return 'reaches no endpoint of Google Cloud Storage but the public one';
  if (access.type !== 'azure') return undefined;
  if (access.credential === 'accountKey') return 'knows no account keys of Azure';
  return access.endpointUrl === undefined ? undefined : 'reaches no Azure endpoint but the public one';
}

function hasPrivateAuthority(access: StoreAccess): boolean {
  return access.type !== 'pvc' && access.caSecretName !== undefined;
}
