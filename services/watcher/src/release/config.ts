import { z } from 'zod';

const count = z.coerce.number().int().positive();

/** Variables of the program that releases backups after the watcher has gone. */
export const releaseConfig = z.object({
  HOLDFAST_KUBECONFIG: z
    .string()
    .optional()
    .describe("Path of a kubeconfig; without it the pod's own account is used."),
  HOLDFAST_WATCH_NAMESPACE: z.string().optional().describe('Only backups of this namespace; without it all.'),
  HOLDFAST_PAUSE_SECONDS: count
    .default(30)
    .describe('Between two looks, when one has found something: as long as a watcher may take to stop.'),
  HOLDFAST_RELEASE_SECONDS: count.default(150).describe('When it gives up.'),
});
