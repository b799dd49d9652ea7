import { z } from 'zod';
import { retentionRules } from './rules.ts';
import { durationText } from './text.ts';

const keepCount = (description: string) => z.int().min(0).max(10000).optional().describe(description);
const lastOfEach = (period: string) =>
  keepCount(`In how many of the newest ${period} that have a restore point the last one is kept.`);

export const retentionSchema = z
  .strictObject({
    maxAge: durationText('Restore points older than this expire, such as 30d, 720h or 1h30m.').optional(),
    maxCount: z.int32().min(1).optional().describe('Restore points beyond this number expire, oldest first.'),
    deletePolicy: z.enum(['Delete', 'Archive']).default('Delete').describe('What becomes of expired restore points.'),
    keep: z
      .strictObject({
        last: keepCount('How many of the newest restore points are kept.'),
        hourly: lastOfEach('hours'),
        daily: lastOfEach('days'),
        weekly: lastOfEach('weeks (from Monday)'),
        monthly: lastOfEach('months'),
        yearly: lastOfEach('years'),
      })
      .optional()
      .describe('Restore points that stay whatever their age or count, by the wall clock of timeZone.'),
    onDelete: z.enum(['Retain', 'Delete']).default('Retain').describe('What deleting this object does to its data.'),
    maxDeletePercent: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe(
        'A plan that would remove a larger share of the artifacts waits for a person to acknowledge it; 50 when absent.',
      ),
  })
  .meta({
    description: 'Which restore points are kept. Without it nothing is ever removed.',
    'x-kubernetes-validations': retentionRules,
  });
