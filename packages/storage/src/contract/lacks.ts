import { expect, test } from 'vitest';
import type { Given } from './given.ts';

/** What not every store has. */
export const features = {
  archive: 'a class that is cheap to keep',
  sleep: 'archived objects that are read only after a thaw',
  ownProof: 'a checksum of its own that proves the digest of what was written',
  ownProofOfParts: 'the same for what was written in several parts',
  ownProofOfCopies: 'the same for a copy in several parts',
  keyAbove: 'an object whose key is also the folder of others',
  longSteps: 'steps of a key that are longer than 255 bytes',
} as const;

export type Feature = keyof typeof features;

export interface Lack {
  readonly why: string;
  /** What a check that needs the feature fails with. */
  readonly seen: RegExp;
}

/** What one store lacks. Each is seen to be lacking: whoever gets it some day must take it off the record. */
export type Lacks = { readonly [F in Feature]?: Lack };

declare module 'vitest' {
  interface TaskMeta {
    lack?: { readonly feature: Feature; readonly why: string };
  }
}

/** Declares a check of a feature that not every store has. On a store that lacks it the check must fail, as its record says. */
export function needing(given: Given, feature: Feature): (name: string, check: () => Promise<void>) => void {
  const lack = given.lacks[feature];
  if (!lack) return (name, check) => void test(name, check);
  const { why, seen } = lack;
  return (name, check) =>
    void test(name, { meta: { lack: { feature, why } } }, async () => {
      const failure: unknown = await check().then(
        () => new Error(`passes: this store has ${features[feature]} after all; take it off the record of its lacks`),
        (error: unknown) => error,
      );
      expect(failure instanceof Error ? failure.message : String(failure)).toMatch(seen);
    });
}
