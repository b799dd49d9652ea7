import { z } from 'zod';
import {
  archiveSummarySchema,
  consents,
  damagedSchema,
  databaseOutcomeSchema,
  heldSchema,
  leftoversSchema,
  plannedChainSchema,
  removedLeftoversSchema,
  thawStates,
} from './result.ts';
import {
  backupTypes,
  runKinds,
  runPhases,
  runStatuses,
  runTriggers,
  triggerEvents,
  verificationLevels,
} from './run.ts';

const whole = z.int().nonnegative();
const time = z.string().meta({ format: 'date-time' });
const type = z.enum(['FULL', 'DIFF']);

export const conditionTypes = [
  'Ready',
  'StorageReady',
  'JobCreated',
  'Verified',
  'LastRunSucceeded',
  'RetentionHealthy',
  'ObjectiveMet',
] as const;
export type ConditionType = (typeof conditionTypes)[number];

export const phases = ['Pending', 'Running', 'Completed', 'Failed', 'Scheduled', 'Suspended'] as const;
export type Phase = (typeof phases)[number];

/** Longest message of a `metav1.Condition`. */
export const maxConditionMessage = 32_768;

/** Bounds and forms as `metav1.Condition` has them, so that everybody's tools can rely on them. */
export const conditionSchema = z.object({
  type: z
    .string()
    .max(316)
    .regex(/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/),
  message: z.string().max(maxConditionMessage),
  lastTransitionTime: time,
  observedGeneration: whole.optional(),
});
export type Condition = z.infer<typeof conditionSchema>;

export const statsSchema = z.object({
  size: z.string().optional().describe('Size of the stored artifacts, such as `1.2 GiB`.'),
  duration: z.string().optional().describe('From start to settled evidence, such as `3m12s`.'),
  throughput: z.string().optional().describe('Size over duration, such as `6.4 MiB/s`.'),
  fileCount: whole.optional().describe('Objects in the store that belong to the run.'),
  sizeBytes: whole.optional().describe('`size` in bytes.'),
  durationSeconds: z.number().nonnegative().optional().describe('`duration` in seconds.'),
});
export type Stats = z.infer<typeof statsSchema>;

export const historyEntrySchema = z.object({
  runId: z.string().describe('Name of the run; the same trigger always names the same run.'),
  trigger: z.enum(runTriggers).describe('What caused it.'),
  event: z.enum(triggerEvents).optional().describe('Which event, where one did.'),
  slot: time.optional().describe('Slot of the schedule it answered.'),
  type: type.optional().describe('What was taken.'),
  startTime: time.optional(),
  completionTime: time.optional(),
  status: z.enum(runStatuses),
  error: z.string().optional().describe('One sentence saying what went wrong and what to do.'),
  reason: z.string().describe('One word of the reason catalogue.'),
  count: whole.optional().describe('For missed slots: how many this entry stands for.'),
  stats: statsSchema.optional(),
  verification: z.object({ level: z.enum(verificationLevels), time }).optional(),
  databases: z
    .array(databaseOutcomeSchema)
    .optional()
    .describe('At most 10, failed first; the full list is in the store.'),
  databaseCount: whole.optional(),
  failedDatabaseCount: whole.optional(),
});
export type HistoryEntry = z.infer<typeof historyEntrySchema>;

/** How often runs ended in one way, or slots were missed for one reason. */
export const runTotalSchema = z.object({ status: z.enum(runStatuses), reason: z.string(), count: whole });
export type RunTotal = z.infer<typeof runTotalSchema>;

export const activeRunSchema = z.object({
  id: z.string(),
  kind: z.enum(runKinds),
  trigger: z.enum(runTriggers),
  event: z.enum(triggerEvents).optional().describe('Which event caused it, where one did.'),
  backupType: z.enum(backupTypes).optional().describe('Type that the event asks for, instead of that of the options.'),
  slot: time.optional(),
  token: z.string().optional().describe('Token of the request that caused it.'),
  phase: z.enum(runPhases),
  attempt: whole.describe('Counts from 1; the only retry counter.'),
  recordedAt: time,
  admittedAt: time.optional(),
  startedAt: time.optional().describe('When the Job of this attempt was created.'),
  deadline: time.optional().describe('When the present phase ends by itself.'),
  notBefore: time.optional().describe('A retry waits until then.'),
  waitingFor: z
    .object({
      reason: z.string(),
      message: z.string(),
      since: time,
      triedAt: time.optional().describe('When the store was last tried in vain.'),
      tryingSince: time.optional().describe('It is this run that tries the store just now.'),
    })
    .optional(),
  job: z.object({ name: z.string(), uid: z.string() }).optional(),
  expected: z.array(z.string()).optional().describe('Databases that must have an artifact.'),
  round: time.optional().describe('When the round of verification began that it belongs to.'),
});
export type ActiveRun = z.infer<typeof activeRunSchema>;

