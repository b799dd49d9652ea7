// The agent's way of one file into a store: read, encrypt, digest, write. Says how long it took, and stays until its memory was read.
import { artifactsFolder } from '@holdfast/core';
import { encrypt } from '@holdfast/encryption';
import { openDirectory } from '@holdfast/storage';
import { digested, partBytesFor } from '../../../packages/storage/src/parts.ts';
import { piecesOf } from '../../../services/agent/src/backup/staged/local-files.ts';

export interface EncryptWish {
  readonly file: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly key: string;
  readonly name: string;
  /** A folder to write to; without it the bytes go nowhere. */
  readonly folder?: string;
}

const { file, bytes, key, name, folder } = JSON.parse(process.argv[2] ?? '{}') as EncryptWish;
process.once('SIGTERM', () => process.exit());
const before = { ms: performance.now(), cpu: process.cpuUsage() };
const sealed = encrypt(
  piecesOf(file, () => undefined),
  { key: Buffer.from(key, 'hex'), associatedData: name },
);
const written = folder === undefined ? await drop(sealed) : await write(sealed, folder);
const ms = performance.now() - before.ms;
const { user, system } = process.cpuUsage(before.cpu);
process.stdout.write(`${JSON.stringify({ ms, cpuSeconds: (user + system) / 1e6, written })}\n`);
setInterval(() => undefined, 60_000);

async function write(body: AsyncIterable<Uint8Array>, into: string): Promise<number> {
  const { created, entry } = await openDirectory(into).create(`${artifactsFolder}${name}`, body, { sizeHint: bytes });
  if (!created) throw new Error(`${entry.key} existed`);
  return entry.bytes;
}

/** Digested as every store does it, and forgotten. */
async function drop(body: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const piece of digested(body, partBytesFor(body, bytes)).pieces) length += piece.length;
  return length;
}
