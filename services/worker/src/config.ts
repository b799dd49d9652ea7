import { allowedEndpointsVariable, storeDefaultsVariable } from '@holdfast/access';
import { z } from 'zod';

const count = z.coerce.number().int().positive();

/** Variables of a worker. Every mistake in them is reported at once, at start. */
export const configSchema = z.object({
  HOLDFAST_KUBECONFIG: z
    .string()
    .optional()
    .describe("Path of a kubeconfig; without it the pod's own account is used."),
  HOLDFAST_REDIS_URL: z.string().describe('redis:// or rediss:// URL of the queue.'),
  HOLDFAST_AGENT_IMAGE: z.string().describe('Image that brings the agent into the pods.'),
  HOLDFAST_STORE_DEFAULTS: storeDefaultsVariable,
  HOLDFAST_ALLOWED_ENDPOINTS: allowedEndpointsVariable,
  HOLDFAST_CLUSTER_DOMAIN: z.string().default('cluster.local').describe('DNS suffix of Services.'),
  HOLDFAST_CONCURRENCY: count.default(10).describe('Rings answered at once.'),
});