export const retentionStatusSchema = z.object({
  lastRunTime: time.optional(),
  cause: z.string().optional().describe('What the last retention run answered.'),
  kept: whole.optional().describe('Restore points that stayed.'),
  removed: whole.optional().describe('Artifacts removed by the last run.'),
  removedLeftovers: removedLeftoversSchema
    .optional()
    .describe('What the last run removed of failed runs: objects, documents of runs, unfinished uploads.'),
  archived: whole.optional().describe('Artifacts that the last run moved into the archive.'),
  archive: archiveSummarySchema.optional().describe('Chains that lie in `archive/` of the folder.'),
  totals: z
    .object({ removed: whole, archived: whole.optional(), archivedBytes: whole.optional(), reclaimedBytes: whole })
    .optional()
    .describe('Artifacts and bytes removed, and archived, since the object was created.'),
  held: z.array(heldSchema).optional(),
  nextExpiry: time.optional().describe('When the next restore point expires by age.'),
  plan: z
    .object({
      id: z.string().optional().describe('Names exactly what goes; absent when nothing does.'),
      consent: z
        .enum(consents)
        .optional()
        .describe('Waiting: more than maxDeletePercent would go, until the annotation acknowledge-plan names this id.'),
      run: z.string(),
      time,
      remove: z.array(plannedChainSchema).describe('At most 20 chains; `removeCount` is the truth.'),
      removeCount: whole,
      removeArtifacts: whole.optional(),
      keep: z.array(plannedChainSchema).max(20).optional().describe('Newest first; `keepCount` is the truth.'),
      keepCount: whole.optional(),
      keepBytes: whole.optional(),
      archive: z.array(plannedChainSchema).describe('At most 20 chains; `archiveCount` is the truth.'),
      archiveCount: whole.optional(),
      reclaimBytes: whole,
      leftovers: leftoversSchema
        .optional()
        .describe('Objects that failed runs left without a manifest, and runs whose documents go.'),
    })
    .optional()
    .describe('Written before anything is removed.'),
});
export type RetentionStatus = z.infer<typeof retentionStatusSchema>;

export const verificationStatusSchema = z.object({
  lastRunTime: time.optional().describe('When the last verification run ended.'),
  round: time.optional().describe('When the last round over everything that counts began.'),
  unfinished: z.boolean().optional().describe('Whether that round goes on with the next run.'),
  notBefore: time.optional().describe('When the next run may start after trouble.'),
  provenSince: time.optional().describe('Everything that counted then was read back since.'),
  proven: whole.optional().describe('Artifacts proven in the last round.'),
  unread: whole.optional().describe('Artifacts that could not be read to their end in the time there was.'),
  remaining: whole.optional().describe('Artifacts that the round still has to read.'),
  reason: z.string().optional(),
  message: z.string().optional().describe('How the last verification run ended.'),
  lastTokens: z.array(z.string()).max(20).optional().describe('Tokens that were answered, newest first.'),
  chains: z.object({ whole: whole, broken: whole }).optional().describe('Chains in the store.'),
  damaged: z.array(damagedSchema).max(10).optional().describe('Artifacts that must not be restored, newest first.'),
  damagedCount: whole.optional(),
});
export type VerificationStatus = z.infer<typeof verificationStatusSchema>;

export const volumeStatusSchema = z.object({
  time: time.describe('When a pod looked at it.'),
  capacityBytes: whole,
  usedBytes: whole.describe('Also by what others put there.'),
  freeBytes: whole.describe('What a pod may still write.'),
  growthBytesPerDay: z.int().optional().describe('Over the looks below; absent while they are too few.'),
  daysUntilFull: whole.optional().describe('At that growth; absent when nobody knows, or it does not grow.'),
  samples: z
    .array(z.object({ time, usedBytes: whole }))
    .max(14)
    .describe('Earlier looks, the newest last.'),
});
export type VolumeStatus = z.infer<typeof volumeStatusSchema>;

