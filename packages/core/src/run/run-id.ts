import { createHash } from 'node:crypto';
import type { RunKind, RunTrigger, TriggerEvent } from '@holdfast/types';

/** What started a run: enough to name it, and nothing that changes between two looks at the same cause. */
export type Cause =
  | { readonly trigger: 'Schedule'; readonly slot: Date }
  | { readonly trigger: 'Request'; readonly token: string }
  | { readonly trigger: 'OneShot' }
  /** `subject`: UID of what changed; `value`: into what, where that is not the subject itself. */
  | { readonly trigger: 'Event'; readonly on: TriggerEvent; readonly subject: string; readonly value: string }
  | { readonly trigger: 'Retention'; readonly cause: string }
  | { readonly trigger: 'Verification'; readonly cause: string }
  | { readonly trigger: 'Thaw'; readonly cause: string }
  | { readonly trigger: 'Erase'; readonly cause: string };

/**
 * Name of the run that a cause starts: the same cause of the same object always gives the same name, which is what keeps a trigger
 * from starting two runs. At most 40 characters of `[a-z0-9-]`, ending in the first 8 of the object's UID.
 */
export function runId(cause: Cause, backupUid: string): string {
  const owner = backupUid
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .slice(0, 8);
  switch (cause.trigger) {
    case 'Schedule':
      return `s${compactTime(cause.slot)}-${owner}`;
    case 'Request':
      return `r${shortHash(cause.token)}-${owner}`;
    case 'OneShot':
      return `o-${owner}`;
    case 'Event':
      return `e${shortHash([cause.on, cause.subject, cause.value].join('\n'))}-${owner}`;
    case 'Retention':
      return `p${shortHash(cause.cause)}-${owner}`;
    case 'Verification':
      return `v${shortHash(cause.cause)}-${owner}`;
    case 'Thaw':
      return `t${shortHash(cause.cause)}-${owner}`;
    case 'Erase':
      return `x${shortHash(cause.cause)}-${owner}`;
  }
}

export function kindOf(trigger: RunTrigger): RunKind {
  return kinds[trigger] ?? 'backup';
}

const kinds: Readonly<Partial<Record<RunTrigger, RunKind>>> = {
  Retention: 'retention',
  Verification: 'verify',
  Thaw: 'thaw',
  Erase: 'erase',
};

/** `2026-03-01T02:00:00Z` → `20260301t020000z`. */
function compactTime(at: Date): string {
  return at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').toLowerCase() + 'z';
}

/** Ten hex digits: with the twenty tokens a backup remembers, a collision is one in fifty billion. */
function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
}
