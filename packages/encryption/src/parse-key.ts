import { BackupError } from '@holdfast/types';

/** Length of every key, raw. */
export const keyBytes = 32;

/**
 * The 32 bytes of a key as a person stored them: raw, or text in base64, base64url (padded or not) or hex, with white space around it.
 *
 * No value has two meanings. A value of 32 bytes is always a raw key: text of 32 characters never decodes to 32 bytes. Hex needs 64
 * characters and base64 needs 43, or 44 with its padding. So 32 hex digits, a 16-byte key elsewhere, are 32 raw bytes here.
 *
 * @param name what the value is called in the error
 * @throws BackupError `KeyMalformed` (terminal), which tells the length and never the value
 */
export function parseKey(value: Uint8Array, name = 'the encryption key'): Uint8Array {
  if (value.length === keyBytes) return Uint8Array.from(value); // a copy of its own: the caller may clear its buffer
  const key = value.length <= longestText ? fromText(Buffer.from(value).toString('latin1')) : undefined;
  if (key) return key;
  throw new BackupError(
    'KeyMalformed',
    'terminal',
    `${name} (${value.length} bytes) is neither 32 raw bytes nor base64, base64url or hex of 32 bytes; make one with: openssl rand -base64 32`,
  );
}

/** Far beyond 64 hex digits with white space around them; a value that long was never meant to be a key. */
const longestText = 1024;

function fromText(text: string): Uint8Array | undefined {
  const word = text.replace(/^[\t\n\v\f\r ]+|[\t\n\v\f\r ]+$/g, '');
  if (/^[0-9a-fA-F]{64}$/.test(word)) return Uint8Array.from(Buffer.from(word, 'hex'));
  const [, digits = ''] = /^([A-Za-z0-9+/]{43}|[A-Za-z0-9_-]{43})=?$/.exec(word) ?? [];
  const key = Buffer.from(digits, 'base64url'); // reads both alphabets
  // The last of 43 digits carries two bits too many; another digit there is a typing mistake, not another spelling.
  const unambiguous = key.toString('base64url') === digits.replaceAll('+', '-').replaceAll('/', '_');
  return key.length === keyBytes && unambiguous ? Uint8Array.from(key) : undefined;
}
