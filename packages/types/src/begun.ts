import { z } from 'zod';

/** Written by a pod before its engine starts: what appears in the folder between then and the deadline may be its own. */
export const begunSchema = z.object({
  v: z.literal(1),
  run: z.string(),
  attempt: z.int().positive(),
  startTime: z.iso.datetime(),
  deadline: z.iso.datetime(),
});
export type Begun = z.infer<typeof begunSchema>;
