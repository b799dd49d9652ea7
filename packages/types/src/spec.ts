import { z } from 'zod';
import { backupTypes, triggerEvents } from './run.ts';
import { cloudSchema } from './spec/cloud.ts';
import { optionsSchema } from './spec/options.ts';
import { retentionSchema } from './spec/retention.ts';
import { specRules } from './spec/rules.ts';
import { storageSchema } from './spec/storage.ts';
import { targetSchema } from './spec/target.ts';
import { scheduleRules, timeZoneRules } from './spec/text-rules.ts';
import { durationText } from './spec/text.ts';

const triggerSchema = z
  .strictObject({
    on: z
      .enum(triggerEvents)
      .describe('The event that starts a run. In YAML write "on" in quotes, or kubectl takes it for a truth value.'),
    backupType: z
      .enum(backupTypes)
      .optional()
      .describe('Type of the backup that the event starts; that of options when absent.'),
  })
  .describe('An event that starts a run.');

const objectivesSchema = z
  .strictObject({
    rpo: durationText('How old the newest restore point may become.').optional(),
    rto: durationText('How long a restore may take.').optional(),
  })
  .describe('What the backups are measured against.');

/**
 * The whole of `spec`, every spelling included. The CRD is generated from it; a field that has a second spelling has no default
 * here, or the default would contradict that spelling.
 */
export const specSchema = z
  .strictObject({
    target: targetSchema,
    storage: storageSchema,
    cloud: cloudSchema('Cloud settings, an older place for storage.cloud; what stands there wins.').optional(),
    schedule: z
      .string()
      .min(1)
      .max(256)
      .meta({
        description:
          'Cron expression with five fields, or an alias such as @daily; H stands for a value of its own. Without it the backup runs once.',
        'x-kubernetes-validations': scheduleRules,
      })
      .optional(),
    timeZone: z
      .string()
      .min(1)
      .max(64)
      .meta({
        description:
          'IANA time zone of the schedule and of what retention keeps by the day, such as Europe/Stockholm; UTC when absent.',
        'x-kubernetes-validations': timeZoneRules,
      })
      .optional(),
    startingDeadlineSeconds: z
      .int()
      .min(1)
      .max(31_536_000)
      .optional()
      .describe('A slot missed by more seconds is skipped; when absent the newest missed slot is caught up.'),
    concurrencyPolicy: z
      .enum(['Forbid', 'Replace'])
      .default('Forbid')
      .describe('What a due slot does while a run is under way: wait its turn, or replace it.'),
    suspend: z.boolean().default(false).describe('No new runs; one that is under way goes on.'),
    retention: retentionSchema.optional(),
    options: optionsSchema.optional(),
    triggers: z.array(triggerSchema).max(16).optional().describe('Events that start a run besides the schedule.'),
    objectives: objectivesSchema.optional(),
    historyLimit: z.int().min(1).max(50).default(20).describe('How many entries status.history keeps.'),
  })
  .meta({
    description: 'What is backed up, when, where to, and how long it is kept.',
    'x-kubernetes-validations': specRules,
  });

/** A spec as people write it and the API server stores it: defaults may or may not be filled in. */
export type Spec = z.input<typeof specSchema>;
/** A spec of the right shape with the schema's own defaults. */
export type ParsedSpec = z.output<typeof specSchema>;
export type CloudSettings = NonNullable<ParsedSpec['cloud']>;
export type OptionSettings = NonNullable<ParsedSpec['options']>;
