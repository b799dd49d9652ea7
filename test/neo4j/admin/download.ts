import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ArtifactWriter, type ArtifactHeader } from './artifact-file.ts';
import type { BackupPlan } from './backup-plan.ts';
import type { RemoteServer, Transfer } from './client.ts';
import { CommandError, type Context } from './context.ts';

type HeaderFields = Omit<
  ArtifactHeader,
  'time' | 'full' | 'lowestTx' | 'highestTx' | 'committedAt' | 'part' | 'parts' | 'payloadBytes'
>;

/** What to fetch and how to head it. */
export interface Download {
  readonly plan: BackupPlan;
  readonly takenAt: Date;
  readonly fields: HeaderFields;
  /** Payload bytes per file, when companion parts are wanted. */
  readonly partBytes: number | undefined;
}

/** Finished files in the temporary folder: the artifact, then its companion parts. */
export interface Downloaded {
  readonly files: readonly string[];
  readonly highestTx: number;
}

/** Streams a store or a range of transactions from the server into artifact files in `temp`. */
export async function download(
  server: RemoteServer,
  wanted: Download,
  { temp, context, verbose }: { temp: string; context: Context; verbose: boolean },
): Promise<Downloaded> {
  const { database } = wanted.fields;
  const transfer = await openTransfer(server, wanted);
  if (wanted.plan.kind === 'full') context.output.log(`Start receiving store files for database '${database}'.`);
  const startedAt = performance.now();
  const files = new PartedWriter(temp, wanted, transfer);
  try {
    await receive(transfer, files, { database, verbose, context });
  } catch (error) {
    files.abandon();
    throw error;
  }
  const tookMs = Math.round(performance.now() - startedAt);
  if (wanted.plan.kind === 'full') {
    context.output.log(`Finished receiving store files for database '${database}', took ${tookMs}ms.`);
  }
  return { files: files.finish(), highestTx: transfer.lastTx };
}

async function openTransfer(server: RemoteServer, { plan, fields }: Download): Promise<Transfer> {
  const { database, databaseId } = fields;
  switch (plan.kind) {
    case 'full':
      return server.transfer({ op: 'store', database, databaseId });
    case 'diff':
      return server.transfer({ op: 'transactions', database, databaseId, from: plan.from, to: plan.to });
    case 'empty':
      return { lastTx: 0, committedAt: new Date(0).toISOString(), bytes: 0, chunks: nothing() };
    case 'refused':
      throw new Error(plan.reason);
  }
}

async function* nothing(): AsyncGenerator<Buffer> {}

/** Tells of each tenth when it goes slowly or was asked to talk; that is how a watcher sees that it lives. */
async function receive(
  { chunks, bytes }: Transfer,
  files: PartedWriter,
  { database, verbose, context: { faults, output } }: { database: string; verbose: boolean; context: Context },
): Promise<void> {
  const slow = faults.find('slow', database);
  const tempIsFull = faults.find('no-space', database)?.where === 'temp';
  const startedAt = performance.now();
  let received = 0;
  let told = 0;
  for await (const chunk of chunks) {
    files.write(chunk);
    received += chunk.length;
    if (received >= bytes / 2) await faults.reach('transfer', database);
    if (tempIsFull && received >= bytes / 2) throw new CommandError('No space left on device');
    if (slow) await sleep(Math.max(0, startedAt + (received / slow.bytesPerSecond) * 1000 - performance.now()));
    const tenth = Math.floor((received / bytes) * 10);
    if ((slow || verbose) && tenth > told) output.log(`Received ${tenth * 10}% of database '${database}'.`);
    told = tenth;
  }
  if (bytes === 0) await faults.reach('transfer', database);
}

/** Spreads the payload over the artifact and its parts. */
class PartedWriter {
  readonly #headers: readonly ArtifactHeader[];
  readonly #files: readonly string[];
  #at = 0;
  #left: number;
  #writer: ArtifactWriter;

  constructor(temp: string, wanted: Download, transfer: Transfer) {
    this.#headers = headersOf(wanted, transfer);
    this.#files = this.#headers.map(({ part }) => join(temp, `${encodeURIComponent(wanted.fields.database)}.${part}`));
    this.#left = this.#headers[0]?.payloadBytes ?? 0;
    this.#writer = this.#open();
  }

  write(bytes: Buffer): void {
    for (let rest = bytes; rest.length > 0;) {
      if (this.#left === 0) this.#next();
      const piece = rest.subarray(0, this.#left);
      this.#writer.write(piece);
      this.#left -= piece.length;
      rest = rest.subarray(piece.length);
    }
  }

  finish(): readonly string[] {
    this.#writer.finish();
    return this.#files;
  }

  abandon(): void {
    this.#writer.abandon();
  }

  #next(): void {
    this.#writer.finish();
    this.#at++;
    this.#left = this.#headers[this.#at]?.payloadBytes ?? 0;
    this.#writer = this.#open();
  }

  #open(): ArtifactWriter {
    const [file, header] = [this.#files[this.#at], this.#headers[this.#at]];
    if (!file || !header) throw new Error('the server sent more than it had announced');
    return new ArtifactWriter(file, header);
  }
}

function headersOf({ plan, takenAt, fields, partBytes }: Download, transfer: Transfer): ArtifactHeader[] {
  const limit = partBytes ?? Math.max(1, transfer.bytes);
  const count = Math.max(1, Math.ceil(transfer.bytes / limit));
  return Array.from({ length: count }, (_, part) => ({
    ...fields,
    time: `${takenAt.toISOString().slice(0, 19)}Z`,
    full: plan.kind === 'full',
    lowestTx: plan.kind === 'full' ? 1 : plan.kind === 'diff' ? plan.from : 0,
    highestTx: transfer.lastTx,
    committedAt: transfer.committedAt,
    part,
    parts: count - 1,
    payloadBytes: part < count - 1 ? limit : transfer.bytes - limit * (count - 1),
  }));
}
