import type { LifecycleRule } from '@holdfast/core';
import type { LifecycleRule as S3Rule } from '@aws-sdk/client-s3';
import type { S3 } from './s3-client.ts';
import { codeOf } from './s3-error.ts';

/** Classes whose objects are restored before they can be read. https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html */
const frozenClasses: ReadonlySet<string | undefined> = new Set(['GLACIER', 'DEEP_ARCHIVE']);

/** What a bucket without rules answers, and a store that knows none. */
const withoutRules: ReadonlySet<string> = new Set(['NoSuchLifecycleConfiguration', 'NotImplemented']);

/**
 * The bucket's rules that are in force and remove or freeze objects, by `s3:GetLifecycleConfiguration`. What becomes of older versions and of
 * unfinished uploads is nobody's backup.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
 */
export async function lifecycleRules(s3: S3, signal: AbortSignal | undefined): Promise<readonly LifecycleRule[]> {
  const rules = await s3.call('GetBucketLifecycleConfiguration', signal, async (options) => {
    try {
      const command = new s3.sdk.GetBucketLifecycleConfigurationCommand({ Bucket: s3.bucket });
      return (await s3.client.send(command, options)).Rules ?? [];
    } catch (error) {
      if (withoutRules.has(codeOf(error))) return [];
      throw error;
    }
  });
  return rules.flatMap((rule, index) => {
    const does = deedOf(rule);
    const prefix = prefixOf(rule);
    if (does === undefined || prefix === undefined) return [];
    return [{ name: rule.ID ?? `number ${index + 1}`, prefixes: [prefix], does }];
  });
}

function deedOf({ Status, Expiration, Transitions }: S3Rule): LifecycleRule['does'] | undefined {
  if (Status !== 'Enabled') return undefined;
  if (Expiration?.Days !== undefined || Expiration?.Date !== undefined) return 'removes';
  return Transitions?.some(({ StorageClass }) => frozenClasses.has(StorageClass)) ? 'freezes' : undefined;
}

/** Undefined for a rule that takes only objects with tags: ours have none. Older rules name their prefix outside of a filter. */
function prefixOf({ Prefix, Filter }: S3Rule): string | undefined {
  if (Filter?.Tag || (Filter?.And?.Tags?.length ?? 0) > 0) return undefined;
  return Filter?.And?.Prefix ?? Filter?.Prefix ?? Prefix ?? '';
}
