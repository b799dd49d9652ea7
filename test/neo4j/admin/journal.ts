import { appendFileSync } from 'node:fs';
import type { Evidence } from './context.ts';

const allowedNames = /^(NEO4J_|HEAP_SIZE$|JAVA_OPTS$|JAVA_TOOL_OPTIONS$|AWS_|GOOGLE_|AZURE_|HOLDFAST_|HOME$|TMPDIR$)/;

/** One call of the stand-in, as tests read it back. Of the environment it has names, never values. */
export interface JournalEntry {
  readonly standIn: true;
  readonly time: string;
  readonly version: string;
  readonly arguments: readonly string[];
  readonly environment: readonly string[];
  readonly workingDirectory: string;
  readonly exitCode: number;
  readonly artifacts: readonly string[];
  readonly credentials: readonly string[];
}

/** Appends the call to the journal, if there is one; a short line goes into the file in one piece. */
export function writeJournal(
  path: string | undefined,
  call: Pick<JournalEntry, 'time' | 'version' | 'arguments' | 'workingDirectory' | 'exitCode'>,
  { env, evidence }: { env: NodeJS.ProcessEnv; evidence: Evidence },
): void {
  if (!path) return;
  const entry: JournalEntry = {
    standIn: true,
    ...call,
    environment: Object.keys(env)
      .filter((name) => allowedNames.test(name))
      .sort(),
    artifacts: evidence.artifacts,
    credentials: [...evidence.credentials].sort(),
  };
  appendFileSync(path, `${JSON.stringify(entry)}\n`);
}
