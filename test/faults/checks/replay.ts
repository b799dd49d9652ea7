import type { Manifest } from '@holdfast/types';
import type { StoreEvent } from '../../cluster/store/store-events.ts';
import type { Allowances, Breach, Evidence, SeenFolder } from '../evidence.ts';
import { isWritten } from './one-run.ts';

/**
 * I4 and I5: the store's diary is played again, and after each change every manifest that stands has its objects and its parent's manifest,
 * at most one artifact is in removal, and what is removed is never a part of its database's newest chain.
 */
export function chainsStayWhole({ folders, backups }: Evidence, { spoiled = [] }: Allowances): Breach[] {
  const nameOf = (uid: string) => backups.find(({ metadata }) => metadata.uid === uid)?.metadata.name ?? uid;
  return folders
    .filter(({ backupUid }) => !spoiled.includes(nameOf(backupUid)))
    .flatMap((folder) => replay(folder).map((breach) => `${breach} (${nameOf(folder.backupUid)})`));
}

function replay(folder: SeenFolder): Breach[] {
  const breaches = new Set<Breach>();
  const keys = new Set<string>();
  // A folder without a diary is looked at once, as it is.
  if (!folder.diary) for (const key of folder.objects.keys()) keys.add(key);
  const look = () => brokenLinks(folder, keys).forEach((breach) => breaches.add(breach));
  for (const event of folder.diary ?? []) {
    if (event.status >= 300) continue;
    if (isWritten(event)) keys.add(event.key);
    if (event.operation !== 'remove') continue;
    for (const breach of newestRemoved(folder, keys, event)) breaches.add(breach);
    keys.delete(event.key);
    look();
    const inRemoval = halfRemoved(folder, keys);
    if (inRemoval.length > 1)
      breaches.add(`I4: at ${event.at} ${inRemoval.join(' and ')} were in removal at the same time`);
  }
  look();
  return [...breaches];
}

function standing({ manifests }: SeenFolder, keys: ReadonlySet<string>): Manifest[] {
  return [...manifests].filter(([key]) => keys.has(key)).map(([, manifest]) => manifest);
}

function brokenLinks(folder: SeenFolder, keys: ReadonlySet<string>): Breach[] {
  const present = standing(folder, keys);
  const artifacts = new Set(present.map(({ artifact }) => artifact));
  return present.flatMap(({ artifact, objects, parent }) => [
    ...objects.filter(({ key }) => !keys.has(key)).map(({ key }) => `I4: ${artifact} counted while ${key} was gone`),
    ...(parent !== undefined && !artifacts.has(parent)
      ? [`I4: ${artifact} counted while its parent ${parent} did not`]
      : []),
  ]);
}

/** Artifacts whose manifest was there, is gone, and that are still there themselves. */
function halfRemoved({ manifests }: SeenFolder, keys: ReadonlySet<string>): string[] {
  const named = new Set(
    [...manifests].filter(([key]) => keys.has(key)).flatMap(([, { objects }]) => objects.map(({ key }) => key)),
  );
  return [...manifests]
    .filter(([key, manifest]) => !keys.has(key) && wasThere(manifest) && manifest.objects.some(isLeft))
    .map(([, { artifact }]) => artifact);

  function isLeft({ key }: { key: string }): boolean {
    return keys.has(key) && !named.has(key);
  }

  /** A manifest that is yet to be written is not in removal: its note stands while it is. */
  function wasThere({ run }: Manifest): boolean {
    return [...keys].some((key) => key.startsWith(`removing/${run}/`));
  }
}

function newestRemoved(folder: SeenFolder, keys: ReadonlySet<string>, { key, at }: StoreEvent): Breach[] {
  const manifest = keys.has(key) ? folder.manifests.get(key) : undefined;
  if (!manifest) return [];
  const present = standing(folder, keys).filter(({ databaseId }) => databaseId === manifest.databaseId);
  const newest = present.toSorted((a, b) => b.startTime.localeCompare(a.startTime))[0];
  return newest?.chain === manifest.chain
    ? [`I5: at ${at} ${key} was removed although it belonged to the newest chain of ${manifest.database}`]
    : [];
}
