import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import {
  group,
  kind,
  plural,
  retentionStatusSchema,
  volumeStatusSchema,
  type BackupKey,
  type Status,
} from '@holdfast/types';
import { UsageError } from '../exit.ts';
import type { Terminal } from '../terminal.ts';

/** Where the backup is to be found: a file, or a cluster as `kubectl` knows it. */
export interface Whence {
  readonly file?: string;
  readonly namespace?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}

/** What its status says of retention and of the volume that it works on. */
export interface FoundBackup {
  readonly key: BackupKey;
  readonly status: Pick<Status, 'retention' | 'volume'>;
}

const run = promisify(execFile);
const mostBytes = 16 * 1024 * 1024;

/** Asks `kubectl` for a backup, so that contexts and credentials are those that people use anyway; or reads what it printed earlier. */
export async function readBackup(
  name: string | undefined,
  whence: Whence,
  { readStdin }: Pick<Terminal, 'readStdin'>,
): Promise<FoundBackup> {
  const text = whence.file === undefined ? await fromKubectl(name, whence) : await fromFile(whence.file, readStdin);
  const found = parse(text, whence.file ?? 'kubectl');
  if (name !== undefined && name !== found.key.name)
    throw new UsageError(`the file holds backup ${found.key.name}; name that one, or none`);
  return found;
}

function fromFile(file: string, readStdin: () => Promise<string>): Promise<string> {
  return file === '-' ? readStdin() : readFile(file, 'utf8');
}

async function fromKubectl(name: string | undefined, { namespace, context, kubeconfig }: Whence): Promise<string> {
  if (name === undefined) throw new UsageError('name the backup, or give its object with --file');
  const place = Object.entries({ namespace, context, kubeconfig }).flatMap(([option, value]) =>
    value === undefined ? [] : [`--${option}=${value}`],
  );
  // The name stands behind the resource, so that it is never taken for an option.
  const args = ['get', `${plural}.${group}/${name}`, '--output=json', ...place];
  try {
    return (await run('kubectl', args, { maxBuffer: mostBytes })).stdout;
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT')
      throw new UsageError(
        'kubectl is not on the PATH; install it, or give the object with --file (kubectl get n4jb NAME -o json)',
        { cause: error },
      );
    throw new Error(stderr.trim() || 'kubectl ended without a word', { cause: error });
  }
}

function parse(text: string, from: string): FoundBackup {
  const { kind: what, metadata, status } = asObject(jsonOf(text));
  const { name, namespace = 'default' } = asObject(metadata);
  const { retention, volume } = asObject(status);
  const read = retentionStatusSchema.optional().safeParse(retention);
  const seen = volumeStatusSchema.safeParse(volume);
  if (what === kind && typeof name === 'string' && typeof namespace === 'string' && read.success)
    return {
      key: { namespace, name },
      status: { ...(read.data && { retention: read.data }), ...(seen.success && { volume: seen.data }) },
    };
  const place = read.success
    ? ''
    : ` (status.retention.${read.error.issues[0]?.path.join('.') ?? ''} is not what it should be)`;
  throw new UsageError(
    `${JSON.stringify(from)} gave no ${kind} as JSON${place}; kubectl get n4jb NAME -o json prints one`,
  );
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
