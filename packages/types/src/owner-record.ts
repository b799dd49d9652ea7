import { z } from 'zod';

/**
 * Whose folder it is: `owner.json`, and after each take-over one more of these. Written once and never changed; the last one
 * counts.
 */
export const ownerRecordSchema = z.object({
  v: z.literal(1, { error: 'is a version that this Holdfast does not know; upgrade Holdfast to read it' }),
  /** UID of the namespace `kube-system`: the one thing that every cluster has and no two share. */
  clusterId: z.string().min(1).max(256),
  namespace: z.string().max(63),
  name: z.string().max(253),
  /** UID of the object that claimed the folder; a later object of the same name inherits it. */
  backupUid: z.string().max(256),
  time: z.iso.datetime({ offset: true }),
});
export type OwnerRecord = z.infer<typeof ownerRecordSchema>;
