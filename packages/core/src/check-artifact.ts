import type { Manifest, Reason, StoredObject } from '@holdfast/types';
import { proveDigest } from './prove-digest.ts';

/** What a store says of one object now. */
export interface Measured {
  readonly bytes: number;
  readonly etag?: string;
  readonly versionId?: string;
  readonly checksum?: string;
}

/** One thing that is wrong with the evidence of a run. */
export interface Finding {
  readonly reason: Reason;
  /** One sentence that names the object and the remedy. */
  readonly message: string;
  readonly database?: string;
  readonly key?: string;
}

/**
 * Whether an artifact is what its manifest says, at the level `objects`: every object present, as large as it was, and unchanged
 * as far as both the manifest and the store can tell: where the store keeps SHA-256 checksums, the digest itself is compared, without
 * reading a byte. A store that keeps no such marks (a directory) is judged by size.
 * @param measured what the store says of each key now; a key without an entry is missing
 */
export function checkArtifact(manifest: Manifest, measured: ReadonlyMap<string, Measured>): Finding[] {
  return manifest.objects.flatMap((object) => {
    const problem = problemOf(object, measured.get(object.key), manifest.encryption !== undefined);
    return problem ? [{ ...problem, database: manifest.database, key: object.key }] : [];
  });
}

function problemOf(
  object: StoredObject,
  now: Measured | undefined,
  encrypted: boolean,
): Pick<Finding, 'reason' | 'message'> | undefined {
  if (!now) return { reason: 'ArtifactMissing', message: `${object.key} is not in the store; take a new FULL backup` };
  if (now.bytes !== object.bytes) return changed(object, `has ${now.bytes} bytes instead of ${object.bytes}`);
  // Of encrypted bytes the store cannot know what they were before.
  const digest = encrypted && object.digest?.of === 'plain' ? undefined : object.digest;
  if (proveDigest({ bytes: now.bytes, digest }, now.checksum) === 'contradicted')
    return changed(object, 'has other content than its digest tells');
  if (differ(object.checksum, now.checksum, sameKindOfChecksum)) return changed(object, 'has another checksum');
  if (differ(object.etag, now.etag)) return changed(object, 'has another ETag');
  if (differ(object.versionId, now.versionId)) return changed(object, 'was written again as another version');
  return undefined;
}

function changed({ key }: StoredObject, how: string): Pick<Finding, 'reason' | 'message'> {
  return {
    reason: 'ArtifactChanged',
    message: `${key} ${how} since its backup; take a new FULL backup and find out who writes there`,
  };
}

/** Only what both sides know can differ. */
function differ(
  then: string | undefined,
  now: string | undefined,
  comparable = (_a: string, _b: string): boolean => true,
): boolean {
  return then !== undefined && now !== undefined && comparable(then, now) && then !== now;
}

/** A store may tell another algorithm today than it did then. */
function sameKindOfChecksum(a: string, b: string): boolean {
  return a.split(':', 1)[0] === b.split(':', 1)[0];
}
