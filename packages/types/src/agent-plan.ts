import { z } from 'zod';

const whole = z.int().nonnegative();

/**
 * What a Job tells its agent, as JSON in `HOLDFAST_PLAN`. It holds no secret and no path of a container's file system: paths
 * and credentials come as variables of their own (`agentEnv`), so that whoever reads the Job reads the plan.
 */
export const agentPlanSchema = z.object({
  v: z.literal(1),
  verb: z.enum(['backup', 'prove', 'list', 'sweep']),
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
    z.object({ type: z.literal('pvc') }),
  ]),
  /** Total time for the pod, measured by its own clock from its start. The Job's deadline is this plus a grace. */
  deadlineMs: whole,
  /** For `backup`. */
  engine: z
    .object({
      version: z.string().optional(),
      /** `host:port`, secondaries first. */
      from: z.array(z.string()).min(1),
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
    })
    .optional(),
  /** For `list` and `sweep`. */
  retention: z
    .object({
      maxAgeMs: whole.optional(),
      maxCount: whole.optional(),
      suspended: z.boolean(),
      /** Usual time between two runs, when a schedule says one. */
      expectedIntervalMs: whole.optional(),
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
  terminationLog: 'HOLDFAST_TERMINATION_LOG',
  podUid: 'HOLDFAST_POD_UID',
  clockFile: 'HOLDFAST_CLOCK_FILE',
} as const;
