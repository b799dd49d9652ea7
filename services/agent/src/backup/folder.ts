import { chains, placeArtifacts, type InspectRow } from '@holdfast/core';
import { finishRemovals, readCatalogue, writeManifest } from '@holdfast/storage';
import { noteMade } from './made.ts';
import { manifestOf, type Origin } from './manifest-of.ts';
import type { Folder, OpenDesk } from './transfer.ts';

/** Compares what the engine sees with what manifests say; adopts what a dead predecessor left. */
export async function lookAtFolder(desk: OpenDesk): Promise<Folder> {
  const { context, runLog, transfer } = desk;
  const { store, signal } = context;
  // What a removal left half done must be gone before anything without a manifest is wondered about.
  await finishRemovals(store, { guard: async () => !signal.aborted, signal });
  const { entries, unreadable } = await readCatalogue(store, signal);
  for (const { key, problem } of unreadable) runLog.say(`manifest ${key} cannot be read: ${problem}`);
  const rows = await transfer.inspect(signal);
  const folder: Folder = { entries: [...entries], seen: new Set(rows.map(({ file }) => file)) };
  const unfit = await transfer.explain(rows, folder);
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
  { context, engine, runLog, transfer }: OpenDesk,
  signal: AbortSignal,
): Promise<void> {
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
    const given = { plan, origin, place, engineVersion: engine.version, now: clock.now() };
    const manifest = manifestOf(row, delivered, given);
    const { key } = await writeManifest(store, manifest, signal);
    folder.entries.push({ manifest, key, modifiedAt: clock.now() });
    await transfer.counted(manifest);
  }
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
