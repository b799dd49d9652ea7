import { open } from 'node:fs/promises';

export interface Compared {
  /** Size of the file. */
  readonly bytes: number;
  /** Bytes that were found equal before the end or the first difference. */
  readonly comparedBytes: number;
  /** Every byte is there and equal, and there is none besides. */
  readonly equal: boolean;
}

/** Compares a file with what it should hold, chunk by chunk. */
export async function compareBytes(
  file: string,
  wanted: Iterable<Buffer>,
  onProgress: (comparedBytes: number) => void = () => {},
): Promise<Compared> {
  await using handle = await open(file);
  const { size: bytes } = await handle.stat();
  let comparedBytes = 0;
  for (const chunk of wanted) {
    const found = Buffer.alloc(chunk.length);
    const { bytesRead } = await handle.read(found, 0, chunk.length, comparedBytes);
    const same = bytesRead === chunk.length && found.equals(chunk);
    if (!same)
      return { bytes, comparedBytes: comparedBytes + equalStart(found.subarray(0, bytesRead), chunk), equal: false };
    comparedBytes += chunk.length;
    onProgress(comparedBytes);
  }
  return { bytes, comparedBytes, equal: comparedBytes === bytes };
}

function equalStart(found: Buffer, wanted: Buffer): number {
  let at = 0;
  while (at < found.length && found[at] === wanted[at]) at += 1;
  return at;
}
