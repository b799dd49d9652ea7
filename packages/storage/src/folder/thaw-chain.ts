import { archivedKey, archiveFolder, isChainStep, thawedFolder, thawedKey } from '@holdfast/core';
import { BackupError, type Archived, type ThawResult } from '@holdfast/types';
import { eachOf } from '../each-of.ts';
import type { ObjectStore, Thawed } from '../object-store.ts';
import { readArchived } from './archive-chain.ts';
import { listArchive } from './read-archive.ts';
import { removeAll } from './remove-artifact.ts';

export interface ThawChainOptions {
  /** Asked before the store is asked for anything; false ends it there. */
  readonly guard: () => Promise<boolean>;
  readonly signal?: AbortSignal | undefined;
}

/** How long a store that takes back by itself keeps a chain readable; it is asked again as long as somebody wants the chain. */
const thawDays = 7;
const asksAtOnce = 8;
const mostNamed = 5;

/**
 * Looks how far the objects of an archived chain can be read, and asks the store for those that cannot; the archive stays as it is. May be
 * repeated at any time.
 * @returns undefined when the guard said stop
 * @throws BackupError `ArtifactMissing`, terminal, for an object that the archive speaks of and that is not there
 */
export async function thawChain(
  store: ObjectStore,
  chain: string,
  { guard, signal }: ThawChainOptions,
): Promise<ThawResult | undefined> {
  const documents = isChainStep(chain) ? await documentsOf(store, chain, signal) : [];
  if (documents.length === 0) return notArchived(store, chain, signal);
  if (!(await guard())) return undefined;
  const keys = documents.flatMap(({ objects }) => objects.map(({ key }) => key));
  const found: Thawed[] = [];
  await eachOf(keys, { limit: asksAtOnce, signal }, async (key) => {
    found.push(await thawObject(store, chain, { key, signal }));
  });
  const readable = found.filter((thawed) => thawed.state === 'Readable');
  const untils = readable.flatMap(({ until }) => until ?? []).map(Number);
  const counts = { chain, objects: keys.length, readable: readable.length };
  if (readable.length < keys.length) {
    const message = `${readable.length} of ${keys.length} objects of chain ${chain} can be read; the store takes hours for the others`;
    return { ...counts, state: 'Coming', message };
  }
  const isCopied = readable.some(({ key }) => key.startsWith(thawedFolder));
  const folder = isCopied ? thawedKey(chain, 'artifacts/') : archivedKey(chain, 'artifacts/');
  const until = untils.length > 0 ? new Date(Math.min(...untils)).toISOString() : undefined;
  const message = `chain ${chain} can be read from ${folder}${until ? ` until ${until}, and then again` : ''}, as long as the annotation names it`;
  return { ...counts, state: 'Readable', message, folder, ...(until && { until }) };
}

/**
 * Removes the readable copies of a chain that nobody asks for any more; what a store made readable in its place, it takes back itself.
 * @returns false when the guard said stop
 */
export async function endThaw(
  store: ObjectStore,
  chain: string,
  { guard, signal }: ThawChainOptions,
): Promise<boolean> {
  if (!isChainStep(chain)) return true; // nothing was ever made readable under such a name
  const copies = await Array.fromAsync(store.list(thawedKey(chain, ''), signal), ({ key }) => key);
  if (copies.length === 0) return true;
  if (!(await guard())) return false;
  await removeAll(store, copies, signal);
  return true;
}

async function documentsOf(store: ObjectStore, chain: string, signal: AbortSignal | undefined): Promise<Archived[]> {
  const documents: Archived[] = [];
  for await (const { key } of store.list(archivedKey(chain, 'manifests/'), signal)) {
    const read = await readArchived(store, key, signal);
    if (read.kind === 'read') documents.push(read.value);
    if (read.kind === 'unreadable')
      throw new BackupError(
        'UnreadableManifest',
        'terminal',
        `${store.place}: "${key}" cannot be read: ${read.problem}`,
      );
  }
  return documents;
}

async function thawObject(
  store: ObjectStore,
  chain: string,
  { key, signal }: { key: string; signal: AbortSignal | undefined },
): Promise<Thawed> {
  const copyTo = thawedKey(chain, key.slice(archivedKey(chain, '').length));
  const thawed = store.thaw
    ? await store.thaw(key, { copyTo, days: thawDays, signal })
    : (await store.head(key, signal)) && { state: 'Readable' as const, key };
  if (thawed) return thawed;
  const message = `${store.place}: "${key}" of the archived chain ${chain} is not there any more, so the chain cannot be restored`;
  throw new BackupError('ArtifactMissing', 'terminal', message);
}

async function notArchived(store: ObjectStore, chain: string, signal: AbortSignal | undefined): Promise<ThawResult> {
  const known = (await listArchive(store, signal)).map((entry) => entry.chain);
  const named = known.slice(0, mostNamed).join(', ');
  const there =
    known.length === 0
      ? 'nothing is archived'
      : `${archiveFolder} holds ${named}${known.length > mostNamed ? ` and ${known.length - mostNamed} more` : ''}`;
  const shown = JSON.stringify(chain).slice(1, -1).slice(0, 100);
  return {
    chain,
    state: 'NotArchived',
    message: `no archived chain is named ${shown}: ${there}`,
    objects: 0,
    readable: 0,
  };
}
