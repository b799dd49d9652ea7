import { archiveFolder } from '../layout.ts';
import type { Held } from './plan.ts';

/** A rule by which a bucket itself removes objects, or moves them to where they cannot be read at once. */
export interface LifecycleRule {
  /** As its bucket calls it. */
  readonly name: string;
  /** Takes the keys that begin with one of these; an empty one takes all. */
  readonly prefixes: readonly string[];
  /** `freezes`: moves into a class that has to be thawed before anything can be read. */
  readonly does: 'removes' | 'freezes';
}

/**
 * What a person should know of the rules that touch a backup's folder. A bucket's rule knows ages and no chains, so sooner or later it takes a
 * FULL from under its DIFFs; and a DIFF cannot be taken on a parent that would have to be thawed. The archive may be frozen: it is there for that.
 */
export function warnOfLifecycleRules(rules: readonly LifecycleRule[]): readonly Held[] {
  const troubling = rules.filter(
    ({ does, prefixes }) => does === 'removes' || prefixes.some((prefix) => !prefix.startsWith(archiveFolder)),
  );
  const [first] = troubling;
  if (!first) return [];
  const others = troubling.length > 1 ? `, as ${troubling.length - 1} more of its rules do,` : '';
  const deed =
    first.does === 'removes'
      ? 'removes objects of this folder by their age alone and may break chains'
      : 'moves objects of this folder into a class that must be thawed, where no DIFF can be built on them';
  return [
    {
      reason: 'LifecycleRule',
      message: `the bucket's lifecycle rule "${first.name}"${others} ${deed}; take the folder out of the rule, and let spec.retention say what goes`,
      count: troubling.length,
    },
  ];
}

/** The rules that touch keys below a prefix, with their prefixes as seen from there. */
export function rulesBelow(rules: readonly LifecycleRule[], folder: string): LifecycleRule[] {
  return rules.flatMap((rule) => {
    const prefixes = rule.prefixes.flatMap((prefix) => {
      if (folder.startsWith(prefix)) return [''];
      return prefix.startsWith(folder) ? [prefix.slice(folder.length)] : [];
    });
    return prefixes.length > 0 ? [{ ...rule, prefixes }] : [];
  });
}
