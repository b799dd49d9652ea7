import type { LifecycleRule } from '@holdfast/core';
import type { Gcs } from './gcs-client.ts';
import { readJson } from './gcs-http.ts';

/** As the JSON API describes it, as far as we ask. */
interface GcsRule {
  readonly action?: { readonly type?: string };
  readonly condition?: {
    readonly matchesPrefix?: readonly string[];
    readonly isLive?: boolean;
    readonly numNewerVersions?: number;
    readonly daysSinceNoncurrentTime?: number;
    readonly noncurrentTimeBefore?: string;
    readonly daysSinceCustomTime?: number;
    readonly customTimeBefore?: string;
  };
}

/**
 * The bucket's rules that remove live objects, by `storage.buckets.get`. All classes of this service are read at once, so none freezes.
 * https://docs.cloud.google.com/storage/docs/lifecycle
 */
export async function lifecycleRules(gcs: Gcs, signal: AbortSignal | undefined): Promise<readonly LifecycleRule[]> {
  const bucket = await gcs.call('GetBucket', { signal }, async (callSignal) =>
    readJson(await gcs.ask({ method: 'GET', path: '', query: { fields: 'lifecycle' } }, callSignal)),
  );
  return rulesOf(bucket).flatMap((rule, index) =>
    removesLive(rule)
      ? [{ name: `number ${index + 1}`, prefixes: rule.condition?.matchesPrefix ?? [''], does: 'removes' as const }]
      : [],
  );
}

function rulesOf(bucket: unknown): readonly GcsRule[] {
  const { lifecycle } = bucket as { lifecycle?: { rule?: readonly GcsRule[] } };
  return Array.isArray(lifecycle?.rule) ? lifecycle.rule : [];
}

/** All conditions of a rule must hold, so one that asks for an older version, or for a time that we never set, takes nothing of ours. */
function removesLive({ action, condition = {} }: GcsRule): boolean {
  const { isLive, numNewerVersions, daysSinceNoncurrentTime, noncurrentTimeBefore } = condition;
  const older = [numNewerVersions, daysSinceNoncurrentTime, noncurrentTimeBefore];
  const custom = [condition.daysSinceCustomTime, condition.customTimeBefore];
  return action?.type === 'Delete' && isLive !== false && [...older, ...custom].every((each) => each === undefined);
}
