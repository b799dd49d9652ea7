import { expect } from 'vitest';
import { until } from '../until.ts';
import { backOnSchedule } from './checks/back-on-schedule.ts';
import { noRunPastItsDeadline } from './checks/deadlines.ts';
import { oneTriggerOneRun } from './checks/one-run.ts';
import { successIsProven } from './checks/proof.ts';
import { everyTroubleIsTold } from './checks/reasons.ts';
import { chainsStayWhole } from './checks/replay.ts';
import { noSecretIsShown } from './checks/secrets.ts';
import type { Allowances, Breach, Evidence } from './evidence.ts';

/** Events, scrapes and a service that comes back follow the state by a moment. */
const settlingMs = 20_000;

/** Asks I1 to I8 of everything that was seen. */
export function breaches(evidence: Evidence, allowed: Allowances = {}): Breach[] {
  return [
    ...oneTriggerOneRun(evidence, allowed),
    ...noRunPastItsDeadline(evidence),
    ...successIsProven(evidence, allowed),
    ...chainsStayWhole(evidence, allowed),
    ...everyTroubleIsTold(evidence),
    ...backOnSchedule(evidence),
    ...noSecretIsShown(evidence),
  ];
}

/** Fails with every breach that does not go away by itself within a moment. */
export async function expectInvariants(gather: () => Promise<Evidence>, allowed: Allowances = {}): Promise<void> {
  let found: Breach[] = [];
  const clean = async () => {
    found = breaches(await gather(), allowed);
    return found.length === 0;
  };
  await until(clean, { withinMs: settlingMs, everyMs: 250, saying: 'the invariants' }).catch((error: unknown) => {
    expect(found).toEqual([]);
    throw error; // nothing was found because nothing could be gathered
  });
}
