import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { openRedactor, redactor } from '../redact.ts';

/** The run's log: to the pod's output as it comes, and into a file that goes to the store at the end. */
export interface RunLog {
  /** Output of the engine, as it is. */
  write(chunk: Uint8Array, stream: 'stdout' | 'stderr'): void;
  /** A line of the agent's own. */
  say(line: string): void;
  close(): Promise<void>;
  readonly file: string;
}

/** Bytes of log that are kept in the store; the pod's own log has all of it. */
const maxFileBytes = 16 * 1024 * 1024;

/**
 * @param secrets values that are replaced wherever they appear; an engine in trouble may print its own environment
 */
export function openRunLog(file: string, secrets: readonly string[]): RunLog {
  const out = createWriteStream(file);
  const limited = limit(out);
  const redact = redactor(secrets);
  const streams = {
    stdout: { redactor: openRedactor(secrets), to: process.stdout },
    stderr: { redactor: openRedactor(secrets), to: process.stderr },
  };
  const put = (safe: string, to: NodeJS.WriteStream) => {
    if (safe === '') return;
    to.write(safe);
    limited(safe);
  };
  const say = (line: string) => put(redact(`holdfast: ${line}\n`), process.stdout);
  // A full scratch volume must not end the agent: it is the engine's trouble, and someone has to tell of it.
  let broken = false;
  out.on('error', (error) => {
    if (!broken) process.stdout.write(`holdfast: the log cannot be kept in ${file}: ${error.message}\n`);
    broken = true;
  });
  return {
    file,
    write: (chunk, stream) => put(streams[stream].redactor.push(chunk), streams[stream].to),
    say,
    close: async () => {
      for (const stream of Object.values(streams)) put(stream.redactor.end(), stream.to);
      if (broken) return;
      out.end();
      await finished(out).catch(() => undefined); // said above
    },
  };
}

function limit(out: WriteStream): (text: string) => void {
  let bytes = 0;
  return (text) => {
    if (bytes >= maxFileBytes || out.destroyed) return;
    bytes += Buffer.byteLength(text);
    out.write(bytes < maxFileBytes ? text : "\nholdfast: the log is cut here; the pod's own log has the rest\n");
  };
}
