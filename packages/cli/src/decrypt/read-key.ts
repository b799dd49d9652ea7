import { open } from 'node:fs/promises';
import { parseKey } from '@holdfast/encryption';

/** The key in this file; of a huge file that was named by mistake only the beginning is read. */
export async function readKey(file: string): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const value = Buffer.alloc(4096);
    let filled = 0;
    for (;;) {
      const { bytesRead } = await handle.read(value, filled, value.length - filled);
      filled += bytesRead;
      if (bytesRead === 0 || filled === value.length) break;
    }
    return parseKey(value.subarray(0, filled), `the key in ${JSON.stringify(file)}`);
  } finally {
    await handle.close();
  }
}
