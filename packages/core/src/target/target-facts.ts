import type { EffectiveTarget } from '@holdfast/types';
import { consents } from './consent.ts';
import { hostOf } from './host.ts';
import type { KnownDatabase, KnownHost, KnownTargets } from './known-targets.ts';

/** What triggers look at: who the servers are, since when the target is there, and its databases. */
export interface TargetFacts {
  readonly host: { readonly uid: string; readonly generation: number; readonly image?: string };
  /** What the spec points at; absent while it is a database that is not online. */
  readonly itself?: { readonly uid: string; readonly createdAt: Date };
  readonly databases: readonly DatabaseFacts[];
}

export type DatabaseFacts = Pick<KnownDatabase, 'uid' | 'createdAt' | 'ready'>;

/** The same path as a run takes to its servers, as far as a watcher sees it. Who has not agreed is not looked at. */
export function targetFacts(target: EffectiveTarget, from: string, known: KnownTargets): TargetFacts | undefined {
  const { namespace, workload } = target;
  if (workload) {
    const found = known.host(workload.kind, namespace, workload.name);
    return found && consents(found, target, from) ? factsOf(found, found, []) : undefined;
  }
  const databases = known.databases(namespace);
  const host = hostOf(target, databases, from);
  if (host.kind === 'waiting') return undefined;
  const found = known.host('Cluster', namespace, host.name) ?? known.host('Standalone', namespace, host.name);
  if (!found || !consents(found, target, from)) return undefined;
  const own = databases.filter(
    ({ spec, metadata }) =>
      spec?.clusterRef === host.name &&
      !metadata.deletionTimestamp &&
      (host.database === undefined || (spec.name ?? metadata.name) === host.database),
  );
  const [only] = own;
  // A database that no object declares is there as long as its servers are.
  const itself = host.database === undefined || !only ? found : only.ready ? only : undefined;
  return factsOf(found, itself, own);
}

function factsOf(
  { uid, generation, image }: KnownHost,
  itself: Pick<KnownHost, 'uid' | 'createdAt'> | undefined,
  databases: readonly KnownDatabase[],
): TargetFacts {
  return {
    host: { uid, generation, ...(image && { image }) },
    ...(itself && { itself: { uid: itself.uid, createdAt: itself.createdAt } }),
    databases: databases.map((one) => ({ uid: one.uid, createdAt: one.createdAt, ready: one.ready })),
  };
}
