import type { EffectiveTrigger, Reason, TriggerEvent, TriggersStatus } from '@holdfast/types';
import { databaseCreated } from './database-created.ts';
import { specChanged } from './spec-changed.ts';
import { targetCreated } from './target-created.ts';
import { targetUpgrade } from './target-upgrade.ts';
import type { Seeing, Trigger } from './trigger.ts';

/** An occasion for a run. */
export interface Occasion {
  readonly trigger: EffectiveTrigger;
  readonly subject: string;
  readonly value: string;
  readonly reason: Reason;
  /** The memory of all triggers once this one was answered. */
  readonly seen: TriggersStatus;
}

/** What the triggers of a spec say at one look. */
export interface TriggersLook {
  /** The memory with what is worth remembering; absent when it stays as it is. */
  readonly noted?: TriggersStatus;
  /** In the order of the spec. */
  readonly occasions: readonly Occasion[];
}

/** Compares what each trigger of the spec sees with what it remembers. A trigger that the spec no longer has forgets. */
export function lookAtTriggers(seeing: Seeing): TriggersLook {
  const { spec, status } = seeing.backup;
  const triggers = spec?.triggers ?? [];
  const memory = status.triggers ?? {};
  const occasions: Occasion[] = [];
  let noted: TriggersStatus = {};
  let isNews = Object.keys(memory).some((name) => !triggers.some(({ on }) => kinds[on].name === name));
  for (const trigger of triggers) {
    const { name, reason, look } = kinds[trigger.on];
    const finding = look(memory, seeing);
    const before = memory[name];
    const seen = finding?.kind === 'note' ? finding.seen : before;
    if (seen) noted = { ...noted, [name]: seen };
    if (finding?.kind === 'note') isNews = true;
    if (finding?.kind === 'fire') {
      const { subject, value } = finding;
      occasions.push({ trigger, subject, value, reason, seen: { ...memory, [name]: finding.seen } });
    }
  }
  return { ...(isNews && { noted }), occasions };
}

interface Kind {
  /** Where its memory stands in status. */
  readonly name: keyof TriggersStatus;
  readonly reason: Reason;
  readonly look: (memory: TriggersStatus, seeing: Seeing) => ReturnType<Trigger<unknown>>;
}

function kind<N extends keyof TriggersStatus>(
  name: N,
  reason: Reason,
  trigger: Trigger<NonNullable<TriggersStatus[N]>>,
): Kind {
  return { name, reason, look: (memory, seeing) => trigger(memory[name] ?? undefined, seeing) };
}

const kinds: Readonly<Record<TriggerEvent, Kind>> = {
  TargetUpgrade: kind('targetUpgrade', 'TargetUpgraded', targetUpgrade),
  TargetCreated: kind('targetCreated', 'TargetCreated', targetCreated),
  DatabaseCreated: kind('databaseCreated', 'DatabaseCreated', databaseCreated),
  SpecChanged: kind('specChanged', 'SpecChanged', specChanged),
};
