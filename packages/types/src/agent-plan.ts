import { z } from 'zod';

const whole = z.int().nonnegative();

/**
 * What a Job tells its agent, as JSON in `HOLDFAST_PLAN`. It holds no secret and no path of a container's file system: paths
 * and credentials come as variables of their own (`agentEnv`), so that whoever reads the Job reads the plan.
 */
export const agentPlanSchema = z.object({
  v: z.literal(1),
  verb: z.enum(['backup', 'prove', 'list', 'sweep', 'thaw', 'erase']),
  namespace: z.string(),
  backup: z.string(),
  backupUid: z.string(),
  run: z.string(),
  attempt: whole,
  /** Folder of this backup inside the store: `<path>/<namespace>/<backup>`. */
  folder: z.string(),
  store: z.discriminatedUnion('type', [
    z.object({
      type: z.literal('s3'),
      bucket: z.string(),
      region: z.string(),
      endpointUrl: z.string().optional(),
      forcePathStyle: z.boolean(),
      checksumMode: z.enum(['WhenSupported', 'WhenRequired']),
    }),
    z.object({
      type: z.literal('gcs'),
      bucket: z.string(),
      endpointUrl: z.string().optional(),
      /** `key`: of a service account, in the file of `GOOGLE_APPLICATION_CREDENTIALS`; `pod`: the account of its ServiceAccount. */
      credential: z.enum(['key', 'pod']),
    }),
    z.object({
      type: z.literal('azure'),
      /** Blob container. */
      bucket: z.string(),
      account: z.string(),
      endpointUrl: z.string().optional(),
      /** Which of its variables the agent signs in with; `pod` is the federated account of its ServiceAccount. */
      credential: z.enum(['accountKey', 'clientSecret', 'pod']),
    }),
    z.object({ type: z.literal('pvc') }),
  ]),
  /** Total time for the pod, measured by its own clock from its start. The Job's deadline is this plus a grace. */
  deadlineMs: whole,
  /** Whose folder this is, and whose it may be taken over from. */
  owner: z.object({ clusterId: z.string(), takeOver: z.string().optional() }).optional(),
  /** How artifacts are encrypted; the keys themselves stand in files of `HOLDFAST_KEYS_DIR`, one per entry of their Secret. */
  encryption: z.object({ algorithm: z.literal('AES256'), writeKey: z.string() }).optional(),
  /** For `backup`. */
  engine: z
    .object({
      /** `direct`: neo4j-admin writes into the store itself. `staged`: into scratch, and the agent uploads. */
      mode: z.enum(['direct', 'staged']),
      /** Read artifacts back, and check FULLs, before a manifest says that they count. */
      verify: z.boolean(),
      version: z.string().optional(),
      /** `host:port`, secondaries first. */
      from: z.array(z.string()).min(1),
      /** The newest run that brought every expected database, where status still knows one. */
      lastGoodRun: z.string().optional(),
      /** What is asked of the engine: `["*"]`, or one database. */
      databases: z.array(z.string()).min(1),
      /** Databases that must have an artifact afterwards, as far as known beforehand. */
      expected: z.array(z.string()),
      backupType: z.enum(['FULL', 'DIFF', 'AUTO']),
      /** Options other than those the agent itself owns (`--to-path`, `--type`, `--temp-path`). */
      options: z.array(z.string()),
      chainLimits: z.object({ fullIntervalMs: whole, maxChainLength: whole.optional() }),
      /** A reason word that forces a FULL, such as `ChainBroken`. */
      forceFull: z.string().optional(),
      stallTimeoutMs: whole,
      heapSize: z.string(),
      /** Size of the scratch volume, which may be less than what its disk has free. */
      scratchBytes: whole.optional(),
    })
    .optional(),
  /** For `prove`: read back what counts in the folder; without it, look at what the run left. */
  prove: z
    .object({
      /** What was proven since then is not read again. */
      round: z.iso.datetime({ offset: true }),
    })
    .optional(),
  /** For `thaw`. */
  thaw: z
    .object({
      /** Archived chain that is to be readable; absent when none is any more. */
      chain: z.string().optional(),
      /** Chain that was, and whose readable copies go. */
      ended: z.string().optional(),
    })
    .optional(),
  /** For `list` and `sweep`. */
  retention: z
    .object({
      maxAgeMs: whole.optional(),
      maxCount: whole.optional(),
      /** Restore points that stay whatever their age or count. */
      keep: z
        .object({
          last: whole.optional(),
          hourly: whole.optional(),
          daily: whole.optional(),
          weekly: whole.optional(),
          monthly: whole.optional(),
          yearly: whole.optional(),
        })
        .optional(),
      timeZone: z.string().optional(),
      /** What becomes of what goes; `Delete` when absent. */
      deletePolicy: z.enum(['Delete', 'Archive']).optional(),
      maxDeletePercent: whole.optional(),
      /** What a person agreed to. */
      consent: z
        .object({
          plan: z.string().optional(),
          /** A plan that this run showed and that was acknowledged: as it was then, and no larger. */
          begun: z.object({ at: z.iso.datetime({ offset: true }), artifacts: whole }).optional(),
        })
        .optional(),
      suspended: z.boolean(),
      /** Usual time between two runs, when a schedule says one. */
      expectedIntervalMs: whole.optional(),
      /** Longest time that a run may take. */
      runDeadlineMs: whole,
      /** Newest run that status knows as a success: a listing without it is not whole. */
      newestRun: z.string().optional(),
    })
    .optional(),
});
export type AgentPlan = z.infer<typeof agentPlanSchema>;
export type AgentVerb = AgentPlan['verb'];

/** Variables of the agent's container. Values that are paths are mount paths. */
export const agentEnv = {
  plan: 'HOLDFAST_PLAN',
  storeFolder: 'HOLDFAST_STORE_DIR',
  scratchFolder: 'HOLDFAST_SCRATCH_DIR',
  workFolder: 'HOLDFAST_WORK_DIR',
  keysFolder: 'HOLDFAST_KEYS_DIR',
  authorityFile: 'HOLDFAST_CA_FILE',
  terminationLog: 'HOLDFAST_TERMINATION_LOG',
  podUid: 'HOLDFAST_POD_UID',
  clockFile: 'HOLDFAST_CLOCK_FILE',
  googleEmulator: 'HOLDFAST_GOOGLE_EMULATOR',
} as const;
