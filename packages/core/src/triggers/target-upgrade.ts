import type { TriggersStatus } from '@holdfast/types';
import type { Trigger } from './trigger.ts';

/**
 * The servers are told to run another image. The generation of the object that says so stands in the occasion's name, or going back and
 * upgrading again to the same image would name the same run twice; and a watcher that sees an older one has only not heard yet.
 */
export const targetUpgrade: Trigger<NonNullable<TriggersStatus['targetUpgrade']>> = (seen, { target }) => {
  if (!target?.host.image) return undefined;
  const { uid: subject, image, generation } = target.host;
  const now = { subject, image, generation };
  if (seen?.subject !== subject) return { kind: 'note', seen: now };
  if (seen.image === image || generation <= seen.generation) return undefined;
  return { kind: 'fire', seen: now, subject, value: `${image} ${generation}` };
};
