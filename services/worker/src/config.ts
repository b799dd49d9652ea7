import { accessVariables } from '@holdfast/access';
import { z } from 'zod';

/** Variables of a worker. Every mistake in them is reported at once, at start. */
export const configSchema = z.object({
  ...accessVariables,
  HOLDFAST_CLUSTER_DOMAIN: z.string().default('cluster.local').describe('DNS suffix of Services.'),
  HOLDFAST_CONCURRENCY: z.coerce.number().int().positive().default(10).describe('Rings answered at once.'),
});
