import { BackupError } from '@holdfast/types';
import { fingerprint } from './fingerprint.ts';
import { parseKey } from './parse-key.ts';

/** A key with the entry of the Secret it stands in. */
export interface RingKey {
  readonly entry: string;
  readonly fingerprint: string;
  /** 32 raw bytes. */
  readonly key: Uint8Array;
}

/** The keys of one Secret: one to write with, all to read with. */
export interface KeyRing {
  readonly write: RingKey;
  /** The key with this fingerprint, whatever its entry is called; undefined when the Secret does not have it. */
  find(fingerprint: string): RingKey | undefined;
  /** Names of the entries that hold no key; they cannot be read with, and hinder nothing. */
  readonly malformed: readonly string[];
}

/**
 * Reads the entries of a key Secret.
 *
 * @param writeEntry the entry that new artifacts are encrypted with (`options.encryption.keySecretKey`)
 * @throws BackupError `KeyMissing` without that entry, `KeyMalformed` when it holds no key; both terminal
 */
export function openKeyRing(entries: ReadonlyMap<string, Uint8Array>, writeEntry: string): KeyRing {
  const write = ringKey(writeEntry, entries.get(writeEntry) ?? missing(entries, writeEntry));
  const others = [...entries].filter(([entry]) => entry !== writeEntry).map(readable);
  const malformed = others.filter((other) => typeof other === 'string');
  const keys = [write, ...others.filter((other) => typeof other !== 'string')];
  return { write, malformed, find: (wanted) => keys.find((key) => key.fingerprint === wanted) };
}

function ringKey(entry: string, value: Uint8Array): RingKey {
  const key = parseKey(value, `entry "${entry}" of the key Secret`);
  return { entry, key, fingerprint: fingerprint(key) };
}

function missing(entries: ReadonlyMap<string, Uint8Array>, writeEntry: string): never {
  const names = [...entries.keys()].map((name) => `"${name}"`).join(', ') || 'no entry at all';
  throw new BackupError(
    'KeyMissing',
    'terminal',
    `the key Secret has no entry "${writeEntry}" (it has ${names}); add the key under that name, or name another one in options.encryption.keySecretKey`,
  );
}

/** The key of an entry that is only read with, or the entry's name when it holds none. */
function readable([entry, value]: readonly [string, Uint8Array]): RingKey | string {
  try {
    return ringKey(entry, value);
  } catch {
    return entry; // a key that is not written with must not stop a backup
  }
}
