import { StringDecoder } from 'node:string_decoder';

/** Text without the secrets in it, for a stream that comes in pieces. */
export interface Redactor {
  /** What can be shown now. An end that may be the beginning of a secret waits for the next piece. */
  push(chunk: Uint8Array): string;
  /** The rest. */
  end(): string;
}

export function openRedactor(secrets: readonly string[]): Redactor {
  const redact = redactor(secrets);
  const decoder = new StringDecoder('utf8');
  let kept = '';
  return {
    push(chunk) {
      const text = redact(kept + decoder.write(Buffer.from(chunk)));
      const keep = beginningOfASecret(text, worthHiding(secrets));
      kept = text.slice(text.length - keep);
      return text.slice(0, text.length - keep);
    },
    end() {
      const rest = redact(kept + decoder.end());
      kept = '';
      return rest;
    },
  };
}

/** Replaces secrets in whole texts. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const worth = worthHiding(secrets);
  return (text) => worth.reduce((safe, secret) => safe.replaceAll(secret, '***'), text);
}

/** A value with every text in it redacted: results quote what the engine printed. */
export function redacted<T>(value: T, redact: (text: string) => string): T;
export function redacted(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((each) => redacted(each, redact));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, redacted(each, redact)]));
}

/** Longest first, for one may hold another. Shorter words are no secrets, and hiding them would spoil every line. */
function worthHiding(secrets: readonly string[]): string[] {
  return secrets.filter((secret) => secret.length >= 4).toSorted((a, b) => b.length - a.length);
}

/** Length of the longest end of a text with which a secret begins. */
function beginningOfASecret(text: string, secrets: readonly string[]): number {
  let longest = 0;
  for (const secret of secrets) {
    for (let length = Math.min(secret.length - 1, text.length); length > longest; length -= 1) {
      if (text.endsWith(secret.slice(0, length))) longest = length;
    }
  }
  return longest;
}
