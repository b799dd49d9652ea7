import { z } from 'zod';

/** Queues of the doorbell. A job says only *which object to look at again*. */
export const queueNames = ['backup', 'verify', 'retention'] as const;
export type QueueName = (typeof queueNames)[number];

/** A ring's whole content. Parsed at the edge; an older or unknown shape is refused there and dropped aloud. */
export const ringSchema = z.object({
  v: z.literal(1),
  namespace: z.string().min(1),
  name: z.string().min(1),
  /** When the cause was seen, milliseconds since the epoch: feeds latency histograms, decides nothing. */
  seenAtMs: z.number().optional(),
});
export type Ring = z.infer<typeof ringSchema>;
