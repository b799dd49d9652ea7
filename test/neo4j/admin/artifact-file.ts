import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Header } from './chains.ts';

/** First line of every file; no real tool takes it for the beginning of a backup. */
export const artifactMagic = 'HOLDFAST TEST STAND-IN: THIS IS NOT A NEO4J BACKUP\n';
/** Magic line and header always fit into so many bytes, so one ranged read is enough. */
export const headBytes = 16 * 1024;
const digestBytes = 66; // newline, 64 hex digits of SHA-256 over everything before, newline

/** The header line of an artifact file or of one of its companion parts. */
export interface ArtifactHeader extends Header {
  readonly standIn: true;
  readonly format: 1;
  readonly producedBy: string;
  readonly metadata: string;
  /** Commit time of the highest transaction. */
  readonly committedAt: string;
  /** 0 for the artifact itself, n for its companion part `.backup.n`. */
  readonly part: number;
  readonly parts: number;
  /** Payload bytes in this file. */
  readonly payloadBytes: number;
  /** Two commands were at work in one folder when this was made. */
  readonly concurrent: boolean;
}

/** A header and where the payload begins. */
export interface Head {
  readonly header: ArtifactHeader;
  readonly payloadAt: number;
  /** Size of the whole, undamaged file. */
  readonly fileBytes: number;
}

/** Reads the first `headBytes` of a file; `undefined` when it is none of ours or damaged there. */
export function readHead(bytes: Buffer): Head | undefined {
  if (!bytes.toString('latin1', 0, artifactMagic.length).startsWith(artifactMagic)) return undefined;
  const end = bytes.indexOf('\n', artifactMagic.length);
  if (end < 0) return undefined;
  try {
    const header = JSON.parse(bytes.toString('utf8', artifactMagic.length, end)) as ArtifactHeader;
    const payloadAt = end + 1;
    return { header, payloadAt, fileBytes: payloadAt + header.payloadBytes + digestBytes };
  } catch {
    return undefined; // a flipped bit in the header line
  }
}

/** Writes one artifact file piece by piece. The payload is stored: it is as good as random, so compressing it is waste. */
export class ArtifactWriter {
  readonly #file: number;
  readonly #hash: Hash = createHash('sha256');

  constructor(path: string, header: ArtifactHeader) {
    this.#file = openSync(path, 'wx', 0o640);
    const line = `${artifactMagic}${JSON.stringify(header)}\n`;
    if (Buffer.byteLength(line) > headBytes) throw new Error(`the header of ${path} is longer than ${headBytes} bytes`);
    this.write(Buffer.from(line));
  }

  write(bytes: Buffer): void {
    this.#hash.update(bytes);
    for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
  }

  finish(): void {
    writeSync(this.#file, `\n${this.#hash.digest('hex')}\n`);
    closeSync(this.#file);
  }

  abandon(): void {
    closeSync(this.#file);
  }
}

/** The payload of a file; throws at its end when the file is short, long, or its checksum is another. */
export async function* verifiedPayload(
  chunks: AsyncIterable<Buffer>,
  { payloadAt, header }: Head,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  const payloadEnd = payloadAt + header.payloadBytes;
  const tail: Buffer[] = [];
  let position = 0;
  for await (const chunk of chunks) {
    const inside = Math.max(0, Math.min(chunk.length, payloadEnd - position));
    hash.update(chunk.subarray(0, inside));
    const payload = chunk.subarray(Math.min(inside, Math.max(0, payloadAt - position)), inside);
    position += chunk.length;
    if (inside < chunk.length) tail.push(Buffer.from(chunk.subarray(inside)));
    if (payload.length > 0) yield payload;
  }
  if (Buffer.concat(tail).toString('latin1') !== `\n${hash.digest('hex')}\n`) {
    throw new Error(`checksum mismatch: the file of database '${header.database}' is damaged`);
  }
}
