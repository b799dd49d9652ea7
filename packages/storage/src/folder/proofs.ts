import { parseKey, proofKey, proofsFolder } from '@holdfast/core';
import { type Digest, type Proof, proofSchema, type ProvenArtifact } from '@holdfast/types';
import { eachOf } from '../each-of.ts';
import type { ObjectStore } from '../object-store.ts';
import { readTyped } from './documents.ts';

/** What verifications know, newest word for each artifact. */
export interface Proofs {
  of(artifact: { readonly run: string; readonly artifact: string }): ProvenArtifact | undefined;
  /** Digest that an earlier reading established. */
  digestOf(artifact: { readonly run: string; readonly artifact: string }, key: string): Digest | undefined;
  /** Documents, and when they were written. */
  readonly documents: readonly { readonly key: string; readonly at: Date }[];
}

/** Reads all proofs of a folder. One that cannot be read proves nothing, and what it told of is read again. */
export async function readProofs(store: ObjectStore, signal?: AbortSignal): Promise<Proofs> {
  const newest = new Map<string, ProvenArtifact>();
  const documents: { key: string; at: Date }[] = [];
  const listed = await Array.fromAsync(store.list(proofsFolder, signal));
  await eachOf(listed, { limit: readsAtOnce, signal }, async ({ key, modifiedAt }) => {
    if (parseKey(key)?.kind !== 'proof') return;
    const read = await readTyped(store, key, { schema: proofSchema, signal });
    documents.push({ key, at: read.kind === 'read' ? new Date(read.value.time) : modifiedAt });
    if (read.kind !== 'read') return;
    for (const artifact of read.value.artifacts) {
      const before = newest.get(nameOf(artifact));
      if (!before || before.time < artifact.time) newest.set(nameOf(artifact), artifact);
    }
  });
  const of: Proofs['of'] = (artifact) => newest.get(nameOf(artifact));
  return {
    of,
    digestOf: (artifact, key) => of(artifact)?.digests.find((one) => one.key === key)?.digest,
    documents,
  };
}

/** Writes the next document of a run; a number that another process took is passed over. */
export async function writeProof(store: ObjectStore, proof: Proof, signal?: AbortSignal): Promise<void> {
  const body = Buffer.from(`${JSON.stringify(proofSchema.parse(proof))}\n`, 'utf8');
  for (let number = 1; ; number += 1) {
    const { created } = await store.create(proofKey(proof.run, number), body, { signal });
    if (created) return;
  }
}

const readsAtOnce = 16;

function nameOf({ run, artifact }: { readonly run: string; readonly artifact: string }): string {
  return `${run}~${artifact}`;
}
