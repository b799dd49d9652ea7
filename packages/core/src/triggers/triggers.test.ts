import type { EffectiveTrigger, Status, TriggersStatus } from '@holdfast/types';
import { expect, test } from 'vitest';
import { aSpec, at, aBackup, uid } from '../run/an-observed.ts';
import type { BackupFacts } from '../run/observed.ts';
import type { TargetFacts } from '../target/target-facts.ts';
import { lookAtTriggers, type TriggersLook } from './look-at-triggers.ts';

/** The usual target: older than the backup of 1 March. */
function aTarget(difference: Partial<TargetFacts> = {}): TargetFacts {
  return {
    host: { uid: 'servers-1', generation: 7, image: 'neo4j:5.26.1' },
    itself: { uid: 'servers-1', createdAt: new Date('2026-02-01T00:00:00Z') },
    databases: [],
    ...difference,
  };
}

function look(
  on: EffectiveTrigger['on'] | readonly EffectiveTrigger[],
  memory: TriggersStatus | undefined,
  target: TargetFacts | undefined,
  more: Partial<BackupFacts> & { status?: Status } = {},
): TriggersLook {
  const triggers = typeof on === 'string' ? [{ on }] : on;
  const status = { ...more.status, ...(memory && { triggers: memory }) };
  const backup = aBackup({ spec: aSpec({ triggers }), ...more, status });
  return lookAtTriggers({ backup, ...(target && { target }) });
}

test('nothing fires before it was looked at once, and nothing is noted of what cannot be seen', () => {
  expect(look('TargetUpgrade', undefined, aTarget())).toEqual({
    noted: { targetUpgrade: { subject: 'servers-1', image: 'neo4j:5.26.1', generation: 7 } },
    occasions: [],
  });
  for (const on of ['TargetUpgrade', 'TargetCreated', 'DatabaseCreated'] as const)
    expect(look(on, undefined, undefined)).toEqual({ occasions: [] });
});

test('a trigger that the spec no longer has forgets what it saw', () => {
  const memory = {
    specChanged: { generation: 1, digest: 'a' },
    targetCreated: { subject: 'servers-1', createdTime: '2026-02-01T00:00:00Z' },
  };
  expect(look('TargetCreated', memory, aTarget())).toEqual({
    noted: { targetCreated: { subject: 'servers-1', createdTime: '2026-02-01T00:00:00Z' } },
    occasions: [],
  });
  expect(look([], memory, undefined).noted).toEqual({});
});

test('one that fires leaves the memory of the others as it is', () => {
  const memory = {
    targetUpgrade: { subject: 'servers-1', image: 'neo4j:5.26.0', generation: 4 },
    specChanged: { generation: 1, digest: 'a' },
  };
  const both = [{ on: 'TargetUpgrade', backupType: 'FULL' }, { on: 'SpecChanged' }] as const;
  const { occasions, noted } = look(both, memory, aTarget(), { generation: 2, specDigest: 'b' });
  expect(noted).toBeUndefined();
  expect(occasions.map(({ trigger, seen }) => [trigger, seen])).toEqual([
    [both[0], { ...memory, targetUpgrade: { subject: 'servers-1', image: 'neo4j:5.26.1', generation: 7 } }],
    [both[1], { ...memory, specChanged: { generation: 2, digest: 'b' } }],
  ]);
});

// TargetUpgrade

test('another image of the same servers is an upgrade, and each one has a name of its own', () => {
  const seen = { subject: 'servers-1', image: 'neo4j:5.26.0', generation: 6 };
  const first = look('TargetUpgrade', { targetUpgrade: seen }, aTarget()).occasions[0];
  expect(first).toMatchObject({ reason: 'TargetUpgraded', subject: 'servers-1', value: 'neo4j:5.26.1 7' });
  const later = aTarget({ host: { ...aTarget().host, generation: 9 } });
  const again = look('TargetUpgrade', { targetUpgrade: { ...seen, generation: 8 } }, later).occasions[0];
  expect(again?.value).toBe('neo4j:5.26.1 9');
  expect(look('TargetUpgrade', first?.seen, aTarget())).toEqual({ occasions: [] });
  expect(look('TargetUpgrade', first?.seen, later)).toEqual({ occasions: [] });
});

test('who has not heard of the upgrade yet does not take it for one back', () => {
  const seen = { subject: 'servers-1', image: 'neo4j:2025.10', generation: 8 };
  expect(look('TargetUpgrade', { targetUpgrade: seen }, aTarget())).toEqual({ occasions: [] });
});

test('other servers are looked at anew, and what says no image is not compared', () => {
  const memory = { targetUpgrade: { subject: 'earlier', image: 'neo4j:5.26.0', generation: 30 } };
  expect(look('TargetUpgrade', memory, aTarget())).toEqual({
    noted: { targetUpgrade: { subject: 'servers-1', image: 'neo4j:5.26.1', generation: 7 } },
    occasions: [],
  });
  expect(look('TargetUpgrade', memory, aTarget({ host: { uid: 'earlier', generation: 31 } }))).toEqual({
    occasions: [],
  });
});

// TargetCreated

const itself = (name: string, createdAt: Date) => aTarget({ itself: { uid: name, createdAt } });

test('a target that was there before the backup did not appear', () => {
  expect(look('TargetCreated', undefined, aTarget())).toEqual({
    noted: { targetCreated: { subject: 'servers-1', createdTime: '2026-02-01T00:00:00Z' } },
    occasions: [],
  });
});

test('a target that appears later is an occasion, also when nobody looked before', () => {
  const { occasions } = look('TargetCreated', undefined, itself('later', at('02T00:00')));
  expect(occasions).toMatchObject([
    {
      reason: 'TargetCreated',
      subject: 'later',
      seen: { targetCreated: { subject: 'later', createdTime: '2026-03-02T00:00:00Z' } },
    },
  ]);
});

