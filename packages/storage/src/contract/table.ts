/** How many checks of one operation a store passed; of them, how many are of a feature that it was seen to lack. */
export interface Tally {
  readonly checks: number;
  readonly lacking: number;
}

/** The page with the table, from the repository's root. */
export const tablePath = 'docs/stores-tested.md';

export const notAsked = '–';

/** What the table says of one store and one operation. */
export function cellOf(tally: Tally | undefined): string {
  if (!tally) return notAsked;
  const { checks, lacking } = tally;
  return lacking > 0 ? `${checks - lacking}, lacks ${lacking}` : String(checks);
}

/** A table line. */
export function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ')).join(' | ')} |`;
}

/** The sentence of a check, as the page lists it. */
export function bullet(sentence: string): string {
  return `- ${sentence.replaceAll(/[\\`*_<>[\]~&#]/g, String.raw`\$&`).replaceAll('\n', ' ')}`;
}

/** What the page says of one store, by each operation that was asked; empty where it does not know the store. */
export function cellsOf(page: string, store: string): Map<string, string> {
  const cells = new Map<string, string>();
  let column = -1;
  for (const text of page.split('\n')) {
    if (text.startsWith('|---')) continue;
    const row = text.startsWith('| ') ? text.slice(2, -2).split(' | ') : undefined;
    if (!row) column = -1;
    else if (row[0] === 'Operation') column = row.indexOf(store);
    else if (column > 0 && row[0] !== undefined && row[column] !== notAsked) cells.set(row[0], row[column] ?? '');
  }
  return cells;
}

/** The checks that the page lists of one operation, as bullets. */
export function bulletsOf(page: string, operation: string): string[] {
  const section = page.split('\n### ').find((text) => text.startsWith(`${operation}\n`)) ?? '';
  return section.split('\n').filter((text) => text.startsWith('- '));
}
