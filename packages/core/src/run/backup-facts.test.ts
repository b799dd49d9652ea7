import {
  annotations,
  runStatuses,
  verificationLevels,
  type Condition,
  type HistoryEntry,
  type Neo4jBackup,
  type Status,
} from '@holdfast/types';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { newestSuccess } from '../retention/cause.ts';
import { aBackup, bucket, target } from '../spec/a-spec.ts';
import { project } from '../status/project.ts';
import { totalsOf } from '../status/totals.ts';
import { at, anEnding } from './an-observed.ts';
import { backupFacts, slimFacts } from './backup-facts.ts';
import { decide } from './decide.ts';
import { verificationAt } from './verification-cause.ts';

const written = { target, storage: bucket, schedule: '0 2 * * *' };

/** As the server keeps it after some edits. */
function anObject(
  generation: number,
  spec: object = written,
  metadata: Partial<Neo4jBackup['metadata']> = {},
): Neo4jBackup {
  const backup = aBackup(spec);
  return { ...backup, metadata: { ...backup.metadata, generation, ...metadata } };
}

test('a spec is read again once somebody edited it, and its reading is kept until then', () => {
  const known = slimFacts(backupFacts(anObject(1)));
  expect(backupFacts(anObject(1), known).spec).toBe(known.spec);
  const edited = anObject(2, { ...written, schedule: '0 3 * * *' });
  expect(backupFacts(edited, known)).toEqual(backupFacts(edited));
});

test('a change of the status or of an annotation is seen though nobody edited the spec', () => {
  const known = slimFacts(backupFacts(anObject(1)));
  const asked = { ...anObject(1, written, { annotations: { [annotations.run]: 'now' } }), status: { missedSlots: 3 } };
  expect(backupFacts(asked, known)).toEqual(backupFacts(asked));
});

test('the annotation that names the target is seen when it comes, changes and goes', () => {
  const named = (workload: string) => anObject(1, written, { annotations: { [annotations.target]: workload } });
  let known = backupFacts(anObject(1));
  for (const next of [
    named('statefulset/graph'),
    named('service/graph'),
    anObject(1),
    named('nonsense'),
    anObject(1),
  ]) {
    expect(backupFacts(next, known)).toEqual(backupFacts(next));
    known = backupFacts(next, known);
  }
});

test.each([
  ['was made anew under its name', anObject(1, { ...written, suspend: true }, { uid: 'another' })],
  ['comes from a server that does not count edits', aBackup({ ...written, suspend: true })],
])('nothing is taken from an earlier look when the object %s', (_, backup) => {
  expect(backupFacts(backup, backupFacts(anObject(1)))).toEqual(backupFacts(backup));
});

test('the digest that a trigger asks for stays with the reading', () => {
  const spec = { ...written, triggers: [{ on: 'SpecChanged' }] };
  const known = slimFacts(backupFacts(anObject(1, spec)));
  expect(backupFacts(anObject(1, spec), known).specDigest).toBe(known.specDigest);
  expect(known.specDigest).toMatch(/^[0-9a-f]{10}$/);
});

const verifying = { ...written, retention: { maxCount: 3 }, options: { verify: true } };
const now = at('20T03:00');
const dayMs = 86_400_000;

test('what a watcher keeps of a status gives every answer that the whole of it gives', () => {
  fc.assert(
    fc.property(fc.array(aRow(), { maxLength: 5 }), fc.boolean(), someConditions(), (rows, counted, conditions) => {
      const history = rows.flat().map((end, age) => entryOf(end, age));
      const totals = totalsOf({ history });
      const status: Status = {
        lastSlotTime: '2026-03-20T02:00:00Z',
        history,
        conditions,
        ...(counted && { totals: [...totals] }),
      };
      const facts = backupFacts({ ...anObject(1, verifying), status });
      expect(answers(slimFacts(facts))).toEqual(answers(facts));
    }),
  );
});

test('of many runs that ended alike a watcher keeps the newest and the oldest', () => {
  const history = Array.from({ length: 10 }, (_, age) => entryOf({ status: 'Succeeded', reason: 'Succeeded' }, age));
  const status: Status = { history, totals: [{ status: 'Succeeded', reason: 'Succeeded', count: 10 }] };
  const kept = slimFacts(backupFacts({ ...anObject(1), status })).status.history;
  expect(kept?.map(({ runId }) => runId)).toEqual(['run-0', 'run-9']);
});

type End = Pick<HistoryEntry, 'status' | 'reason'> & { readonly level?: (typeof verificationLevels)[number] };

function anEnd(): fc.Arbitrary<End> {
  return fc.record(
    {
      status: fc.constantFrom(...runStatuses),
      reason: fc.constantFrom('Succeeded', 'JobLost', 'VerificationFailed'),
      level: fc.constantFrom(...verificationLevels),
    },
    { requiredKeys: ['status', 'reason'] },
  );
}

/** Some that ended alike, one after the other. */
function aRow(): fc.Arbitrary<End[]> {
  return fc
    .tuple(anEnd(), fc.integer({ min: 1, max: 4 }))
    .map(([end, count]) => Array.from({ length: count }, () => end));
}

function someConditions(): fc.Arbitrary<Condition[]> {
  const condition = fc.record({
    type: fc.constantFrom('Ready', 'StorageReady', 'JobCreated'),
    status: fc.constantFrom('True', 'False', 'Unknown'),
    reason: fc.constantFrom('StorageReachable', 'BucketMissing'),
    message: fc.constant('as it was'),
    lastTransitionTime: fc.constant('2026-03-01T00:00:00Z'),
  });
  return fc.uniqueArray(condition, { selector: ({ type }) => type, maxLength: 3 });
}

/** Newest first, a day apart. */
function entryOf({ level, ...end }: End, age: number): HistoryEntry {
  const completionTime = new Date(at('20T02:10').getTime() - age * dayMs).toISOString();
  const verification = level && { level, time: completionTime };
  return anEnding({ runId: `run-${age}`, ...end, completionTime, ...(verification && { verification }) });
}

/** All that the watcher asks of a status, and what it decides because of it. */
function answers(facts: ReturnType<typeof backupFacts>): object {
  const { status } = facts;
  const history = status.history ?? [];
  const { phase, conditions, nextRunTime } = project(status, facts, now);
  return {
    intent: decide({ backup: facts }, now),
    verificationAt: verificationAt(facts),
    newestSuccess: newestSuccess(status)?.runId,
    lastStatus: history.find((entry) => entry.status !== 'Missed')?.status,
    newest: history[0]?.runId,
    proofs: verificationLevels.map((level) => history.find(({ verification }) => verification?.level === level)?.runId),
    totals: totalsOf(status),
    ready: conditions?.find(({ type }) => type === 'Ready')?.reason,
    phase,
    nextRunTime,
  };
}
