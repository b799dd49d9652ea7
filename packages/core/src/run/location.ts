import type { EffectiveStorage } from '@holdfast/types';

/** Same store reached with the same credential, same string: what `limits.perLocation` counts. */
export function locationKey(storage: EffectiveStorage, namespace: string): string {
  if (storage.type === 'pvc') return `pvc/${namespace}/${storage.claim}`;
  return `${storage.type}/${storage.endpointUrl ?? realm(storage)}/${storage.bucket}/${secretOf(storage, namespace)}`;
}

/** Same server at the other end, same string. */
export function endpointKey(storage: EffectiveStorage, namespace: string): string {
  if (storage.type === 'pvc') return locationKey(storage, namespace);
  // The account is the host's name, and where the spec leaves it out only the Secret knows it.
  const hidden = storage.type === 'azure' && !storage.endpointUrl && !storage.account;
  return `${storage.type}/${storage.endpointUrl ?? realm(storage)}${hidden ? `/${secretOf(storage, namespace)}` : ''}`;
}

/** Same keys shown to the same server, same string; where there are none, each backup's identity is its own namespace's. */
export function credentialKey(storage: EffectiveStorage, namespace: string): string {
  if (storage.type === 'pvc') return locationKey(storage, namespace);
  return `${endpointKey(storage, namespace)}/${secretOf(storage, namespace)}`;
}

function secretOf(storage: Exclude<EffectiveStorage, { type: 'pvc' }>, namespace: string): string {
  return `${namespace}/${storage.credentialsSecret ?? ''}`;
}

/** Where a bucket's name belongs, when no endpoint is named. */
function realm(storage: Exclude<EffectiveStorage, { type: 'pvc' }>): string {
  if (storage.type === 's3') return storage.region ?? '';
  return storage.type === 'azure' ? (storage.account ?? '') : '';
}
