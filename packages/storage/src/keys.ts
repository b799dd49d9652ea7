import { BackupError, relativeKey } from '@holdfast/types';

/**
 * Refuses a key that could point elsewhere than below the store's root.
 * @throws BackupError `UnexpectedError`, terminal: such a key comes from a mistake of ours or from a document someone forged
 */
export function requireKey(key: string, place: string): string {
  if (isUsual(key) || relativeKey.safeParse(key).success) return key;
  throw new BackupError(
    'UnexpectedError',
    'terminal',
    `${place}: ${JSON.stringify(key)} is no usable key; it must be relative, without empty, "." or ".." steps`,
  );
}

/** Nearly every key: a sweep has a hundred thousand of them, and a schema is dear to ask. */
function isUsual(key: string): boolean {
  return key.length <= 1024 && /^[\w~-][\w.~-]*(\/[\w~-][\w.~-]*)*$/.test(key);
}

/** A prefix is empty or a key and a slash. */
export function requirePrefix(prefix: string, place: string): string {
  if (prefix === '') return prefix;
  if (prefix.endsWith('/') && relativeKey.safeParse(prefix.slice(0, -1)).success) return prefix;
  throw new BackupError(
    'UnexpectedError',
    'terminal',
    `${place}: ${JSON.stringify(prefix)} is no usable prefix; it must be empty, or a key that ends with a slash`,
  );
}
