import type { Kube } from './kube.ts';
import type { KubeDraft, KubeObject } from './objects.ts';
import type { ResourceType } from './resources.ts';

export type Ensured = 'created' | 'exists' | 'foreign';

/**
 * Makes an object unless one of its name exists. An existing one is adopted when `owns` says that it is ours, and is never
 * changed; `foreign` leaves it to the caller to say so aloud.
 */
export async function ensure<T extends KubeObject, D extends KubeDraft = KubeDraft>(
  kube: Kube,
  type: ResourceType<T>,
  draft: D,
  owns: (existing: T) => boolean,
  signal?: AbortSignal,
): Promise<Ensured> {
  const { created, object } = await kube.create<T, D>(type, draft, signal);
  if (created) return 'created';
  return owns(object) ? 'exists' : 'foreign';
}
