import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Tink } from './find-tink.ts';

/** One file to another, as Tink's own library does it. */
export interface Task {
  readonly do: 'encrypt' | 'decrypt';
  readonly key: Uint8Array;
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** A Python process that answers tasks one after another: starting one costs more than a task. */
export interface TinkProcess {
  /** Undefined when it was done, otherwise Tink's refusal. */
  ask(task: Task): Promise<string | undefined>;
  stop(): Promise<void>;
}

/** The program that people are given to decrypt without Holdfast. */
export const tinkPage = fileURLToPath(new URL('../../docs/decrypt-with-tink.py', import.meta.url));

export function startTink({ python, env }: Tink): TinkProcess {
  const program = fileURLToPath(new URL('answer_with_tink.py', import.meta.url));
  const child = spawn(python, [program, tinkPage], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(task) {
      const key = Buffer.from(task.key).toString('hex');
      child.stdin.write(`${JSON.stringify({ ...task, key })}\n`);
      const { done, value } = await answers.next();
      if (done) throw new Error("Tink's process ended without an answer");
      return (JSON.parse(value) as { refused?: string }).refused;
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