export const thawStatusSchema = z.object({
  chain: z.string().max(1024).describe('Archived chain that the annotation thaw names.'),
  state: z.enum(thawStates).optional().describe('Absent until the archive was looked at.'),
  reason: z.string(),
  message: z.string().describe('One sentence; where it can be read, it says where.'),
  requestedTime: time.describe('When it was first asked for.'),
  lastRunTime: time,
  nextRunTime: time.optional().describe('When the store is asked again how far it is.'),
  notBefore: time.optional().describe('When the next run may start after trouble.'),
  objects: whole.optional(),
  readable: whole.optional().describe('Objects that can be read by now.'),
  readableUntil: time.optional().describe('When the store takes it back, unless it is asked again before.'),
  folder: z.string().optional().describe("Where the artifacts can be read, below the backup's folder."),
});
export type ThawStatus = z.infer<typeof thawStatusSchema>;

export const eraseStatusSchema = z.object({
  done: z.boolean().describe('Whether the folder is empty of what Holdfast made.'),
  reason: z.string(),
  message: z.string().describe('One sentence; while it is not done it says why, and what to do.'),
  lastRunTime: time,
  notBefore: time.optional().describe('When it is tried again.'),
});
export type EraseStatus = z.infer<typeof eraseStatusSchema>;

export const triggersStatusSchema = z.object({
  targetUpgrade: z
    .object({
      subject: z.string().describe('UID of the servers that were looked at.'),
      image: z.string().max(1024),
      generation: whole.describe('Of the object that says it; what is older says nothing any more.'),
    })
    .optional(),
  targetCreated: z.object({ subject: z.string(), createdTime: time }).optional(),
  databaseCreated: z
    .object({
      since: time.describe('Databases that were there by then are answered.'),
      subjects: z.array(z.string()).max(500).describe('UIDs of later ones that were answered, newest first.'),
    })
    .optional(),
  specChanged: z.object({ generation: whole, digest: z.string() }).optional(),
});
export type TriggersStatus = z.infer<typeof triggersStatusSchema>;

export const statusSchema = z.object({
  phase: z.enum(phases).optional().describe('What the backup is doing, in one word.'),
  message: z.string().optional().describe('One sentence; when something is wrong it says what to do.'),
  conditions: z
    .array(conditionSchema)
    .meta({
      description: 'What is known about the backup, one entry per type.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    })
    .optional(),
  lastRunTime: time.optional().describe('Start of the last run.'),
  lastSuccessTime: time.optional().describe('Completion of the last proven run.'),
  nextRunTime: time.optional().describe('Next slot of the schedule.'),
  stats: statsSchema.optional().describe('Statistics of the last run.'),
  history: z.array(historyEntrySchema).max(50).optional().describe('Newest first.'),
  totals: z
    .array(runTotalSchema)
    .optional()
    .describe(
      'Runs that ended and slots that were missed since the object was created, also those the history has let go.',
    ),
  activeRun: activeRunSchema.optional().describe('The run under way; the only lock of the backup folder.'),
  lastSlotTime: time.optional().describe('Newest slot that was answered.'),
  lastRunTokens: z.array(z.string()).max(20).optional().describe('Tokens that were answered, newest first.'),
  triggers: triggersStatusSchema
    .optional()
    .describe('What was last seen of the things that triggers look at; a difference starts a run.'),
  observedGeneration: whole.optional().describe('Generation of the spec that this status speaks of.'),
  consecutiveFailures: whole.optional().describe('Runs that failed since the last one that did not.'),
  missedSlots: whole.optional().describe('Slots missed since the object was created.'),
  restorePoint: z
    .object({ time, transaction: whole, chain: z.string(), verifiedTime: time.optional() })
    .optional()
    .describe('What a restore would bring back.'),
  retention: retentionStatusSchema.optional(),
  volume: volumeStatusSchema.optional().describe("The volume of the backup's claim, and when it will be full."),
  thaw: thawStatusSchema.optional().describe('The archived chain that someone asked for.'),
  erase: eraseStatusSchema.optional().describe('What becomes of the data of an object that is being deleted.'),
  verification: verificationStatusSchema
    .optional()
    .describe('Proofs of what lies in the store, beside those of each run.'),
});
export type Status = z.infer<typeof statusSchema>;
