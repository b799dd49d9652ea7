import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openKeyRing, parseKey, type KeyRing } from '@holdfast/encryption';
import { BackupError, type AgentPlan } from '@holdfast/types';

export interface OpenedKeys {
  readonly ring: KeyRing;
  /** Every spelling in which a key could be printed. */
  readonly secrets: readonly string[];
}

/**
 * Reads the keys that the pod was given, one file for each entry of their Secret.
 * @throws BackupError `KeyMissing` or `KeyMalformed`, terminal
 */
export async function openKeys(
  { encryption }: Pick<AgentPlan, 'encryption'>,
  folder: string | undefined,
): Promise<OpenedKeys | undefined> {
  if (!encryption) return undefined;
  if (!folder)
    throw new BackupError('KeyMissing', 'terminal', 'the pod was given no key; the Job was not made by Holdfast');
  const entries = new Map<string, Uint8Array>();
  for (const name of await readdir(folder)) {
    // A mounted Secret also shows the folders behind its links.
    if (!name.startsWith('..') && (await stat(join(folder, name))).isFile())
      entries.set(name, await readFile(join(folder, name)));
  }
  return { ring: openKeyRing(entries, encryption.writeKey), secrets: [...entries.values()].flatMap(spellings) };
}

function spellings(entry: Uint8Array): string[] {
  const written = Buffer.from(entry);
  const text = written.toString('utf8');
  return [...(text.includes('\ufffd') ? [] : [text.trim()]), ...encodings(written), ...encodings(rawKey(entry))];
}

function encodings(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes);
  const base64 = buffer.toString('base64');
  const hex = buffer.toString('hex');
  return [base64, base64.replace(/=+$/, ''), buffer.toString('base64url'), hex, hex.toUpperCase()];
}

/** An entry that holds no key is hidden as it is. */
function rawKey(entry: Uint8Array): Uint8Array {
  try {
    return parseKey(entry);
  } catch {
    return entry;
  }
}
