import { z } from 'zod';
import { digestSchema, relativeKey } from './manifest.ts';

const time = z.iso.datetime({ offset: true });

/** What a verification knows of one artifact after looking at it. */
const provenArtifactSchema = z.object({
  /** Run that made it. */
  run: z.string(),
  artifact: z.string(),
  /** `objects` for an artifact that could not be read to its end in the time there was. */
  level: z.enum(['objects', 'content']),
  time,
  /** Digests that reading back established, because its manifest has none. */
  digests: z.array(z.object({ key: relativeKey, digest: digestSchema })),
});

/**
 * A write-once document of a verification run: what it has read back so far. Runs after it go on where it stopped, and later rounds compare
 * with the digests that it established.
 */
export const proofSchema = z.object({
  v: z.literal(1),
  run: z.string(),
  time,
  artifacts: z.array(provenArtifactSchema).min(1),
});
export type Proof = z.infer<typeof proofSchema>;
export type ProvenArtifact = Proof['artifacts'][number];
