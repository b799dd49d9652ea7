import type { HistoryEntry, Reason, Status } from '@holdfast/types';

/**
 * Why the next backup is a FULL whatever was asked: the last one ended half-way, so what lies in the folder, and what the engine would build
 * on, is in doubt. A run that never got to its engine leaves no doubt.
 */
export function forceFullAfter({ history }: Pick<Status, 'history'>): Extract<Reason, 'ChainBroken'> | undefined {
  const last = history?.find(({ status }) => status !== 'Missed');
  return last && endedHalfWay(last) ? 'ChainBroken' : undefined;
}

const halfWay: readonly string[] = [
  'EngineFailed',
  'OutOfMemory',
  'Stalled',
  'DeadlineExceeded',
  'JobLost',
  'PodDisrupted',
  'Interrupted',
  'EvidenceMissing',
  'StoreSpace',
  'VerificationFailed',
  'ArtifactMissing',
  'ArtifactChanged',
  'ChainBroken',
] satisfies Reason[];

function endedHalfWay({ status, reason, startTime }: HistoryEntry): boolean {
  const failed = status === 'Failed' || status === 'PartiallySucceeded';
  return failed && startTime !== undefined && halfWay.includes(reason);
}
