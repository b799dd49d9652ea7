import { readFile } from 'node:fs/promises';
import { authorityKey, parseAuthorities } from '@holdfast/core';
import { agentEnv, BackupError } from '@holdfast/types';
import type { AgentConfig } from './config.ts';

/**
 * Reads the certificates that the pod is to believe for its store; undefined where it was given none. They were looked at before the Job was
 * made, and may have changed since.
 * @throws BackupError `AuthorityMissing`, terminal
 */
export async function readAuthorities({
  [agentEnv.authorityFile]: file,
}: Pick<AgentConfig, typeof agentEnv.authorityFile>): Promise<readonly string[] | undefined> {
  if (file === undefined) return undefined;
  const read = parseAuthorities(await readFile(file, 'utf8').catch(() => ''));
  if (typeof read === 'string') throw new BackupError('AuthorityMissing', 'terminal', `${authorityKey} ${read}`);
  return read;
}
