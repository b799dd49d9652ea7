import { closeSync, openSync, readSync, statSync, truncateSync, writeSync } from 'node:fs';

/** Damages a finished file in one of three ways; a flipped bit leaves size and header as they were. */
export function spoil(file: string, how: 'empty' | 'truncated' | 'flipped'): void {
  const { size } = statSync(file);
  if (how === 'empty') return truncateSync(file, 0);
  if (how === 'truncated') return truncateSync(file, Math.floor(size / 2));
  const opened = openSync(file, 'r+');
  try {
    const at = size - 100; // before the checksum, far from the header
    const byte = Buffer.alloc(1);
    readSync(opened, byte, 0, 1, at);
    writeSync(opened, Buffer.from([byte.readUInt8() ^ 0x01]), 0, 1, at);
  } finally {
    closeSync(opened);
  }
}