test('a target of the same second as the backup counts as new', () => {
  expect(look('TargetCreated', undefined, itself('both', at('01T00:00'))).occasions).toHaveLength(1);
});

test('a target that was made anew is another one, whenever it was made', () => {
  const memory = { targetCreated: { subject: 'earlier', createdTime: '2026-01-01T00:00:00Z' } };
  expect(look('TargetCreated', memory, aTarget()).occasions).toHaveLength(1);
  const newer = { targetCreated: { subject: 'later', createdTime: '2026-03-01T00:00:00Z' } };
  expect(look('TargetCreated', newer, aTarget())).toEqual({ occasions: [] }); // a watcher that has not heard yet
  expect(look('TargetCreated', memory, undefined)).toEqual({ occasions: [] });
});

test('a run that waited for the target to appear has answered it when it succeeded', () => {
  const target = itself('later', at('02T00:00'));
  const done = (lastRunTime: string, lastSuccessTime: string) => ({ status: { lastRunTime, lastSuccessTime } });
  const answered = look('TargetCreated', undefined, target, done('2026-03-02T00:01:00Z', '2026-03-02T00:02:00Z'));
  expect(answered).toEqual({
    noted: { targetCreated: { subject: 'later', createdTime: '2026-03-02T00:00:00Z' } },
    occasions: [],
  });
  const failed = look('TargetCreated', undefined, target, done('2026-03-02T00:01:00Z', '2026-03-01T12:00:00Z'));
  expect(failed.occasions).toHaveLength(1);
  const before = look('TargetCreated', undefined, target, done('2026-03-01T12:00:00Z', '2026-03-02T00:02:00Z'));
  expect(before.occasions).toHaveLength(1);
});

// DatabaseCreated

const aDatabase = (name: string, createdAt: Date, ready = true) => ({ uid: name, createdAt, ready });
const since = { since: '2026-02-28T23:59:59Z', subjects: [] };

test('databases that come together are one occasion, named by the newest', () => {
  const databases = [
    aDatabase('old', new Date('2026-02-28T23:59:59Z')),
    aDatabase('first', at('02T00:00')),
    aDatabase('second', at('02T00:01')),
  ];
  const first = look('DatabaseCreated', undefined, aTarget({ databases }));
  expect(first).toEqual({ noted: { databaseCreated: since }, occasions: [] });
  const [occasion] = look('DatabaseCreated', first.noted, aTarget({ databases })).occasions;
  expect(occasion).toMatchObject({
    reason: 'DatabaseCreated',
    subject: 'second',
    seen: { databaseCreated: { ...since, subjects: ['second', 'first'] } },
  });
  expect(look('DatabaseCreated', occasion?.seen, aTarget({ databases }))).toEqual({ occasions: [] });
});

test('a database that is not online yet is waited for, however long, and then it is new', () => {
  const slow = aDatabase('slow', at('02T00:00'), false);
  const quick = aDatabase('quick', at('03T00:00'));
  const [occasion] = look(
    'DatabaseCreated',
    { databaseCreated: since },
    aTarget({ databases: [slow, quick] }),
  ).occasions;
  expect(occasion?.subject).toBe('quick');
  const databases = [{ ...slow, ready: true }, quick];
  expect(look('DatabaseCreated', occasion?.seen, aTarget({ databases })).occasions).toMatchObject([
    { subject: 'slow' },
  ]);
});

test('a trigger that comes to a backup of long standing begins with what its last run brought', () => {
  const databases = [aDatabase('brought', at('02T00:00')), aDatabase('later', at('04T00:00'))];
  const status = { lastRunTime: '2026-03-03T02:00:00Z', lastSuccessTime: '2026-03-03T02:05:00Z' };
  const { noted } = look('DatabaseCreated', undefined, aTarget({ databases }), { status });
  expect(noted).toEqual({ databaseCreated: { since: '2026-03-03T01:59:59Z', subjects: [] } });
  const { occasions } = look('DatabaseCreated', noted, aTarget({ databases }), { status });
  expect(occasions).toMatchObject([{ subject: 'later', seen: { databaseCreated: { subjects: ['later'] } } }]);
});

test('of many databases only the newest are remembered by name, and none is new twice', () => {
  const databases = Array.from({ length: 520 }, (_, index) =>
    aDatabase(`database-${index}`, new Date(at('02T00:00').getTime() + index * 1000)),
  );
  const [occasion] = look('DatabaseCreated', { databaseCreated: since }, aTarget({ databases })).occasions;
  expect(occasion?.seen.databaseCreated).toMatchObject({ since: '2026-03-02T00:00:19Z' });
  expect(occasion?.seen.databaseCreated?.subjects).toHaveLength(500);
  expect(look('DatabaseCreated', occasion?.seen, aTarget({ databases })).occasions).toEqual([]);
});

// SpecChanged

test('an edit that means something else is an occasion, named by its generation', () => {
  const memory = { specChanged: { generation: 3, digest: 'a' } };
  const seeing = (generation: number, specDigest: string) =>
    look('SpecChanged', memory, undefined, { generation, specDigest });
  expect(seeing(5, 'b').occasions).toMatchObject([{ reason: 'SpecChanged', subject: uid, value: '5' }]);
  expect(seeing(4, 'a')).toEqual({ noted: { specChanged: { generation: 4, digest: 'a' } }, occasions: [] });
  expect(seeing(3, 'read in another way')).toEqual({ occasions: [] });
  expect(seeing(2, 'an old cache')).toEqual({ occasions: [] });
});
