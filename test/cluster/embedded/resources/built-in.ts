import { BATCH } from './batch.ts';
import { CORE } from './core.ts';
import { OTHERS } from './others.ts';
import type { Resource } from './resource.ts';

/** Every kind that is served without a CustomResourceDefinition. */
export const BUILT_IN: readonly Resource[] = [...CORE, ...BATCH, ...OTHERS];
