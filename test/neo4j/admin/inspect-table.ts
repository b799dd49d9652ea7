import { createHash } from 'node:crypto';
import type { Context } from './context.ts';
import type { FoundArtifact } from './inventory.ts';
import { has } from './version.ts';

type Column = readonly [header: string, cell: (artifact: FoundArtifact) => string];

/** The table of inspect, right-aligned, with the columns of this version. */
export function inspectTable(
  rows: readonly FoundArtifact[],
  { version, settings }: Pick<Context, 'version' | 'settings'>,
  { timeHeader, withMetadata }: { timeHeader: string; withMetadata: boolean },
): string {
  const hash: Column = ['STORE ID HASH', ({ databaseId }) => storeIdHash(databaseId)];
  const metadata: readonly Column[] = [
    ['DATABASE', ({ database }) => database],
    ['DATABASE ID', ({ databaseId }) => databaseId],
    [timeHeader, ({ time }) => time.slice(0, 19)],
    ['FULL', ({ full }) => String(full)],
    ['COMPRESSED', ({ compressed }) => String(compressed)],
    ['LOWEST TX', ({ lowestTx }) => String(lowestTx)],
    ['HIGHEST TX', ({ highestTx }) => String(highestTx)],
    ...((settings.storeIdHash ?? has(version, '2026.01')) ? [hash] : []),
    ...(has(version, '2025.06') ? [['RECOVERED', ({ recovered }) => String(recovered)] satisfies Column] : []),
  ];
  const columns: readonly Column[] = [['FILE', ({ uri }) => uri], ...(withMetadata ? metadata : [])];
  const cells = [columns.map(([header]) => header), ...rows.map((row) => columns.map(([, cell]) => cell(row)))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  return cells
    .map((line) => `| ${line.map((cell, index) => cell.padStart(widths[index] ?? 0)).join(' | ')} |`)
    .join('\n');
}

function storeIdHash(databaseId: string): string {
  return createHash('sha1').update(databaseId).digest('hex').slice(0, 10);
}
