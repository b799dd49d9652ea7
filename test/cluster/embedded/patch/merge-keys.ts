/** How a list of a built-in kind merges: by this key, as a set of plain values, or not at all. */
export type ListStrategy = { readonly key: string } | 'set' | 'atomic';

/**
 * The lists that merge, by field name, as the API's `patchMergeKey` tags say.
 * Field names are enough for the kinds served here, except for `ports`.
 */
const LISTS: { readonly [field: string]: ListStrategy } = {
  containers: { key: 'name' },
  initContainers: { key: 'name' },
  ephemeralContainers: { key: 'name' },
  env: { key: 'name' },
  volumes: { key: 'name' },
  volumeMounts: { key: 'mountPath' },
  volumeDevices: { key: 'devicePath' },
  imagePullSecrets: { key: 'name' },
  secrets: { key: 'name' },
  hostAliases: { key: 'ip' },
  podIPs: { key: 'ip' },
  hostIPs: { key: 'ip' },
  topologySpreadConstraints: { key: 'topologyKey' },
  resourceClaims: { key: 'name' },
  conditions: { key: 'type' },
  addresses: { key: 'type' },
  ownerReferences: { key: 'uid' },
  finalizers: 'set',
  podCIDRs: 'set',
};

/** Fields whose list merges elsewhere, but not in these kinds. */
const ATOMIC_IN: { readonly [kind: string]: readonly string[] } = {
  // Endpoints.subsets[].addresses has no merge key, unlike Node.status.addresses.
  Endpoints: ['addresses', 'ports'],
  // CustomResourceDefinition lists carry listType only; strategic patches replace them.
  CustomResourceDefinition: ['conditions'],
};

/** The strategy of a list field inside an object of this kind. */
export function listStrategy(kind: string, field: string): ListStrategy {
  if (ATOMIC_IN[kind]?.includes(field)) return 'atomic';
  if (field === 'ports') return { key: kind === 'Service' ? 'port' : 'containerPort' };
  return LISTS[field] ?? 'atomic';
}
