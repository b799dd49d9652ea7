import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anEntry, atHour } from '../chains/an-entry.ts';
import type { CatalogueEntry } from '../chains/catalogue-entry.ts';
import { chains } from '../chains/chains.ts';
import { aHistory } from '../chains/generated-history.ts';
import type { RetentionPlan, RetentionPolicy } from './plan.ts';
import { planRetention } from './plan-retention.ts';

const dayMs = 24 * 3_600_000;
const month = Array.from({ length: 30 }, (_, day) => anEntry({ artifact: `full-${day}`, hour: day * 24 }));
const byMistake = { maxAgeMs: 3 * dayMs, maxDeletePercent: 50 };

function plan(policy: Partial<RetentionPolicy>, entries: readonly CatalogueEntry[] = month, day = 29): RetentionPlan {
  return planRetention({ suspended: false, ...policy }, chains(entries), { unreadable: 0 }, atHour(day * 24));
}

function idOf({ proposal }: RetentionPlan): string {
  if (!proposal) throw new Error('nothing is planned to go');
  return proposal.id;
}

describe('a plan that removes more than the policy allows', () => {
  test('removes nothing, says what it would remove, and names itself', () => {
    const made = plan(byMistake);
    expect(made.remove).toEqual([]);
    expect(made.keep).toHaveLength(30);
    expect(made.proposal).toMatchObject({ consent: 'Waiting', total: { chains: 27, artifacts: 27, bytes: 2700 } });
    expect(made.proposal?.chains[0]?.because.words).toEqual(['older than 3d']);
    expect(made.held).toEqual([
      {
        reason: 'PlanNotAcknowledged',
        message: `plan ${idOf(made)} would remove 27 of 30 artifacts, more than the 50 % of spec.retention.maxDeletePercent; read status.retention.plan, and either correct the policy or set the annotation neo4j.neo4j.com/acknowledge-plan to ${idOf(made)}`,
        count: 27,
      },
    ]);
    expect(made.keep.at(-1)?.because.words).toEqual(['waits for an acknowledgement', 'older than 3d']);
  });

  test('is carried out once someone named it', () => {
    const agreed = plan({ ...byMistake, consent: { plan: idOf(plan(byMistake)) } });
    expect(agreed.remove).toHaveLength(27);
    expect(agreed).toMatchObject({ held: [], proposal: { consent: 'Acknowledged' } });
  });

  test('is another plan as soon as it would remove one artifact more, or one less', () => {
    const consent = { plan: idOf(plan(byMistake)) };
    expect(plan({ ...byMistake, consent }, month, 30).remove).toEqual([]);
    expect(plan({ ...byMistake, consent }, month.slice(1)).remove).toEqual([]);
    const longer = anEntry({ artifact: 'diff', chain: 'full-0', parent: 'full-0', tx: [11, 11], hour: 1 });
    expect(plan({ ...byMistake, consent }, [...month, longer]).remove).toEqual([]);
  });

  test('has one name, however the store lists it', () => {
    expect(idOf(plan(byMistake, month.toReversed()))).toBe(idOf(plan(byMistake)));
  });

  test('goes on after an interruption as it was, and never by more', () => {
    const begun = { at: atHour(29 * 24), artifacts: 27 };
    const left = month.slice(10);
    expect(plan({ ...byMistake, consent: { begun } }, left).remove).toHaveLength(17);
    // What came of age since was not agreed to.
    expect(plan({ ...byMistake, consent: { begun } }, left, 31).remove).toHaveLength(17);
    const more = Array.from({ length: 11 }, (_, hour) => anEntry({ artifact: `more-${hour}`, hour: hour + 1 }));
    expect(plan({ ...byMistake, consent: { begun } }, [...left, ...more]).remove).toEqual([]);
  });
});

test('exactly the share that the policy allows needs nobody', () => {
  expect(plan({ maxCount: 15, maxDeletePercent: 50 }).remove).toHaveLength(15);
  expect(plan({ maxCount: 14, maxDeletePercent: 50 }).remove).toEqual([]);
  expect(plan({ maxCount: 1, maxDeletePercent: 100 }).remove).toHaveLength(29);
});

test('both clocks ten years ahead empty no store', () => {
  const fresh = anEntry({ artifact: 'after-the-jump', hour: 3650 * 24 });
  const made = plan({ maxAgeMs: 30 * dayMs, maxDeletePercent: 50, expectedIntervalMs: dayMs }, month, 3650);
  expect([made.remove, made.held[0]?.reason]).toEqual([[], 'NoFreshBackup']);
  const after = planRetention(
    { maxAgeMs: 30 * dayMs, maxDeletePercent: 50, expectedIntervalMs: dayMs, suspended: false },
    chains([...month, fresh]),
    { unreadable: 0, lastSuccessAt: atHour(3650 * 24) },
    atHour(3650 * 24),
  );
  expect([after.remove, after.held[0]?.reason]).toEqual([[], 'PlanNotAcknowledged']);
});

test('no plan removes a larger share than is allowed unless it was named', () => {
  const policies = fc.record({
    maxCount: fc.integer({ min: 1, max: 5 }),
    maxDeletePercent: fc.integer({ min: 1, max: 99 }),
    suspended: fc.boolean(),
  });
  fc.assert(
    fc.property(aHistory(), policies, (entries, policy) => {
      const { remove, proposal, keep } = plan(policy, entries, 60);
      const gone = remove.reduce((sum, { chain }) => sum + chain.entries.length, 0);
      expect(gone).toBeLessThanOrEqual((entries.length * policy.maxDeletePercent) / 100);
      expect(keep.length + remove.length).toBe(chains(entries).length);
      if (!proposal) return;
      const agreed = plan({ ...policy, consent: { plan: proposal.id } }, entries, 60);
      expect(agreed.remove.map(({ chain }) => chain.id)).toEqual(proposal.chains.map(({ chain }) => chain.id));
    }),
  );
});
