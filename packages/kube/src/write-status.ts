import { mayWrite, type Fence } from '@holdfast/core';
import type { BackupKey, Neo4jBackup, Status } from '@holdfast/types';
import { pause } from './clock.ts';
import { KubeError } from './kube-error.ts';
import type { Kube } from './kube.ts';
import { resources } from './resources.ts';

/** `uid` tells the object from an earlier or later one of the same name. */
export type StatusFence = Fence & { readonly uid?: string };

export interface WriteStatusOptions {
  readonly now: () => Date;
  /** Recomputes what people read (phase, message, conditions) from the facts. */
  readonly project: (status: Status, backup: Neo4jBackup, now: Date) => Status;
  readonly signal?: AbortSignal;
}

export type WriteStatusResult = 'written' | 'unchanged' | 'gone' | 'fenced';

/**
 * The only way to write a backup's status: read afresh, judge the fence, change, project, and write what differs under the
 * version that was read; when someone was faster, the same again. `change` may run several times and must be pure; `undefined`
 * means that nothing is to be written. `gone` also when another object has taken the name.
 */
export async function writeStatus(
  kube: Kube,
  key: BackupKey,
  fence: StatusFence,
  change: (backup: Neo4jBackup) => Status | undefined,
  options: WriteStatusOptions,
): Promise<WriteStatusResult> {
  for (let tried = 1; tried <= maxTries; tried++) {
    const backup = await kube.get(resources.backups, key, options.signal);
    if (!backup || (fence.uid !== undefined && backup.metadata.uid !== fence.uid)) return 'gone';
    const next = nextStatus(backup, fence, change, options);
    if (next === 'unchanged' || next === 'fenced') return next;
    const result = await kube.replaceStatus(resources.backups, { ...backup, status: next }, options.signal);
    if (result === 'gone') return 'gone';
    if (result !== 'conflict') return 'written';
    await pause(Math.random() * firstPauseMs * 2 ** Math.min(tried, 4), options.signal);
  }
  const message = `the status of backup ${key.namespace}/${key.name} was changed by others ${maxTries} times in a row`;
  throw new KubeError('transient', message, { status: 409 });
}

/** A storm of conflicts is about as long as its writers are many; each try reads afresh. */
const maxTries = 12;
const firstPauseMs = 20;

function nextStatus(
  backup: Neo4jBackup,
  fence: StatusFence,
  change: (backup: Neo4jBackup) => Status | undefined,
  { now, project }: WriteStatusOptions,
): Status | 'unchanged' | 'fenced' {
  const current = backup.status?.activeRun;
  // Judged before the change too: it must not see a run that its writer does not act for.
  if (!mayWrite(current, current, fence)) return 'fenced';
  const changed = change(backup);
  if (!changed) return 'unchanged';
  if (!mayWrite(current, changed.activeRun, fence)) return 'fenced';
  const next = project(changed, backup, now());
  return sameJson(backup.status ?? {}, next) ? 'unchanged' : next;
}

/** Whether two values are the same once written as JSON: absent and `undefined` are one, order of fields does not count. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  }
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => sameJson(left[key], right[key]));
}
