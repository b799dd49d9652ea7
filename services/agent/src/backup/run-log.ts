import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

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
  const put = (text: string, to: NodeJS.WriteStream) => {
    const safe = redact(text);
    to.write(safe);
    limited(safe);
  };
  return {
    file,
    write: (chunk, stream) =>
      put(Buffer.from(chunk).toString('utf8'), stream === 'stdout' ? process.stdout : process.stderr),
    say: (line) => put(`holdfast: ${line}\n`, process.stdout),
    close: async () => {
      out.end();
      await finished(out);
    },
  };
}

function limit(out: WriteStream): (text: string) => void {
  let bytes = 0;
  return (text) => {
    if (bytes >= maxFileBytes) return;
    bytes += Buffer.byteLength(text);
    out.write(bytes < maxFileBytes ? text : "\nholdfast: the log is cut here; the pod's own log has the rest\n");
  };
}

function redactor(secrets: readonly string[]): (text: string) => string {
  const worth = secrets.filter((secret) => secret.length >= 4);
  return (text) => worth.reduce((safe, secret) => safe.replaceAll(secret, '***'), text);
}
