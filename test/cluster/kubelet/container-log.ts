import { createReadStream, createWriteStream, existsSync, openSync, statSync, watch } from 'node:fs';
import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { once } from 'node:events';

/** Longest piece of a line kept in one record, as in the container runtimes' own log format. */
const pieceBytes = 16 * 1024;

/** Writes a container's output as `<time> <stream> <F|P> <text>` lines, P for a piece whose line goes on. */
export class ContainerLog {
  readonly #out;
  readonly #now: () => Date;

  constructor(file: string, now: () => Date) {
    // Opened here and now: a container that is said to run has a log that can be read.
    this.#out = createWriteStream(file, { fd: openSync(file, 'a') });
    this.#now = now;
  }

  /** Takes everything a stream says, until it ends. */
  async take(source: Readable, name: 'stdout' | 'stderr'): Promise<void> {
    let rest = Buffer.alloc(0);
    for await (const chunk of source) {
      rest = Buffer.concat([rest, chunk as Buffer]);
      for (;;) {
        const end = rest.indexOf(10);
        if (end < 0 && rest.length < pieceBytes) break;
        const whole = end >= 0 && end <= pieceBytes;
        const length = whole ? end : pieceBytes;
        await this.#write(name, whole ? 'F' : 'P', rest.subarray(0, length));
        rest = rest.subarray(whole ? length + 1 : length);
      }
    }
    if (rest.length > 0) await this.#write(name, 'P', rest);
  }

  async close(): Promise<void> {
    this.#out.end();
    await once(this.#out, 'close');
  }

  async #write(name: string, tag: string, text: Buffer): Promise<void> {
    const line = Buffer.concat([Buffer.from(`${this.#now().toISOString()} ${name} ${tag} `), text, Buffer.from('\n')]);
    if (!this.#out.write(line)) await once(this.#out, 'drain');
  }
}

/** What `kubectl logs` can ask for. */
export interface LogQuery {
  readonly follow?: boolean;
  readonly tailLines?: number;
  readonly timestamps?: boolean;
  readonly since?: Date;
  readonly limitBytes?: number;
}

/**
 * The text of a log file. With `follow` it goes on until `ended()` says that nothing more is written and everything was
 * read, or until `signal` fires.
 */
export async function* readLog(
  file: string,
  query: LogQuery,
  ended: () => boolean,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const limit = query.limitBytes ?? Infinity;
  let sent = 0;
  let position = 0;
  let skip = query.tailLines === undefined ? 0 : Math.max(0, (await countLines(file)) - query.tailLines);
  for (;;) {
    const over = ended(); // asked before reading: what was written up to now is in the file
    const size = existsSync(file) ? statSync(file).size : 0;
    if (size > position) {
      for await (const [line, bytes] of wholeLines(file, position)) {
        position += bytes;
        if (skip > 0) {
          skip -= 1;
          continue;
        }
        const text = render(line, query).slice(0, limit - sent);
        sent += text.length;
        if (text) yield text;
        if (sent >= limit || signal.aborted) return;
      }
    }
    if (!query.follow || over || signal.aborted) return;
    await changed(file, signal);
  }
}

/** The last bytes a container said, for `FallbackToLogsOnError`. */
export async function logTail(file: string, bytes: number, lines: number): Promise<string> {
  let tail = '';
  for await (const text of readLog(file, { tailLines: lines }, () => true, new AbortController().signal)) tail += text;
  return tail.slice(-bytes);
}

function render(line: string, { timestamps, since }: LogQuery): string {
  const [, time = '', tag = 'F', text = ''] = /^(\S+) \S+ ([FP]) (.*)$/s.exec(line) ?? [];
  if (since && new Date(time) < since) return '';
  return `${timestamps ? `${time} ` : ''}${text}${tag === 'F' ? '\n' : ''}`;
}

async function* wholeLines(file: string, from: number): AsyncGenerator<[string, number]> {
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { start: from })) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      yield [rest.subarray(0, end).toString('utf8'), end + 1];
      rest = rest.subarray(end + 1);
    }
  }
}

async function countLines(file: string): Promise<number> {
  if (!existsSync(file)) return 0;
  let count = 0;
  for await (const _ of createInterface({ input: createReadStream(file) })) count += 1;
  return count;
}

/** Resolves when the file may have grown, at the latest after a moment: a file's watch can miss the last write. */
function changed(file: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, 200);
  const watcher = existsSync(file) ? watch(file, () => resolve()) : undefined;
  watcher?.once('error', () => resolve());
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    watcher?.close();
  });
}
