import { lineSplitter } from './lines.ts';
import { parseOutputLine, type OutputEvent } from './output-line.ts';
import { quoteLine } from './quote.ts';
import { signOf, type Sign } from './signs.ts';

/** What the output said of one database. */
export interface DatabaseReport {
  readonly database: string;
  /** What was made as far as the output tells; the FULL column of inspect knows better. */
  readonly type?: 'FULL' | 'DIFF';
  /** A DIFF was tried and a FULL taken instead. */
  readonly fellBack: boolean;
  readonly source?: string;
  readonly artifact?: string;
  /** Why it failed, fit for a message; absent when nothing said so, or when what followed made up for it. */
  readonly failure?: string;
}

/** What the whole output said, at any moment. */
export interface OutputReport {
  readonly databases: readonly DatabaseReport[];
  /** Servers that could not be reached, as far as named. */
  readonly unreachable: readonly string[];
  /** First line for each kind of trouble, fit for a message. */
  readonly signs: ReadonlyMap<Sign, string>;
  readonly completed: boolean;
  /** The last line that told of no event, fit for a message: often the only word on what went wrong. */
  readonly lastWords?: string;
}

/** Reads along while the engine prints. Feed both of its streams, each through a `channel` of its own. */
export interface OutputReader {
  /** A stream of bytes or text in any pieces; `end` it when the stream ends. */
  channel(): { push(piece: Uint8Array | string): void; end(): void };
  report(): OutputReport;
}

/** More than any server hosts; past it, lines of further databases are no longer remembered. */
const maxDatabases = 10_000;
const maxUnreachable = 100;

/**
 * Opens a reader of the output of `database backup`. Lines that are too long, foreign, or broken are tolerated and memory stays bounded.
 * @param onEvent is told of each event as it comes, for progress and for the stall timer
 */
export function readOutput(onEvent: (event: OutputEvent) => void = () => {}): OutputReader {
  const databases = new Map<string, Draft>();
  const unreachable = new Set<string>();
  const signs = new Map<Sign, string>();
  let [completed, lastWords] = [false, ''];
  const onLine = (line: string) => {
    const event = parseOutputLine(line);
    if (!event && !/^\s*(?:at |\.\.\. |$)/.test(line)) lastWords = line; // a stack's frames say less than what stands before them
    if (!event || tellsOfTrouble(event)) {
      const sign = signOf(line);
      if (sign && !signs.has(sign)) signs.set(sign, quoteLine(line));
    }
    if (!event) return;
    if (event.kind === 'completed') completed = true;
    if (event.kind === 'unreachable' && event.server && unreachable.size < maxUnreachable)
      unreachable.add(event.server);
    if ('database' in event) remember(databases, event);
    onEvent(event);
  };
  return {
    channel: () => lineSplitter(onLine),
    report: () => ({
      databases: [...databases.values()].map((draft) => ({ ...draft })),
      unreachable: [...unreachable],
      signs: new Map(signs),
      completed,
      ...(lastWords !== '' && { lastWords: quoteLine(lastWords) }),
    }),
  };
}

function tellsOfTrouble({ kind }: OutputEvent): boolean {
  return kind === 'failed' || kind === 'diffFailed' || kind === 'unreachable' || kind === 'noParent';
}

type Draft = { -readonly [K in keyof DatabaseReport]: DatabaseReport[K] };
type OfDatabase = Extract<OutputEvent, { database: string }>;

function remember(databases: Map<string, Draft>, event: OfDatabase): void {
  const known = databases.get(event.database);
  if (!known && databases.size >= maxDatabases) return;
  const draft: Draft = known ?? { database: event.database, fellBack: false };
  databases.set(event.database, draft);
  switch (event.kind) {
    case 'source':
      draft.source = event.server;
      return;
    case 'attempting':
      draft.type = event.type;
      return;
    case 'fallback':
      draft.type = 'FULL';
      draft.fellBack = true;
      delete draft.failure;
      return;
    case 'artifact':
      draft.artifact = event.artifact;
      delete draft.failure;
      return;
    case 'diffFailed':
    case 'failed':
      draft.failure = quoteLine(event.why) || 'it said no reason';
      return;
    case 'started':
    case 'receiving':
    case 'received':
    case 'finished':
    case 'nothingNew':
      return;
  }
}
