import { isDeepStrictEqual } from 'node:util';
import { BackupError } from '@holdfast/types';
import { collect } from '../bytes.ts';
import { largestDocumentBytes, type ObjectStore } from '../object-store.ts';

export type Typed<T> =
  | { readonly kind: 'missing' }
  | { readonly kind: 'read'; readonly value: T }
  /** It is there and is not what it should be. */
  | { readonly kind: 'unreadable'; readonly problem: string };

/** The part of a zod schema that reading needs. */
export interface Schema<T> {
  safeParse(
    value: unknown,
  ):
    | { success: true; data: T }
    | { success: false; error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } };
}

/** Reads one JSON document. Trouble of the store is thrown; trouble of the document is a value. */
export async function readTyped<T>(
  store: ObjectStore,
  key: string,
  options: { schema: Schema<T>; formatVersion?: number; signal?: AbortSignal | undefined },
): Promise<Typed<T>> {
  const body = await store.read(key, { small: true, signal: options.signal });
  if (!body) return { kind: 'missing' };
  const bytes = await collect(body, largestDocumentBytes);
  if (!bytes) return unreadable(`it is larger than ${largestDocumentBytes} bytes`);
  const value = parseJson(bytes);
  if (value === undefined) return unreadable('it is no JSON');
  const newer = newerVersion(value, options.formatVersion);
  if (newer !== undefined) return unreadable(`it has the newer formatVersion ${newer}; upgrade Holdfast to read it`);
  const parsed = options.schema.safeParse(value);
  return parsed.success ? { kind: 'read', value: parsed.data } : unreadable(issueOf(parsed.error.issues[0]));
}

/**
 * Writes a JSON document once. The same content that is there already is success, so that a repeated step comes to the same end.
 * @throws BackupError `NameTaken`, terminal, when the key holds something else
 */
export async function writeDocument(
  store: ObjectStore,
  key: string,
  value: unknown,
  signal?: AbortSignal,
): Promise<WrittenDocument> {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  const bytes = Buffer.from(text, 'utf8');
  const { created, entry } = await store.create(key, bytes, { signal });
  if (!created && !(await holds(store, key, { text, signal }))) {
    throw new BackupError(
      'NameTaken',
      'terminal',
      `${store.place} holds another document at "${key}", and documents are never changed; find out who wrote it`,
    );
  }
  return { key, created, modifiedAt: entry.modifiedAt };
}

/** The JSON of a document; undefined when it is missing or holds no JSON. For documents whose loss is harmless. */
export async function readDocument(store: ObjectStore, key: string, signal?: AbortSignal): Promise<unknown> {
  const body = await store.read(key, { small: true, signal });
  const bytes = body && (await collect(body, largestDocumentBytes));
  return bytes && parseJson(bytes);
}

export interface WrittenDocument {
  readonly key: string;
  /** False when the same content was there already. */
  readonly created: boolean;
  readonly modifiedAt: Date;
}

async function holds(
  store: ObjectStore,
  key: string,
  { text, signal }: { text: string; signal: AbortSignal | undefined },
): Promise<boolean> {
  return isDeepStrictEqual(await readDocument(store, key, signal), JSON.parse(text));
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined; // the caller says so aloud: bytes that are no JSON are a finding, not an error
  }
}

function newerVersion(value: unknown, known: number | undefined): number | undefined {
  if (known === undefined || typeof value !== 'object' || value === null || !('formatVersion' in value))
    return undefined;
  return typeof value.formatVersion === 'number' && value.formatVersion > known ? value.formatVersion : undefined;
}

function issueOf(issue: { path: readonly PropertyKey[]; message: string } | undefined): string {
  const path = issue?.path.map(String).join('.') ?? '';
  return `${path === '' ? 'the document' : path}: ${issue?.message ?? 'not as expected'}`;
}

function unreadable(problem: string): { kind: 'unreadable'; problem: string } {
  return { kind: 'unreadable', problem };
}
