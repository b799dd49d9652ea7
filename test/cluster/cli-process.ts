import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { clusterMark, markedProcesses } from './kubelet/processes.ts';

const cli = fileURLToPath(new URL('./cli.ts', import.meta.url));

/** `npm run cluster -- …` in a process of its own. */
export function startCli(...args: string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [cli, ...args], { stdio: 'pipe' });
}

/** What it says first on stdout; an end without a word is an error with what it said on stderr. */
export function firstWords(child: ChildProcessWithoutNullStreams): Promise<string> {
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', resolve);
    child.once('close', () => reject(new Error(complaint)));
  });
}

/** Processes that carry the cluster's mark. */
export function markedBy(dir: string): number[] {
  return markedProcesses(clusterMark, dir);
}
