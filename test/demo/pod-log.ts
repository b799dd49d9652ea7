import type { DevCluster } from '../cluster/start-cluster.ts';
import { patienceMs, type Seen, type SeenRun } from './seen.ts';

/** What the log of a backup's pod tells. */
export interface PodLog {
  /** Type that was asked of neo4j-admin, and why, in the agent's words. */
  readonly choice: { readonly type: string; readonly reason: string; readonly message: string } | undefined;
  /** Lines of neo4j-admin that tell what it did, without their prefix. */
  readonly engine: readonly string[];
}

/** Reads a pod's log until its container ends; `onLine` hears each line of the engine that tells something, as it comes. */
export async function followPodLog(
  { apiUrl }: DevCluster,
  { seen, run, signal }: { seen: Seen; run: SeenRun; signal: AbortSignal },
  onLine: (line: string) => void = () => {},
): Promise<PodLog> {
  const engine: string[] = [];
  let choice: PodLog['choice'];
  let last = 'nothing';
  const pod = run.pod?.metadata.name ?? '';
  const url = `${apiUrl}/api/v1/namespaces/${seen.namespace}/pods/${pod}/log?container=backup&follow=true`;
  const late = AbortSignal.timeout(patienceMs);
  try {
    for await (const line of linesOf(await fetch(url, { signal: AbortSignal.any([signal, late]) }))) {
      last = line;
      choice ??= choiceIn(line);
      const told = engineLine(line);
      if (told === undefined) continue;
      engine.push(told);
      onLine(told);
    }
  } catch (error) {
    if (!late.aborted || signal.aborted) throw error;
    throw new Error(`pod ${pod} still runs after ${patienceMs / 1000} s; the last it said was: ${last}`, {
      cause: error,
    });
  }
  return { choice, engine };
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  if (!response.ok || !response.body) throw new Error(`the pod's log cannot be read (HTTP ${response.status})`);
  let rest = '';
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest) yield rest;
}

function choiceIn(line: string): PodLog['choice'] {
  const [, type, reason, message] = /^holdfast: run \S+: (\w+) backup of .+? \((\w+): (.*)\)$/.exec(line) ?? [];
  return type && reason && message !== undefined ? { type, reason, message } : undefined;
}

const telling = [
  /^Using remote server/,
  /^Start (full|differential) backup/,
  /^Finished receiving/,
  /^Finished artifact creation/,
];

function engineLine(line: string): string | undefined {
  const [, text = ''] = /\[c\.n\.b\.b\.BackupOutputMonitor\] (.*)$/.exec(line) ?? [];
  return telling.some((pattern) => pattern.test(text)) ? text : undefined;
}
