import { join } from 'node:path';
import { artifactsFolder, chains, placeArtifacts, type InspectRow, type Placement } from '@holdfast/core';
import { decrypt } from '@holdfast/encryption';
import { finishRemovals, readCatalogue, writeManifest } from '@holdfast/storage';
import { noteMade } from './made.ts';
import { manifestOf, type Origin } from './manifest-of.ts';
import { reject } from './marks.ts';
import type { Delivered, Folder, OpenDesk } from './transfer.ts';
import { verifyArtifact, type Arrived, type Verified } from './verify.ts';

/** Compares what the engine sees with what manifests say; adopts what a dead predecessor left. */
export async function lookAtFolder(desk: OpenDesk): Promise<Folder> {
  const { context, runLog, transfer } = desk;
  const { store, signal } = context;
  // What a removal left half done must be gone before anything without a manifest is wondered about.
  const { locked } = await finishRemovals(store, { guard: async () => !signal.aborted, signal });
  const leaving = new Set(locked.map(({ entry }) => entry.manifest.artifact));
  for (const { error } of locked) runLog.say(`an earlier removal is not finished: ${error.message}`);
  const { entries, unreadable, marks } = await readCatalogue(store, signal);
  for (const { key, problem } of unreadable) runLog.say(`manifest ${key} cannot be read: ${problem}`);
  const rows = await transfer.inspect(signal);
  const seen = new Set(rows.map(({ file }) => file));
  const folder: Folder = { entries: [...entries], seen, marks: [...marks], rejected: [], remarks: [] };
  const unfit = await transfer.explain(
    rows.filter(({ file }) => !leaving.has(file)),
    folder,
  );
  const forceFull = unreadable.length > 0 ? 'UnreadableManifest' : unfit;
  return { ...folder, ...(forceFull && { forceFull }) };
}

/** Manifests for what appeared since the engine was started. */
export async function recordNew(folder: Folder, desk: OpenDesk, startedAt: Date): Promise<void> {
  const { context, transfer } = desk;
  const grace = graceAfter(context.signal);
  try {
    const fresh = (await transfer.inspect(grace.signal)).filter(({ file }) => !folder.seen.has(file));
    const { run, attempt } = context.plan;
    // One alone was asked for by name, so its successor knows it anyway.
    if (transfer.place.kind !== 'store' && fresh.length > 1)
      await noteMade(
        context,
        fresh.map(({ database }) => database),
        grace.signal,
      );
    await recordRows(fresh, { run, attempt, origin: 'written', startedAt }, folder, desk, grace.signal);
  } finally {
    grace.end();
  }
}

/**
 * Makes each artifact that is really there count: from what the engine says of it and what the store holds of it to its manifest. Manifests
 * come last.
 */
export async function recordRows(
  rows: readonly InspectRow[],
  origin: Origin,
  folder: Folder,
  desk: OpenDesk,
  signal: AbortSignal,
): Promise<void> {
  const { context, engine, runLog, transfer } = desk;
  const { store, clock, plan } = context;
  const rule = {
    engineVersion: engine.version,
    preferDiffAsParent: plan.engine?.options.some((option) => option.startsWith('--prefer-diff-as-parent')) ?? false,
  };
  const places = placeArtifacts(rows, chains(folder.entries), rule);
  for (const row of rows) {
    folder.seen.add(row.file);
    const delivered = await transfer.deliver(row, signal);
    const place = places.get(row.file);
    if (!delivered || !place) {
      runLog.say(`artifact ${row.file} is listed by the engine and holds nothing; it gets no manifest`);
      continue;
    }
    const verdict = await verifyDelivered({ row, place, delivered }, desk, signal);
    const level = verdict.kind === 'proven' ? verdict.level : 'objects';
    const given = { plan, origin, place, level, engineVersion: engine.version, now: clock.now() };
    const manifest = manifestOf(row, { ...delivered, ...verdict }, given);
    if (verdict.kind === 'rejected') {
      await reject(manifest, verdict.message, folder, desk, signal);
      continue;
    }
    if (verdict.remark) folder.remarks.push(verdict.remark);
    const { key } = await writeManifest(store, manifest, signal);
    folder.entries.push({ manifest, key, modifiedAt: clock.now() });
    await transfer.counted(manifest);
  }
}

/** Without `verifyBackup`, that the objects are there is all that is proven. */
async function verifyDelivered(
  { row, place, delivered }: { row: InspectRow; place: Placement; delivered: Delivered },
  { context, engine, runLog, transfer }: OpenDesk,
  signal: AbortSignal,
): Promise<Verified> {
  const { objects } = delivered;
  if (!context.plan.engine?.verify) return { kind: 'proven', level: 'objects', objects };
  const folder =
    transfer.place.kind === 'store'
      ? context.storeFolder && join(context.storeFolder, artifactsFolder)
      : transfer.place.path;
  const localFile = folder && join(folder, row.file);
  const open = opener(delivered, context);
  return verifyArtifact({ row, place, objects, localFile, open }, { context, version: engine.version, runLog }, signal);
}

/** The key that the artifact was just written with. */
function opener({ encryption }: Delivered, { keys }: OpenDesk['context']): Arrived['open'] {
  const key = encryption && keys?.find(encryption.keyFingerprint)?.key;
  return key && ((stored, name) => decrypt(stored, { key, associatedData: name }));
}

/** Time for what is finished after the pod was told to stop; shorter than the pod's grace period. */
const recordingMs = 45_000;

/** A signal that fires that much later than another: what is finished is worth recording before the pod goes. */
function graceAfter(signal: AbortSignal): { readonly signal: AbortSignal; end(): void } {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const told = () => (timer = setTimeout(() => late.abort(signal.reason), recordingMs));
  if (signal.aborted) told();
  signal.addEventListener('abort', told, { once: true });
  const end = () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', told);
  };
  return { signal: late.signal, end };
}
