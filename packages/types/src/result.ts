import { z } from 'zod';

/**
 * What an agent pod leaves behind. Written twice: as termination message (the kubelet keeps 4,096 bytes), and as
 * `runs/<run>/attempt-<n>-<pod>.json` in the store, so that an outcome never depends on a Job that someone deleted.
 */
export const maxTerminationBytes = 4096;

const whole = z.int().nonnegative();
const time = z.iso.datetime({ offset: true });

/** One database of a run, short enough for status. */
export const databaseOutcomeSchema = z.object({
  name: z.string(),
  artifact: z.string().optional(),
  type: z.enum(['FULL', 'DIFF']).optional(),
  bytes: whole.optional(),
  lowestTx: whole.optional(),
  highestTx: whole.optional(),
  chain: z.string().optional(),
  /** One sentence; absent when the database was backed up. */
  error: z.string().optional(),
});
export type DatabaseOutcome = z.infer<typeof databaseOutcomeSchema>;

export const runCountsSchema = z.object({
  expected: whole,
  succeeded: whole,
  files: whole,
  bytes: whole,
  durationMs: whole,
});
export type RunCounts = z.infer<typeof runCountsSchema>;

/** One artifact that counted and that a later look found missing or spoiled. */
export const damagedSchema = z.object({
  chain: z.string(),
  database: z.string(),
  artifact: z.string(),
  foundBy: z.string().optional().describe('Run that found it.'),
  reason: z.string(),
  message: z.string(),
  time,
});
export type Damaged = z.infer<typeof damagedSchema>;

/** What a restore would bring back. */
export const restorePointSchema = z.object({
  time,
  transaction: whole,
  chain: z.string(),
  verifiedTime: time.optional(),
});

/** The chains of a folder, as whoever looked last found them. */
export const folderStateSchema = z.object({
  whole: whole,
  broken: whole,
  /** Newest first and cut to what fits; `damagedCount` is the truth. */
  damaged: z.array(damagedSchema).default([]),
  damagedCount: whole,
  /** Absent when nothing can be restored. */
  restorePoint: restorePointSchema.optional(),
});
export type FolderState = z.infer<typeof folderStateSchema>;

/** Whether trying again could help: `retry` after back-off, `no` until a person changed something. */
export const fates = ['retry', 'no'] as const;

/** How far one slice of a verification came. */
export const verifiedSliceSchema = z.object({
  /** Artifacts that are proven in this round, by earlier slices too. */
  proven: whole,
  /** Artifacts that are still to be read. */
  remaining: whole,
  /** Artifacts that could not be read to their end in the time there was. */
  unread: whole,
  /** Artifacts that this slice found missing or spoiled. */
  spoiled: whole,
  /** Manifests that cannot be read. */
  unreadable: whole,
  /** Bytes that this slice read. */
  bytes: whole,
});
export type VerifiedSlice = z.infer<typeof verifiedSliceSchema>;

/** The volume of a claim as a pod that mounts it sees it. */
export const volumeReportSchema = z.object({ capacityBytes: whole, freeBytes: whole });
export type VolumeReport = z.infer<typeof volumeReportSchema>;

export const agentResultSchema = z.object({
  v: z.literal(1),
  verb: z.enum(['backup', 'prove', 'list', 'sweep', 'thaw', 'erase']),
  run: z.string(),
  attempt: whole,
  outcome: z.enum(['Succeeded', 'PartiallySucceeded', 'Failed']),
  /** One word of the reason catalogue. */
  reason: z.string(),
  /** One sentence naming the thing, the place and the remedy; no secret. */
  message: z.string(),
  retry: z.enum(fates).default('no'),
  startTime: time,
  completionTime: time,
  /** Type that was taken: FULL when any database got one. */
  type: z.enum(['FULL', 'DIFF']).optional(),
  /** Reason word for a FULL that was not asked for, such as `NoParent`. */
  typeReason: z.string().optional(),
  /** Remarks that do not change the outcome, such as `SourceUnreachable`. */
  warnings: z.array(z.object({ reason: z.string(), message: z.string() })).default([]),
  counts: runCountsSchema.optional(),
  /** At most 10, failed ones first; fewer where the message would not fit. */
  databases: z.array(databaseOutcomeSchema).default([]),
  /** Where the whole story stands in the store, and its SHA-256 (hex). */
  runKey: z.string().optional(),
  runDigest: z.string().optional(),
  /** Level that the pod itself proved before it ended. */
  verified: z.enum(['objects', 'content', 'consistency', 'restore']).optional(),
  folder: folderStateSchema.optional(),
  /** For `backup` on a claim, once it is done. */
  volume: volumeReportSchema.optional(),
  /** For `prove` of a whole folder. */
  verification: verifiedSliceSchema.optional(),
  /** For `thaw`. */
  thaw: z.lazy(() => thawResultSchema).optional(),
  /** For `erase`. */
  erased: z.lazy(() => erasedSchema).optional(),
  /** For `list` and `sweep`. */
  retention: z.lazy(() => retentionResultSchema).optional(),
});
export type AgentResult = z.infer<typeof agentResultSchema>;

