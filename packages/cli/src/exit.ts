import { BackupError, type Reason } from '@holdfast/types';

/** For `--help`; `docs/encryption.md` says the same. */
export const exitCodes = `Exit codes:
  0  done
  1  the artifact does not open: another key or name, or it was changed or cut; nothing was left behind
  2  the command cannot be carried out as it was given
  3  a file could not be read or written
  Ctrl-C ends it like other programs (130 in a shell) and leaves nothing behind`;

/** The command cannot be carried out as it was given; the message says how it can. */
export class UsageError extends Error {}

/** The signal came first; whoever sent it needs no sentence. */
export class Interrupted extends Error {}

export interface End {
  readonly exitCode: number;
  readonly message: string;
  readonly reason?: Reason;
}

export function endOf(error: unknown): End {
  if (error instanceof BackupError)
    return { exitCode: error.reason === 'DecryptFailed' ? 1 : 2, message: error.message, reason: error.reason };
  if (error instanceof UsageError) return { exitCode: 2, message: error.message };
  if (error instanceof Interrupted) return { exitCode: 130, message: 'interrupted; nothing was left behind' };
  return { exitCode: 3, message: sentenceOf(error) };
}

const sentences: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be used by this user',
  EPERM: 'may not be used by this user',
  EISDIR: 'is a folder',
  ENOTDIR: 'leads through something that is no folder',
  EROFS: 'is on a read-only file system',
  ENOSPC: 'has no space left',
  EDQUOT: 'has no space left within the quota',
  EPIPE: 'is not read any more',
};

function sentenceOf(error: unknown): string {
  const { code, path, message }: Partial<NodeJS.ErrnoException> = error instanceof Error ? error : {};
  const sentence = sentences[code ?? ''];
  if (!sentence) return message ?? String(error);
  return `${path === undefined ? 'the output' : JSON.stringify(path)} ${sentence}`;
}
