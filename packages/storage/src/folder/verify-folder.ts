import { type CatalogueEntry, checkArtifact, type Finding, type Measured } from '@holdfast/core';
import type { ProvenArtifact, StoredObject, VerifiedSlice } from '@holdfast/types';
import { eachOf } from '../each-of.ts';
import type { ObjectStore } from '../object-store.ts';
import { type Proofs, readProofs, writeProof } from './proofs.ts';
import { readBack } from './read-back.ts';
import { type MarkedCatalogue, readCatalogue } from './read-catalogue.ts';
import { markOf, writeMark } from './suspect-marks.ts';

export interface VerifyFolderOptions {
  /** Run that looks. */
  readonly run: string;
  /** What was proven since then is not read again. */
  readonly round: Date;
  readonly now: () => Date;
  /** Asked before every artifact; true ends the slice there. */
  readonly enough: () => boolean;
  /** Ends the slice in the middle of an artifact, whose reading then begins anew in the next one. */
  readonly halt: AbortSignal;
  /** Ends everything, as an error. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * One slice of a verification: reads back what no earlier slice of the round has read, oldest proof first. What was proven is written down as
 * it goes, so that whoever comes next goes on there; what is missing or spoiled is marked, and a mark goes when the artifact is found well
 * again. The last slice of a round removes the proofs of earlier rounds.
 */
export async function verifyFolder(store: ObjectStore, options: VerifyFolderOptions): Promise<VerifiedSlice> {
  const { signal, round } = options;
  const catalogue = await readCatalogue(store, signal);
  const proofs = await readProofs(store, signal);
  const isDone = (entry: CatalogueEntry) => lookedAt(entry, proofs) >= round.getTime();
  const todo = catalogue.entries
    .filter((entry) => !isDone(entry))
    .toSorted((a, b) => lookedAt(a, proofs) - lookedAt(b, proofs) || a.key.localeCompare(b.key));
  const look = openLook(store, { ...options, proofs, marks: catalogue.marks });
  try {
    await eachOf(todo, { limit: artifactsAtOnce, signal }, (entry) => look.at(entry));
  } finally {
    await look.write();
  }
  const { counts } = look;
  const remaining = todo.length - counts.proven - counts.unread - counts.spoiled;
  if (remaining === 0) await removeOldProofs(store, proofs, round, signal);
  const before = catalogue.entries.filter((entry) => isDone(entry) && !entry.suspect).length;
  return { ...counts, proven: before + counts.proven, remaining, unreadable: catalogue.unreadable.length };
}

const artifactsAtOnce = 4;
/** A document is written after so many artifacts or bytes: what a dying process has to read again. */
const documentArtifacts = 100;
const documentBytes = 1024 ** 3;
/** An artifact that was read for so long and has not ended is too large for the time that there is. */
const patienceMs = 5 * 60_000;

/** When it was looked at to its end. What was found spoiled then is not read again in the same round. */
function lookedAt({ manifest, suspect }: CatalogueEntry, proofs: Proofs): number {
  if (suspect) return suspect.time.getTime();
  const { level, time } = manifest.verified;
  const own = level === 'objects' ? -Infinity : Date.parse(time);
  return Math.max(own, Date.parse(proofs.of(manifest)?.time ?? '') || -Infinity);
}

interface Looking extends VerifyFolderOptions {
  readonly proofs: Proofs;
  readonly marks: MarkedCatalogue['marks'];
}

function openLook(store: ObjectStore, options: Looking) {
  const { run, now, enough, halt, signal } = options;
  const counts = { proven: 0, unread: 0, spoiled: 0, bytes: 0 };
  let pending: ProvenArtifact[] = [];
  let bytesSince = 0;
  const write = async () => {
    const artifacts = pending;
    [pending, bytesSince] = [[], 0];
    if (artifacts.length > 0) await writeProof(store, { v: 1, run, time: now().toISOString(), artifacts });
  };
  const keep = async (entry: CatalogueEntry, level: ProvenArtifact['level'], digests: ProvenArtifact['digests']) => {
    const { manifest } = entry;
    pending.push({ run: manifest.run, artifact: manifest.artifact, level, time: now().toISOString(), digests });
    bytesSince += level === 'content' ? manifest.bytes : 0;
    if (pending.length >= documentArtifacts || bytesSince >= documentBytes) await write();
  };
  const at = async (entry: CatalogueEntry) => {
    if (enough() || halt.aborted) return;
    const began = performance.now();
    try {
      const seen = await lookAt(store, entry, { ...options, signal: signal ? AbortSignal.any([signal, halt]) : halt });
      if (seen.finding) {
        counts.spoiled += 1;
        await writeMark(store, markOf(entry, { run, ...seen.finding, at: now() }), signal);
        return;
      }
      counts.proven += 1;
      counts.bytes += entry.manifest.bytes;
      await keep(entry, 'content', seen.digests);
      await liftMarks(store, entry, options);
    } catch (error) {
      if (!halt.aborted || signal?.aborted) throw error;
      if (performance.now() - began < patienceMs) return;
      counts.unread += 1;
      await keep(entry, 'objects', options.proofs.of(entry.manifest)?.digests ?? []);
    }
  };
  return { at, write, counts };
}

type Seen =
  | { readonly finding: Finding }
  | { readonly finding?: undefined; readonly digests: ProvenArtifact['digests'] };

/** First what the store says of the objects, which costs little, then every byte. */
async function lookAt(store: ObjectStore, entry: CatalogueEntry, { proofs, signal }: Looking): Promise<Seen> {
  const { manifest } = entry;
  const measured = new Map<string, Measured>();
  for (const { key } of manifest.objects) {
    const stored = await store.head(key, signal);
    if (stored) measured.set(key, stored);
  }
  const [finding] = checkArtifact(manifest, measured);
  if (finding) return { finding };
  const digests: ProvenArtifact['digests'] = [];
  for (const object of manifest.objects) {
    const digest = storedDigest(object, manifest.encryption !== undefined) ?? proofs.digestOf(manifest, object.key);
    const read = await readBack(store, object, { digest, signal });
    if (read.kind === 'spoiled') return { finding: read.finding };
    if (!object.digest || read.digest !== object.digest) digests.push({ key: object.key, digest: read.digest });
  }
  return { digests };
}

/** What was digested before its encryption says nothing of the stored bytes. */
function storedDigest({ digest }: StoredObject, encrypted: boolean): StoredObject['digest'] {
  return encrypted && digest?.of === 'plain' ? undefined : digest;
}

/** Somebody brought the object back, from a version say: it is well again. */
async function liftMarks(store: ObjectStore, { manifest }: CatalogueEntry, { marks, signal }: Looking): Promise<void> {
  const own = marks.filter(
    ({ artifactRun, artifact }) => artifactRun === manifest.run && artifact === manifest.artifact,
  );
  for (const { key, reason } of own)
    if (reason === 'ArtifactMissing' || reason === 'ArtifactChanged') await store.remove(key, signal);
}

async function removeOldProofs(
  store: ObjectStore,
  { documents }: Proofs,
  round: Date,
  signal: AbortSignal | undefined,
): Promise<void> {
  const old = documents.filter(({ at }) => at < round).map(({ key }) => key);
  if (old.length > 0) await store.removeMany(old, signal);
}
