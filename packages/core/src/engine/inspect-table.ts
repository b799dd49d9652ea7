/** One artifact as `neo4j-admin backup inspect` describes it. */
export interface InspectRow {
  /** File name without its folder. */
  readonly file: string;
  /** As printed: `file:///…`, `s3://…`. */
  readonly uri: string;
  readonly database: string;
  readonly databaseId: string;
  readonly time: Date;
  readonly full: boolean;
  readonly compressed: boolean;
  readonly lowestTx: number;
  readonly highestTx: number;
  /** Absent where the version has no such column. */
  readonly recovered?: boolean;
}

export interface InspectTable {
  readonly rows: readonly InspectRow[];
  /** False when no header was seen: then "no rows" says nothing about the folder. */
  readonly found: boolean;
  /** Rows that could not be understood, cut short. */
  readonly unreadable: readonly string[];
}

/**
 * Reads the table by the names of its columns, so that order, added columns and lines of noise do not matter. A second header starts
 * a new table. Rows come sorted by time, then by transaction, because their order differs from version to version.
 */
export function parseInspectTable(output: string): InspectTable {
  const rows: InspectRow[] = [];
  const unreadable: string[] = [];
  let columns: Columns | undefined;
  for (const line of output.split(/\r?\n|\r/)) {
    const cells = cellsOf(line);
    if (!cells) continue;
    const header = columnsOf(cells);
    columns = header ?? columns;
    if (header || !columns) continue;
    const row = rowOf(cells, columns);
    if (row) rows.push(row);
    else unreadable.push(line.trim().slice(0, 300));
  }
  return { rows: rows.sort(byTimeThenTx), found: columns !== undefined, unreadable };
}

/** Whether an artifact carries nothing; it is then valid, and never a parent. */
export function isEmptyRow({ full, lowestTx, highestTx }: InspectRow): boolean {
  return !full && lowestTx === 0 && highestTx === 0;
}

/** Headings that stand for each field. The older entry point heads its times without a zone; they are UTC all the same. */
const headings = {
  uri: ['FILE'],
  database: ['DATABASE'],
  databaseId: ['DATABASE ID'],
  time: ['TIME (UTC)', 'TIME'],
  full: ['FULL'],
  compressed: ['COMPRESSED'],
  lowestTx: ['LOWEST TX'],
  highestTx: ['HIGHEST TX'],
  recovered: ['RECOVERED'],
} as const;

type Field = keyof typeof headings;
type Columns = Readonly<Record<Field, number>>;

/** Longest line that can be a row: a path has at most 4,096 characters, each up to nine in a URI. */
const maxLineLength = 65_536;

function cellsOf(line: string): string[] | undefined {
  if (line.length > maxLineLength) return undefined;
  const trimmed = line.trim();
  if (trimmed.length < 2 || !trimmed.startsWith('|') || !trimmed.endsWith('|')) return undefined;
  return trimmed
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
}

function columnsOf(cells: readonly string[]): Columns | undefined {
  const names = cells.map((cell) => cell.toUpperCase().replace(/\s+/g, ' '));
  const place = (field: Field) => names.findIndex((name) => headings[field].some((heading) => heading === name));
  const columns: Columns = {
    uri: place('uri'),
    database: place('database'),
    databaseId: place('databaseId'),
    time: place('time'),
    full: place('full'),
    compressed: place('compressed'),
    lowestTx: place('lowestTx'),
    highestTx: place('highestTx'),
    recovered: place('recovered'),
  };
  const { recovered: _, ...needed } = columns;
  return Object.values(needed).every((index) => index >= 0) ? columns : undefined;
}

function rowOf(cells: readonly string[], columns: Columns): InspectRow | undefined {
  const cell = (field: Field) => cells[columns[field]] ?? '';
  const [uri, database, databaseId] = [cell('uri'), cell('database'), cell('databaseId')];
  const [time, recovered] = [timeOf(cell('time')), columns.recovered < 0 ? undefined : truthOf(cell('recovered'))];
  const [full, compressed] = [truthOf(cell('full')), truthOf(cell('compressed'))];
  const [lowestTx, highestTx] = [wholeOf(cell('lowestTx')), wholeOf(cell('highestTx'))];
  const file = basename(uri);
  if (file === '' || database === '' || databaseId === '' || !time) return undefined;
  if (full === undefined || compressed === undefined || lowestTx === undefined || highestTx === undefined)
    return undefined;
  const row = { file, uri, database, databaseId, time, full, compressed, lowestTx, highestTx };
  return recovered === undefined ? row : { ...row, recovered };
}

/** Times carry no zone and are UTC. */
function timeOf(text: string): Date | undefined {
  const [, date, clock, zone] =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?$/.exec(text) ?? [];
  const time = new Date(`${date}T${clock}${(zone ?? 'Z').replace(/^(...)(\d\d)$/, '$1:$2')}`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

function truthOf(text: string): boolean | undefined {
  const word = text.toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : undefined;
}

function wholeOf(text: string): number | undefined {
  const value = Number(text);
  return /^\d{1,19}$/.test(text) && Number.isSafeInteger(value) ? value : undefined;
}

/** Name of the file alone; empty when what was encoded in it is no name, such as `..` or one with a slash. */
function basename(uri: string): string {
  const last = decoded(uri.slice(uri.lastIndexOf('/') + 1), uri.includes('://'));
  return /^\.\.?$|[/\\\u0000-\u001f]/.test(last) ? '' : last;
}

function decoded(name: string, encoded: boolean): string {
  if (!encoded) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // not encoded after all: a lone % is a character like any other
  }
}

function byTimeThenTx(a: InspectRow, b: InspectRow): number {
  return a.time.getTime() - b.time.getTime() || a.highestTx - b.highestTx || (a.file < b.file ? -1 : 1);
}
