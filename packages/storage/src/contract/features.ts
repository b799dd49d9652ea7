/** What not every store has. */
export const features = {
  archive: 'a class of its own that is cheap to keep',
  sleep: 'archived objects that are read only after a thaw',
  ownProof: 'a checksum of its own that proves the digest of what was written',
  ownProofOfParts: 'the same for what was written in several parts',
  ownProofOfCopies: 'the same for a copy in several parts',
  copyOnce: 'one winner among copies to one key at the same moment',
  createOnce: 'one winner among writers of one key at the same moment',
  removeTogether: 'an answer for each of two that remove one key at the same moment',
  keyAbove: 'an object whose key is also the folder of others',
  longSteps: 'steps of a key that are longer than 255 bytes',
} as const;

export type Feature = keyof typeof features;

export interface Lack {
  readonly why: string;
  /** What a check that needs the feature fails with; absent where the check says what holds instead. */
  readonly seen?: RegExp;
}

/** What one store lacks. Each is seen to be lacking: whoever gets it some day must take it off the record. */
export type Lacks = { readonly [F in Feature]?: Lack };
