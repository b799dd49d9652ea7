import { z } from 'zod';
import { durationText } from './text.ts';

const keepCount = (what: string) =>
  z.int().min(0).max(10000).optional().describe(`How many ${what} are kept whatever their age.`);

export const retentionSchema = z
  .strictObject({
    maxAge: durationText('Restore points older than this expire, such as 30d, 720h or 1h30m.').optional(),
    maxCount: z.int32().min(1).optional().describe('Restore points beyond this number expire, oldest first.'),
    deletePolicy: z.enum(['Delete', 'Archive']).default('Delete').describe('What becomes of expired restore points.'),
    keep: z
      .strictObject({
        last: keepCount('newest restore points'),
        hourly: keepCount('hourly restore points'),
        daily: keepCount('daily restore points'),
        weekly: keepCount('weekly restore points'),
        monthly: keepCount('monthly restore points'),
        yearly: keepCount('yearly restore points'),
      })
      .optional()
      .describe('Restore points that stay whatever their age or count.'),
    onDelete: z.enum(['Retain', 'Delete']).default('Retain').describe('What deleting this object does to its data.'),
    maxDeletePercent: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe('A plan that would remove a larger share waits for a person to acknowledge it.'),
  })
  .describe('Which restore points are kept. Without it nothing is ever removed.');
