/** What inspect knows of one artifact: the fields of its header. */
export interface Header {
  readonly database: string;
  readonly databaseId: string;
  /** ISO, UTC, whole seconds. */
  readonly time: string;
  readonly full: boolean;
  readonly recovered: boolean;
  readonly compressed: boolean;
  readonly lowestTx: number;
  readonly highestTx: number;
}

/** An empty DIFF: nothing had happened. It is nobody's parent and no link of a chain. */
export function isEmpty({ full, highestTx }: Pick<Header, 'full' | 'highestTx'>): boolean {
  return !full && highestTx === 0;
}

/** By transaction, then by time: the order in which the database lived. */
export function byAge(a: Header, b: Header): number {
  return a.highestTx - b.highestTx || a.time.localeCompare(b.time);
}

/**
 * The parent of a new DIFF of this database: its latest backup that is not empty; with `preferDiff` its latest such
 * DIFF, where there is one. Another identity under the same name is no relative.
 */
export function parentFor<H extends Header>(
  headers: readonly H[],
  databaseId: string,
  preferDiff: boolean,
): H | undefined {
  const own = headers.filter((header) => header.databaseId === databaseId && !isEmpty(header)).sort(byAge);
  return (preferDiff ? own.findLast(({ full }) => !full) : undefined) ?? own.at(-1);
}

/**
 * The chain that ends with `last`: its FULL, then every DIFF that joins without a gap. A DIFF begins one after the end
 * of what it stands on; the first DIFF may also reach back into the FULL where `overlap` is allowed (2026.02).
 * `undefined` when a link is missing. An empty DIFF brings what the latest backup before it brings.
 */
export function chainTo<H extends Header>(headers: readonly H[], last: H, overlap: boolean): H[] | undefined {
  const relatives = headers.filter((header) => header.databaseId === last.databaseId && !isEmpty(header)).sort(byAge);
  if (last.full) return [last];
  if (!isEmpty(last)) return joined(relatives, last, overlap);
  const before = relatives.findLast(({ time }) => time <= last.time);
  return before && chainTo(headers, before, overlap);
}

function joined<H extends Header>(relatives: readonly H[], last: H, overlap: boolean): H[] | undefined {
  for (const parent of relatives.toReversed()) {
    if (parent === last || !joins(parent, last, overlap)) continue;
    const before = parent.full ? [parent] : joined(relatives, parent, overlap);
    if (before) return [...before, last];
  }
  return undefined;
}

function joins(parent: Header, child: Header, overlap: boolean): boolean {
  if (child.lowestTx === parent.highestTx + 1) return true;
  return overlap && parent.full && child.lowestTx <= parent.highestTx && child.highestTx > parent.highestTx;
}
