import type { EventNote } from '@holdfast/kube';
import type { Status } from '@holdfast/types';

/** One Event for each artifact that was not known to be damaged before. */
export function damageNotes(before: Status, after: Status): EventNote[] {
  const known = new Set((before.verification?.damaged ?? []).map(nameOf));
  const found = (after.verification?.damaged ?? []).filter((damaged) => !known.has(nameOf(damaged)));
  return found.map((damaged) => ({
    type: 'Warning',
    reason: 'ChainBroken',
    message: `chain ${damaged.chain} of ${damaged.database} cannot be restored beyond ${damaged.artifact}: ${damaged.message}`,
    id: `damaged-${nameOf(damaged)}`,
  }));
}

function nameOf({ chain, artifact }: { readonly chain: string; readonly artifact: string }): string {
  return `${chain}~${artifact}`;
}