/** One chain of a retention plan as people read it. */
export const plannedChainSchema = z.object({
  chain: z.string(),
  database: z.string(),
  artifacts: whole,
  bytes: whole,
  reason: z.string(),
  because: z.string().optional().describe('Why, in a few words, such as `daily 2026-11-20, newest verified chain`.'),
  time: time.optional().describe('Start of its newest run.'),
});
export type PlannedChain = z.infer<typeof plannedChainSchema>;

export const heldSchema = z.object({
  reason: z.string(),
  message: z.string(),
  until: time.optional(),
  count: whole.optional(),
});

export const leftoversSchema = z.object({ objects: whole, bytes: whole, runs: whole });

export const removedLeftoversSchema = z.object({ objects: whole, runs: whole, uploads: whole });

/** One chain of the archive as people read it. */
export const archivedChainSchema = z.object({
  chain: z.string(),
  database: z.string(),
  artifacts: whole,
  bytes: whole,
  time: time.describe('When it was archived.'),
  storageClass: z.string().optional().describe('Class or tier of the store; absent where it has its usual one only.'),
  minimumUntil: time.optional().describe('Until then the store charges for it whether or not it is still there.'),
});
export type ArchivedChain = z.infer<typeof archivedChainSchema>;

export const archiveSummarySchema = z.object({
  chains: whole,
  artifacts: whole,
  bytes: whole,
  newest: z.array(archivedChainSchema).default([]).describe('At most 20, and fewer where they do not fit.'),
});
export type ArchiveSummary = z.infer<typeof archiveSummarySchema>;

/** What went with a deleted backup. */
export const erasedSchema = z.object({
  objects: whole,
  bytes: whole,
  /** Objects in the folder that Holdfast did not make; they stay. */
  foreign: whole,
});
export type Erased = z.infer<typeof erasedSchema>;

/** How far an archived chain can be read. */
export const thawStates = ['Coming', 'Readable', 'NotArchived'] as const;

/** What a look at an archived chain found. */
export const thawResultSchema = z.object({
  /** Absent when none was asked for: then only copies of an earlier one went. */
  chain: z.string().optional(),
  state: z.enum(thawStates).optional(),
  /** One sentence. */
  message: z.string(),
  /** Objects of the chain, and those that can be read by now. */
  objects: whole.default(0),
  readable: whole.default(0),
  /** Until when, for a store that takes it back by itself. */
  until: time.optional(),
  /** Where its artifacts can be read, below the backup's folder. */
  folder: z.string().optional(),
});
export type ThawResult = z.infer<typeof thawResultSchema>;

/** A plan that removes a larger share than its policy allows is one or the other. */
export const consents = ['Waiting', 'Acknowledged'] as const;

export const retentionResultSchema = z.object({
  kept: whole,
  removed: whole.default(0),
  /** Artifacts that went into the archive. */
  archived: whole.optional(),
  archivedBytes: whole.optional(),
  reclaimedBytes: whole.default(0),
  held: z.array(heldSchema).default([]),
  /** Removals that are planned; cut to what fits, `removeCount` is the truth. */
  remove: z.array(plannedChainSchema).default([]),
  removeCount: whole,
  reclaimBytes: whole,
  /** What becomes of them; `Delete` when absent. */
  deletePolicy: z.enum(['Delete', 'Archive']).optional(),
  /** What lies in the archive; absent where nothing does. */
  archive: archiveSummarySchema.optional(),
  /** Chains that stay whatever a person says, newest first; cut to what fits, `keepCount` is the truth. */
  keep: z.array(plannedChainSchema).optional(),
  keepCount: whole.optional(),
  keepBytes: whole.optional(),
  /** Names exactly what is planned to go; absent when nothing is. */
  plan: z.string().optional(),
  /** Artifacts among the chains that are planned to go. */
  removeArtifacts: whole.optional(),
  /** Whether that waits for a person, or goes on because one agreed. */
  consent: z.enum(consents).optional(),
  /** What failed runs left and what is planned to go: objects without a manifest, and runs whose documents go. */
  leftovers: leftoversSchema.optional(),
  removedLeftovers: removedLeftoversSchema.optional(),
  /** When the next restore point expires by age; absent when none will. */
  nextExpiry: time.optional(),
  /** Newest restore point that the catalogue found. */
  newest: z.object({ run: z.string(), time, chain: z.string(), highestTx: whole }).optional(),
});
export type RetentionResult = z.infer<typeof retentionResultSchema>;
