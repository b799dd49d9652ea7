import { z } from 'zod';
import { relativeKey } from './manifest.ts';

const time = z.iso.datetime({ offset: true });

/**
 * A write-once document that says of one artifact: do not build on it and do not restore from it. It stands beside a manifest whose objects
 * are gone or changed, or in place of one for an artifact that was never good. It goes when its artifact goes.
 */
export const suspectMarkSchema = z.object({
  v: z.literal(1),
  /** Run that found it. */
  run: z.string(),
  /** Run that made the artifact. */
  artifactRun: z.string(),
  artifact: z.string().min(1),
  /** When the engine made it (UTC). */
  artifactTime: time,
  /** Objects of the artifact. */
  keys: z.array(relativeKey),
  chain: z.string().min(1),
  database: z.string().min(1),
  databaseId: z.string().min(1),
  /** One word of the reason catalogue. */
  reason: z.string(),
  /** One sentence that names the artifact and what was found. */
  message: z.string(),
  time,
});
export type SuspectMark = z.infer<typeof suspectMarkSchema>;
