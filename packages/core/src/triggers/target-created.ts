import type { TriggersStatus } from '@holdfast/types';
import { toTime } from '../format/time.ts';
import { isBackedUpSince, type Trigger } from './trigger.ts';

/** The target appeared, for the first time or anew. One that is older than the backup itself was there already; of one second, both count as new. */
export const targetCreated: Trigger<NonNullable<TriggersStatus['targetCreated']>> = (seen, { backup, target }) => {
  if (!target?.itself || seen?.subject === target.itself.uid) return undefined;
  const { uid: subject, createdAt } = target.itself;
  const now = { subject, createdTime: toTime(createdAt) };
  // A watcher that has not heard yet still sees the one before.
  if (seen && now.createdTime < seen.createdTime) return undefined;
  const wasThere = (!seen && createdAt < backup.createdAt) || isBackedUpSince(backup, createdAt);
  return wasThere ? { kind: 'note', seen: now } : { kind: 'fire', seen: now, subject, value: '' };
};
