import { accessVariables } from '@holdfast/access';
import { z } from 'zod';

/** Variables of the retention service. Every mistake in them is reported at once, at start. */
export const configSchema = z.object({
  ...accessVariables,
  HOLDFAST_CONCURRENCY: z.coerce.number().int().positive().default(4).describe('Rings answered at once.'),
});
