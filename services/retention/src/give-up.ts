import { backupFacts } from '@holdfast/core';
import { resources } from '@holdfast/kube';
import type { GivenUp } from '@holdfast/queue';
import { hold as holdErase } from './erase.ts';
import { hold, type Hands } from './record.ts';
import { hold as holdThaw } from './thaw.ts';

/** A run whose handler failed to the end gives the folder's lock back and says why; the next look comes by itself. */
export async function giveUp({ ring, reason, message }: GivenUp, hands: Hands): Promise<void> {
  const object = await hands.kube.get(resources.backups, ring);
  const backup = object && backupFacts(object);
  const run = backup?.status.activeRun;
  if (!backup || !run) return;
  if (run.kind === 'erase') await holdErase({ backup, run, hands }, { reason, message });
  if (backup.deleting) return;
  if (run.kind === 'thaw') await holdThaw({ backup, run, hands }, { reason, message });
  if (run.kind === 'retention') await hold({ backup, run, hands }, { reason, message });
}
