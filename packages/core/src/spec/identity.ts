import {
  providerMismatch,
  sentences,
  type CloudSettings,
  type EffectiveIdentity,
  type ParsedSpec,
} from '@holdfast/types';
import type { Findings } from './findings.ts';

type Identity = NonNullable<CloudSettings['identity']>;

/** Workload identity from either place; absent when the spec asks for none. */
export function readIdentity(
  { storage, cloud }: ParsedSpec,
  provider: 'aws' | 'gcp' | 'azure',
  findings: Findings,
): EffectiveIdentity | undefined {
  const below = storage.cloud?.identity;
  const above = cloud?.identity;
  if (below && above && textOf(below) !== textOf(above))
    findings.invalid('spec.cloud.identity', sentences.identityTwice);
  const identity = below ?? above;
  if (!identity) return undefined;
  const place = below ? 'spec.storage.cloud.identity' : 'spec.cloud.identity';
  refuseContradictions(identity, place, findings);
  if (identity.provider !== undefined && identity.provider !== provider)
    findings.invalid(`${place}.provider`, providerMismatch(place));
  const { serviceAccount, autoCreate } = identity;
  return {
    ...(serviceAccount !== undefined && { serviceAccount }),
    ...(autoCreate?.annotations && { annotations: autoCreate.annotations }),
  };
}

/** The same for two that say the same, in whatever order. */
function textOf({ provider, serviceAccount, autoCreate }: Identity): string {
  const annotations = autoCreate?.annotations && Object.entries(autoCreate.annotations).toSorted();
  return JSON.stringify([provider, serviceAccount, autoCreate && { enabled: autoCreate.enabled, annotations }]);
}

function refuseContradictions({ serviceAccount, autoCreate }: Identity, place: string, findings: Findings): void {
  const creates = autoCreate?.enabled ?? autoCreate?.annotations !== undefined;
  if (serviceAccount !== undefined && creates)
    findings.invalid(
      `${place}.autoCreate`,
      'has no meaning beside serviceAccount, which exists already; remove one of the two',
    );
  if (autoCreate?.enabled === false && autoCreate.annotations)
    findings.invalid(
      `${place}.autoCreate.annotations`,
      'has no meaning while autoCreate.enabled is false; remove one of the two',
    );
  if (serviceAccount === undefined && autoCreate?.enabled === false)
    findings.invalid(
      `${place}.autoCreate.enabled`,
      'is false and no serviceAccount is named, so the Job would have no account; name one, or set it to true',
    );
}
