import { createReadStream } from 'node:fs';
import { decrypt, type Sealing } from '@holdfast/encryption';
import { Interrupted } from '../exit.ts';
import type { Output } from './output.ts';
import type { Progress } from './progress.ts';

export interface Task {
  readonly file: string;
  readonly output: Output;
  readonly progress: Progress;
}

export interface Done {
  /** Bytes that were read, and plain bytes that were written. */
  readonly storedBytes: number;
  readonly bytes: number;
}

/** Decrypts a file into an output, which is complete or nothing when this ends. */
export async function decryptFile(task: Task, sealing: Sealing, interrupted?: AbortSignal): Promise<Done> {
  try {
    // A read of a pipe or a write into one can last for ever; an interruption does not wait for it.
    const done = await Promise.race([pump(task, sealing), whenInterrupted(interrupted)]);
    await task.output.keep();
    return done;
  } catch (error) {
    await task.output.discard();
    throw error;
  } finally {
    task.progress.end();
  }
}

async function pump({ file, output, progress }: Task, sealing: Sealing): Promise<Done> {
  let [storedBytes, bytes] = [0, 0];
  async function* stored(): AsyncGenerator<Uint8Array> {
    for await (const piece of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
      storedBytes += (piece as Buffer).length;
      yield piece as Buffer;
    }
  }
  for await (const piece of decrypt(stored(), sealing)) {
    await output.write(piece);
    bytes += piece.length;
    progress.at(storedBytes);
  }
  return { storedBytes, bytes };
}

function whenInterrupted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new Interrupted());
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
