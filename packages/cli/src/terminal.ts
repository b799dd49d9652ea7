import { styleText } from 'node:util';

/** Where a program speaks, and who tells it to stop. */
export interface Terminal {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** All of standard input, as text. */
  readStdin(): Promise<string>;
  /** From now on signals do not end the process, but abort this; only for work that has something to clear away. */
  watchForInterruption(): AbortSignal;
}

/** Coloured on a terminal, plain everywhere else and where NO_COLOR is set. */
export function paint(stream: NodeJS.WriteStream, colour: 'red' | 'green' | 'yellow', text: string): string {
  return stream.isTTY ? styleText(colour, text, { stream }) : text;
}

/** Writes to a stream at its own pace. */
export function writeTo(stream: NodeJS.WriteStream, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    // A reader that went away raises an event, after the answer to the write; unheard, it would end the process.
    stream.once('error', reject);
    stream.write(piece, (error) => {
      if (error) return reject(error);
      stream.off('error', reject);
      resolve();
    });
  });
}
