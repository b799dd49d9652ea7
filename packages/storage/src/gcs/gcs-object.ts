import type { Lock, StoredEntry } from '../object-store.ts';

/** An object as the JSON API describes it, as far as we ask: numbers and times come as text. */
export interface GcsObject {
  readonly name: string;
  readonly size: string;
  readonly timeCreated: string;
  readonly generation: string;
  /** Absent for objects that were put together from others. */
  readonly md5Hash?: string;
  readonly crc32c?: string;
  readonly storageClass?: string;
  readonly temporaryHold?: boolean;
  readonly eventBasedHold?: boolean;
  readonly retentionExpirationTime?: string;
  readonly retention?: { readonly retainUntilTime?: string };
}

/** An upload that came to its end. */
export interface Written {
  readonly object: GcsObject;
  readonly digests: Buffer[];
}

export const contentType = 'application/octet-stream';

/** The part of an answer's `fields` that makes an entry. */
export const entryFields = 'name,size,timeCreated,generation,md5Hash,crc32c,storageClass';

/**
 * Each generation is a content of its own, so it counts as the version. The ETag is left out: it also changes with an object's metadata,
 * such as a hold. Objects are dated by their making, which a hold does not change either.
 */
export function entryOf(object: GcsObject): StoredEntry {
  const { name, size, timeCreated, generation, md5Hash, crc32c, storageClass } = object;
  const lock = lockIn(object);
  const checksum = md5Hash ? `md5:${md5Hash}` : crc32c && `crc32c:${crc32c}`;
  return {
    key: name,
    bytes: Number(size),
    modifiedAt: new Date(timeCreated),
    versionId: generation,
    ...(checksum && { checksum }),
    ...(storageClass !== undefined && storageClass !== 'STANDARD' && { storageClass }),
    ...(lock && { lock }),
  };
}

/** Asked for beside `entryFields` by whoever wants to know about locks. */
export const lockFields = 'temporaryHold,eventBasedHold,retentionExpirationTime,retention';

/** Holds go first: whatever time there is besides, they have none. */
export function lockIn(object: GcsObject): Lock | undefined {
  if (object.temporaryHold || object.eventBasedHold) return { by: 'a hold' };
  const until = [object.retentionExpirationTime, object.retention?.retainUntilTime]
    .flatMap((time) => (time === undefined ? [] : new Date(time)))
    .toSorted((a, b) => b.getTime() - a.getTime())[0];
  return until && { by: 'a retention time', until };
}

/** An answer as an object; undefined where it describes none. */
export function objectIn(answer: unknown): GcsObject | undefined {
  const found = answer as Partial<GcsObject> | undefined;
  const whole =
    found && [found.name, found.size, found.timeCreated, found.generation].every((text) => typeof text === 'string');
  return whole ? (found as GcsObject) : undefined;
}
