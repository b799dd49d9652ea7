import { createWriteStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { once } from 'node:events';

/** One request as the store answered it, by the cluster's clock. */
export interface StoreEvent {
  readonly at: string;
  readonly operation: StoreOperation;
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly status: number;
  /** Size of what was put, where the client said it. */
  readonly bytes?: number;
}

export type StoreOperation =
  | 'put'
  | 'copy'
  | 'complete'
  | 'remove'
  | 'read'
  | 'head'
  | 'list'
  | 'startUpload'
  | 'uploadPart'
  | 'abortUpload'
  | 'bucket'
  | 'other';

/** The store's diary: one JSON line per request. */
export class StoreEvents {
  readonly #file: string;
  readonly #out;

  constructor(file: string) {
    this.#file = file;
    this.#out = createWriteStream(file, { flags: 'a' });
  }

  add(event: StoreEvent): void {
    this.#out.write(`${JSON.stringify(event)}\n`);
  }

  /** Everything so far, oldest first. */
  async all(): Promise<StoreEvent[]> {
    await new Promise<void>((resolve) => void this.#out.write('', () => resolve())); // what was added before is in the file
    if (!existsSync(this.#file)) return [];
    const lines = (await readFile(this.#file, 'utf8')).split('\n');
    // Behind the last line break stands nothing, or as much of a line as was written when it was read.
    return lines.slice(0, -1).map((line) => JSON.parse(line) as StoreEvent);
  }

  async close(): Promise<void> {
    this.#out.end();
    await once(this.#out, 'close');
  }
}

/** The keys a bucket held at an instant, from the events since it was made. */
export function keysAt(events: readonly StoreEvent[], bucket: string, at: Date): Set<string> {
  const keys = new Set<string>();
  for (const event of events) {
    if (event.bucket !== bucket || new Date(event.at) > at || event.status >= 300) continue;
    if (['put', 'copy', 'complete'].includes(event.operation)) keys.add(event.key);
    if (event.operation === 'remove') keys.delete(event.key);
  }
  return keys;
}
