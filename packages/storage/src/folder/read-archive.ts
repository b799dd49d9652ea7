import { archiveFolder, parseKey } from '@holdfast/core';
import { eachOf } from '../each-of.ts';
import type { ObjectStore } from '../object-store.ts';
import { readArchived } from './archive-chain.ts';

/** One archived chain as a listing shows it. */
export interface ArchivedChainEntry {
  readonly chain: string;
  readonly artifacts: number;
  readonly bytes: number;
  /** When its last artifact was archived, by the store's clock. */
  readonly archivedAt: Date;
  /** A key of one of its documents, whose words hold for the chain. */
  readonly document: string;
}

/** The chains of the archive, newest first: what has no document yet is none. One listing, and nothing is read. */
export async function listArchive(store: ObjectStore, signal?: AbortSignal): Promise<ArchivedChainEntry[]> {
  const found = new Map<string, { artifacts: number; bytes: number; archivedAt: Date; document: string }>();
  for await (const { key, bytes, modifiedAt } of store.list(archiveFolder, signal)) {
    const parsed = parseKey(key);
    if (parsed?.kind !== 'archived') continue;
    const chain = found.get(parsed.chain) ?? { artifacts: 0, bytes: 0, archivedAt: new Date(0), document: '' };
    found.set(parsed.chain, chain);
    if (parsed.of.kind === 'artifact') chain.bytes += bytes;
    else {
      chain.artifacts += 1;
      chain.document = key;
      if (modifiedAt > chain.archivedAt) chain.archivedAt = modifiedAt;
    }
  }
  return [...found]
    .filter(([, { artifacts }]) => artifacts > 0)
    .map(([chain, told]) => ({ chain, ...told }))
    .toSorted((a, b) => b.archivedAt.getTime() - a.archivedAt.getTime() || (a.chain < b.chain ? -1 : 1));
}

/** What people read of the archive: all of it in numbers, and the newest chains by name. */
export interface ArchiveSummary {
  readonly chains: number;
  readonly artifacts: number;
  readonly bytes: number;
  readonly newest: readonly NamedArchive[];
}

export interface NamedArchive extends Pick<ArchivedChainEntry, 'chain' | 'artifacts' | 'bytes' | 'archivedAt'> {
  readonly database: string;
  readonly storageClass?: string;
  readonly minimumUntil?: Date;
}

const mostNamed = 20;
const readsAtOnce = 8;

export async function summarizeArchive(store: ObjectStore, signal?: AbortSignal): Promise<ArchiveSummary> {
  const chains = await listArchive(store, signal);
  const named: NamedArchive[] = [];
  await eachOf([...chains.slice(0, mostNamed).entries()], { limit: readsAtOnce, signal }, async ([index, entry]) => {
    const { chain, artifacts, bytes, archivedAt, document } = entry;
    const read = await readArchived(store, document, signal);
    if (read.kind !== 'read') return; // counted, and nothing can be said of it
    const { storageClass, minimumUntil, manifest } = read.value;
    named[index] = {
      chain,
      database: manifest.database,
      artifacts,
      bytes,
      archivedAt,
      ...(storageClass !== undefined && { storageClass }),
      ...(minimumUntil !== undefined && { minimumUntil: new Date(minimumUntil) }),
    };
  });
  return {
    chains: chains.length,
    artifacts: chains.reduce((sum, { artifacts }) => sum + artifacts, 0),
    bytes: chains.reduce((sum, { bytes }) => sum + bytes, 0),
    newest: named.filter((entry) => entry !== undefined),
  };
}
