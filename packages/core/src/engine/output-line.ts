/** What one line of the output of `database backup` tells. */
export type OutputEvent =
  | { readonly kind: 'started'; readonly database: string; readonly servers: readonly string[] }
  | { readonly kind: 'source'; readonly database: string; readonly server: string }
  | { readonly kind: 'attempting'; readonly database: string; readonly type: 'FULL' | 'DIFF' }
  | { readonly kind: 'receiving'; readonly database: string }
  | { readonly kind: 'received'; readonly database: string }
  | { readonly kind: 'finished'; readonly database: string; readonly type: 'FULL' | 'DIFF' }
  | { readonly kind: 'nothingNew'; readonly database: string; readonly server: string }
  | { readonly kind: 'diffFailed'; readonly database: string; readonly why: string }
  | { readonly kind: 'fallback'; readonly database: string }
  | { readonly kind: 'noParent'; readonly why: string }
  | { readonly kind: 'artifact'; readonly database: string; readonly artifact: string }
  | { readonly kind: 'failed'; readonly database: string; readonly why: string }
  | { readonly kind: 'unreachable'; readonly server: string | undefined; readonly why: string }
  | { readonly kind: 'completed' };

/**
 * Finds the event in a line, wherever it stands in it: time, level and logger before the message change between releases. Most
 * lines of a real output hold none. The text is no interface of the engine's, so evidence never rests on it alone.
 */
export function parseOutputLine(line: string): OutputEvent | undefined {
  for (const [pattern, event] of patterns) {
    const match = pattern.exec(line);
    if (match) return event(match.slice(1).map((group) => group ?? ''));
  }
  return undefined;
}

type Pattern = readonly [RegExp, (groups: readonly string[]) => OutputEvent];

/** A database's name in quotes; names hold no quotes themselves. */
const name = `'([^']{1,200})'`;

/** Asked in order. Each begins with fixed words and has bounded gaps, so that a long line costs one pass per pattern. */
const patterns: readonly Pattern[] = [
  [
    new RegExp(`Starting backup of database ${name} from servers: \\[([^\\]]{0,4000})\\]`),
    ([database = '', servers = '']) => ({ kind: 'started', database, servers: servers.split(/,\s*/).filter(Boolean) }),
  ],
  [
    new RegExp(`Using remote server (\\S{1,300}) for backup of database ${name}`),
    ([server = '', database = '']) => ({ kind: 'source', database, server }),
  ],
  [
    new RegExp(`Start (full|differential) backup of database ${name}`),
    ([type, database = '']) => ({ kind: 'attempting', database, type: typeOf(type) }),
  ],
  [
    new RegExp(`Start receiving store files for database ${name}`),
    ([database = '']) => ({ kind: 'receiving', database }),
  ],
  [
    new RegExp(`Finished receiving store files for database ${name}`),
    ([database = '']) => ({ kind: 'received', database }),
  ],
  [
    new RegExp(`Finished (full|differential) backup of database ${name}`),
    ([type, database = '']) => ({ kind: 'finished', database, type: typeOf(type) }),
  ],
  [
    new RegExp(`The remote server \\((\\S{1,300})\\) has not any recent data for database ${name}`),
    ([server = '', database = '']) => ({ kind: 'nothingNew', database: nameInId(database), server }),
  ],
  [
    new RegExp(`Differential backup of database ${name} failed\\.(?: Reason: (.*))?`, 's'),
    ([database = '', why = '']) => ({ kind: 'diffFailed', database, why }),
  ],
  [
    new RegExp(`Falling back to full backup of database ${name}`),
    ([database = '']) => ({ kind: 'fallback', database }),
  ],
  [/(Differential backups require that a full backup .*)/s, ([why = '']) => ({ kind: 'noParent', why })],
  [
    new RegExp(`Finished artifact creation '([^']{1,300})' for database ${name}`),
    ([path = '', database = '']) => ({ kind: 'artifact', database, artifact: path.slice(path.lastIndexOf('/') + 1) }),
  ],
  [
    new RegExp(`[Bb]ackup of database ${name} failed[.:]?(?: Reason: (.*))?`, 's'),
    ([database = '', why = '']) => ({ kind: 'failed', database, why }),
  ],
  [
    new RegExp(`[Ff]ailed to back ?up database ${name}[.:]? ?(?:Reason: )?(.*)`, 's'),
    ([database = '', why = '']) => ({ kind: 'failed', database, why }),
  ],
  [
    /((?:Could not|Unable to|Failed to) (?:connect to|reach)(?: (?:remote )?server)? ?\(?((?:[\w.-]{1,253}|\[[\da-f:]{2,45}\]):\d{1,5})?.*)/s,
    ([why = '', server = '']) => ({ kind: 'unreachable', server: server || undefined, why }),
  ],
  [/Backup command completed/, () => ({ kind: 'completed' })],
];

function typeOf(word: string | undefined): 'FULL' | 'DIFF' {
  return word === 'full' ? 'FULL' : 'DIFF';
}

/** `DatabaseId{62d1820c[orders]}` speaks of `orders`. */
function nameInId(text: string): string {
  return /^DatabaseId\{[^[]*\[(.+)\]\}$/.exec(text)?.[1] ?? text;
}
