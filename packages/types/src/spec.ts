import { z } from 'zod';

/** Placeholder shape until the whole contract stands here. */
export const specSchema = z.looseObject({});
export type Spec = z.infer<typeof specSchema>;
