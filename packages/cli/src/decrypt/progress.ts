import { stat } from 'node:fs/promises';
import { formatBytes, formatThroughput } from '@holdfast/core';

/** One line on a terminal that says how far we are; nothing where nobody looks. */
export interface Progress {
  /** @param bytes read so far */
  at(bytes: number): void;
  end(): void;
}

export interface ProgressOptions {
  readonly stream: NodeJS.WriteStream;
  readonly shown: boolean;
}

const betweenMs = 200;
const eraseLine = '\r\u001b[2K';

export async function openProgress(file: string, { stream, shown }: ProgressOptions): Promise<Progress> {
  if (!shown || !stream.isTTY) return { at: () => {}, end: () => {} };
  const total = await stat(file).then(
    ({ size }) => size,
    () => 0, // that it is missing is said when it is read
  );
  const began = performance.now();
  let last = began;
  return {
    at(bytes) {
      const now = performance.now();
      if (now - last < betweenMs) return;
      last = now;
      stream.write(`${eraseLine}${lineOf({ bytes, total, tookMs: now - began })}`);
    },
    end: () => void stream.write(eraseLine),
  };
}

function lineOf({ bytes, total, tookMs }: { bytes: number; total: number; tookMs: number }): string {
  const speed = formatThroughput(bytes, tookMs) ?? '';
  if (total === 0) return `${formatBytes(bytes)}  ${speed}`; // a pipe
  const percent = Math.floor((100 * bytes) / total);
  return `${percent} %  ${formatBytes(bytes)} of ${formatBytes(total)}  ${speed}`;
}
