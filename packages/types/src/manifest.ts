import { z } from 'zod';

/** Version of the documents we write into a store. Version N reads N and N−1. */
export const formatVersion = 1;

const whole = z.int().nonnegative();
const time = z.iso.datetime({ offset: true });
/** A key below the backup's folder: relative, no empty, `.` or `..` step, so that a manifest can never point outside. */
export const relativeKey = z
  .string()
  .min(1)
  .max(1024)
  .refine(
    (key) =>
      key.split('/').every((step) => step !== '' && step !== '.' && step !== '..') && !/[\u0000-\u001f\\]/.test(key),
    {
      message: 'must be a relative key without empty, "." or ".." steps',
    },
  );

export const digestSchema = z.object({
  algorithm: z.enum(['sha256', 'sha256-parts']),
  partBytes: whole.optional(),
  /** Lower-case hex. */
  value: z.string(),
  of: z.enum(['plain', 'stored']),
  measuredBy: z.enum(['writer', 'readBack']),
});

/** One stored object of an artifact and what the store said of it right after the run. */
export const storedObjectSchema = z.object({
  key: relativeKey,
  bytes: whole,
  etag: z.string().optional(),
  versionId: z.string().optional(),
  /** The store's own checksum, `<algorithm>:<base64>`. */
  checksum: z.string().optional(),
  digest: digestSchema.optional(),
});

/**
 * The document that makes one artifact count: written after the artifact, removed before it, never changed.
 * Unknown fields are ignored; a field that affects chains raises `formatVersion`.
 */
export const manifestSchema = z.object({
  formatVersion: z.literal(formatVersion),
  kind: z.literal('ArtifactManifest'),
  run: z.string(),
  attempt: whole,
  backupUid: z.string(),
  database: z.string().min(1),
  databaseId: z.string().min(1),
  /** Plain file name, as the engine wrote it. */
  artifact: z.string().min(1),
  /** The artifact first, then its companion parts. */
  objects: z.array(storedObjectSchema).min(1),
  bytes: whole,
  type: z.enum(['FULL', 'DIFF']),
  lowestTx: whole,
  highestTx: whole,
  /** A DIFF that had nothing to carry; never a parent. */
  empty: z.boolean(),
  compressed: z.boolean(),
  /** Present when the stored bytes are encrypted; then `bytes` counts the stored ones and `plainBytes` what the engine wrote. */
  encryption: z
    .object({
      algorithm: z.literal('AES256'),
      /** 16 hex digits that tell which key it was; they do not help to find the key. */
      keyFingerprint: z.string().regex(/^[0-9a-f]{16}$/),
      plainBytes: whole,
    })
    .optional(),
  recovered: z.boolean(),
  /** Artifact file name of the link before this one; absent for a FULL. */
  parent: z.string().optional(),
  /** Names the chain: the artifact file name of its FULL without `.backup`. */
  chain: z.string().min(1),
  /** When the engine made it (UTC), from the artifact's own header. */
  artifactTime: time,
  /** When its run started. Age counts from the later of this and the store's modification time. */
  startTime: time,
  completionTime: time,
  origin: z.enum(['written', 'adopted']),
  verified: z.object({ level: z.enum(['objects', 'content', 'consistency', 'restore']), time }),
  engineVersion: z.string(),
  toolVersion: z.string(),
});

/** Says where an artifact of an archived chain lies; written when its copies have been proven, before the manifest goes. */
export const archivedSchema = z.object({
  formatVersion: z.literal(formatVersion),
  kind: z.literal('ArchivedArtifact'),
  archivedTime: time,
  /** The store's name of the class; absent where it has none but its usual one. */
  storageClass: z.string().optional(),
  /** Until then the store charges for the class whether or not the copies are still there. */
  minimumUntil: time.optional(),
  /** The copies, in the order of the manifest's objects. */
  objects: z.array(storedObjectSchema).min(1),
  /** As it was. */
  manifest: manifestSchema,
});

export type Archived = z.infer<typeof archivedSchema>;
export type Digest = z.infer<typeof digestSchema>;
export type StoredObject = z.infer<typeof storedObjectSchema>;
export type Manifest = z.infer<typeof manifestSchema>;
