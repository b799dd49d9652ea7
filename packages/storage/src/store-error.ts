import { BackupError, type ErrorFate, type Reason } from '@holdfast/types';
import { certificateRemedy } from './certificate-remedy.ts';

/** What an answer of a store in a cloud means, and the remedy for it. */
export interface Meaning {
  readonly reason: Reason;
  readonly fate: ErrorFate;
  readonly remedy: string;
}

/** The store's own word for what is wrong, or the system's, with the status of the answer if there was one. */
export interface Answer {
  readonly code: string;
  readonly status: number | undefined;
  readonly cause?: unknown;
}

/** The error of one answer. Its message names place, operation, code and remedy, and holds nothing else that came from outside. */
export function answeredWith(answer: Answer, place: string, operation: string, meaning: Meaning): BackupError {
  const { code, status, cause } = answer;
  const { reason, fate, remedy } = meaning;
  const told = status === undefined ? code : `${code} (${status})`;
  const message = `${place} answers ${operation} with ${told}; ${remedy}`;
  return new BackupError(reason, fate, message, cause === undefined ? {} : { cause });
}

/** What an answer means whoever gives it, where its code says nothing; `denied` and `unreachable` are the store's own remedies. */
export function meaningByStatus(
  { code, status }: Answer,
  own: { readonly denied: Meaning; readonly unreachable: Meaning },
): Meaning | undefined {
  const untrusted = status === undefined ? certificateRemedy(code) : undefined; // with a status the code is the store's word
  if (untrusted) return { reason: 'CertificateNotTrusted', fate: 'terminal', remedy: untrusted };
  if (status === 401 || status === 403) return own.denied;
  if (status === 507) return full;
  if (
    status === undefined
      ? /^E[A-Z_]+$/.test(code) || /^ERR_(SSL|TLS)_/.test(code)
      : status >= 500 || status === 408 || status === 429
  )
    return own.unreachable;
  return undefined;
}

export const full: Meaning = {
  reason: 'StoreSpace',
  fate: 'terminal',
  remedy: 'give the store more space or keep less',
};
export const unknown: Meaning = {
  reason: 'UnexpectedError',
  fate: 'transient',
  remedy: 'this answer has no name yet; the log has its cause',
};

/** The errors of an SDK carry the whole request, its token or signature included, and logs print what errors carry. */
export function withoutRequest(error: unknown, { code, status }: Answer): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack } = error;
  const bare = Object.assign(new Error(message), { name, code, ...(status && { statusCode: status }) });
  return stack === undefined ? bare : Object.assign(bare, { stack });
}

/** Codes are words of the provider; anything else could be text that someone chose. */
export function isWord(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(text);
}
