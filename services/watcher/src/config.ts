import { z } from 'zod';

const count = z.coerce.number().int().positive();

/** Variables of the watcher. Every mistake in them is reported at once, at start. */
export const configSchema = z.object({
  HOLDFAST_KUBECONFIG: z
    .string()
    .optional()
    .describe("Path of a kubeconfig; without it the pod's own account is used."),
  HOLDFAST_REDIS_URL: z.string().describe('redis:// or rediss:// URL of the queue.'),
  HOLDFAST_WATCH_NAMESPACE: z.string().optional().describe('Only backups of this namespace; without it all.'),
  HOLDFAST_NAMESPACE: z.string().default('holdfast').describe("Namespace of the leader's Lease."),
  HOLDFAST_IDENTITY: z.string().default('watcher').describe("Name of this replica in the Lease; a pod's name."),
  HOLDFAST_RESYNC_SECONDS: count
    .default(60)
    .describe('How often everything is looked at again, whatever the events said.'),
  HOLDFAST_LIMIT_GLOBAL: count.default(20).describe('Backup runs under way at once.'),
  HOLDFAST_LIMIT_PER_TARGET: count.default(1).describe('Backup runs of one target under way at once.'),
  HOLDFAST_LIMIT_PER_LOCATION: count.default(10).describe('Backup runs to one store under way at once.'),
});
