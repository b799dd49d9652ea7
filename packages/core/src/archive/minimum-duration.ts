const dayMs = 86_400_000;

/**
 * For how many days a store charges for an object of a class, at least. What is removed or moved earlier costs the rest all the same.
 * https://aws.amazon.com/s3/storage-classes, https://cloud.google.com/storage/docs/storage-classes,
 * https://learn.microsoft.com/azure/storage/blobs/access-tiers-overview
 */
const days: Readonly<Record<string, number>> = {
  GLACIER_IR: 90,
  GLACIER: 90,
  DEEP_ARCHIVE: 180,
  NEARLINE: 30,
  COLDLINE: 90,
  ARCHIVE: 365,
  Cool: 30,
  Cold: 90,
  Archive: 180,
};

/** Until when the class of an object costs whether or not it is there; undefined for a class without such a time. */
export function minimumUntil(storageClass: string | undefined, since: Date): Date | undefined {
  const minimum = storageClass === undefined ? undefined : days[storageClass];
  return minimum === undefined ? undefined : new Date(since.getTime() + minimum * dayMs);
}
