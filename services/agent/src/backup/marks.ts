import { checkArtifact, suspectKey, type CatalogueEntry, type Finding, type Measured } from '@holdfast/core';
import { markDamage, markOf, proveChains, readBack, writeMark } from '@holdfast/storage';
import type { Manifest } from '@holdfast/types';
import type { Desk, Folder } from './transfer.ts';

/** An artifact that was found spoiled before it counted gets a mark instead of a manifest: whoever looks next takes it for what it is. */
export async function reject(
  manifest: Manifest,
  message: string,
  folder: Folder,
  { context, runLog }: Desk,
  signal: AbortSignal,
): Promise<void> {
  const foundAt = context.clock.now();
  const found = { run: context.plan.run, reason: 'VerificationFailed', message, at: foundAt };
  const mark = markOf({ manifest }, found);
  await writeMark(context.store, mark, signal);
  const { run: artifactRun, artifact, artifactTime } = manifest;
  const [key, foundBy] = [suspectKey(mark.run, manifest), mark.run];
  folder.marks.push({ ...mark, key, foundBy, artifactRun, artifact, artifactAt: new Date(artifactTime), foundAt });
  folder.rejected.push({ database: manifest.database, message });
  runLog.say(`${message}; it does not count, and the next run of ${manifest.database} is a FULL`);
}

/** Artifacts that the engine does not find as their manifests say are looked at in the store: what is gone or changed there is marked. */
export async function markDamaged(missing: readonly CatalogueEntry[], folder: Folder, desk: Desk): Promise<void> {
  const { context, runLog } = desk;
  const { store, clock, plan, signal } = context;
  for (const entry of missing) {
    if (entry.suspect) continue;
    const finding = await findingOf(entry, desk);
    if (!finding) continue;
    const at = clock.now();
    await writeMark(store, markOf(entry, { run: plan.run, ...finding, at }), signal);
    const { reason, message } = finding;
    const index = folder.entries.findIndex(({ key }) => key === entry.key);
    folder.entries[index] = { ...entry, suspect: { foundBy: plan.run, reason, message, time: at } };
    runLog.say(`${message}; chain ${entry.manifest.chain} ends before it`);
  }
}

/** The last look before the end: every object of the chains that this run made or extended must still be what its manifest says. */
export async function proveWhatCounts(folder: Folder, { context, runLog }: Desk): Promise<readonly Finding[]> {
  const { store, clock, plan, signal } = context;
  if (signal.aborted) return []; // whoever reads the result looks for itself
  const { entries } = folder;
  const proof = await proveChains(store, { run: plan.run, entries }, signal);
  const at = clock.now();
  await markDamage(store, proof, { run: plan.run, at, signal });
  for (const { entry, finding } of proof.damaged) {
    const { reason, message } = finding;
    runLog.say(message);
    entries[entries.indexOf(entry)] = { ...entry, suspect: { foundBy: plan.run, reason, message, time: at } };
  }
  return proof.findings;
}

/** What the store says costs little; only where it finds nothing is the artifact read. */
async function findingOf({ manifest }: CatalogueEntry, { context }: Desk): Promise<Finding | undefined> {
  const { store, signal } = context;
  const measured = new Map<string, Measured>();
  for (const { key } of manifest.objects) {
    const stored = await store.head(key, signal);
    if (stored) measured.set(key, stored);
  }
  const [told] = checkArtifact(manifest, measured);
  if (told) return told;
  for (const object of manifest.objects) {
    if (!object.digest) continue;
    const read = await readBack(store, object, { digest: object.digest, signal });
    if (read.kind === 'spoiled') return read.finding;
  }
  return undefined;
}
