import { expect, test } from 'vitest';
import { admit, countTaken, targetKey, type Claimant } from './admit.ts';
import { aSpec } from './an-observed.ts';
import type { Circuit } from './breaker.ts';
import { locationKey } from './location.ts';

const limits = { global: 10, perTarget: 10, perLocation: 10 };

/** A run of the backup with this name; each has a target of its own, and all share a store. */
function asking(backup: string, difference: Partial<Claimant> = {}): Claimant {
  return {
    backup,
    kind: 'backup',
    target: backup,
    location: 'the bucket',
    recordedAt: '2026-03-02T02:00:00Z',
    parked: false,
    ...difference,
  };
}

function admitted(waiting: readonly Claimant[], holding: readonly Claimant[], change: Partial<typeof limits> = {}) {
  const answers = admit(waiting, countTaken(holding), { ...limits, ...change });
  return [...answers].filter(([, { kind }]) => kind === 'admit').map(([backup]) => backup);
}

test('the oldest run goes first, and of two of the same second the first by name', () => {
  const waiting = [
    asking('young', { recordedAt: '2026-03-02T03:00:00Z' }),
    asking('b'),
    asking('a'),
    asking('old', { recordedAt: '2026-03-02T01:00:00Z' }),
  ];
  expect(admitted(waiting, [], { global: 2 })).toEqual(['old', 'a']);
});

test.each([
  ['installation', { global: 1 }, 'the installation'],
  ['target', { perTarget: 1 }, 'target orders'],
  ['store', { perLocation: 1 }, 'to the same store'],
] as const)('a full %s makes a run wait and says so', (_what, change, words) => {
  const answers = admit([asking('new', { target: 'orders' })], countTaken([asking('at work', { target: 'orders' })]), {
    ...limits,
    ...change,
  });
  expect(answers.get('new')).toMatchObject({ kind: 'wait', reason: 'WaitingForPlace' });
  expect(JSON.stringify(answers.get('new'))).toContain(words.replace('the installation', "the installation's limit"));
});

test('a place that is given is taken: the next run of the same target waits', () => {
  const waiting = [asking('first', { target: 'orders' }), asking('second', { target: 'orders' })];
  expect(admitted(waiting, [], { perTarget: 1 })).toEqual(['first']);
});

test('a big backlog of one target does not delay the databases of another', () => {
  const backlog = Array.from({ length: 50 }, (_, index) => asking(`backlog-${index}`, { target: 'busy' }));
  const late = asking('late', { recordedAt: '2026-03-02T09:00:00Z' });
  expect(admitted([...backlog, late], [asking('at work', { target: 'busy' })], { perTarget: 1 })).toEqual(['late']);
});

test('a parked run holds no place', () => {
  const parked = asking('parked', { parked: true });
  expect(admitted([asking('new')], [parked], { global: 1 })).toEqual(['new']);
});

test('retention neither waits for a place nor takes one from a target or the installation', () => {
  const retention = asking('nightly', { kind: 'retention', target: 'orders' });
  const full = { global: 1, perTarget: 1, perLocation: 1 };
  expect(admitted([retention], [asking('at work', { target: 'orders' })], full)).toEqual(['nightly']);
  expect(admitted([asking('new', { target: 'orders' })], [retention], { global: 1, perTarget: 1 })).toEqual(['new']);
});

test('retention counts as a load of its store', () => {
  expect(admitted([asking('new')], [asking('nightly', { kind: 'retention' })], { perLocation: 1 })).toEqual([]);
});

test('a database and its cluster are one target, wherever they are written down', () => {
  const cluster = aSpec();
  const database = aSpec({
    target: { kind: 'Database', name: 'orders', namespace: 'neo4j', clusterRef: 'production' },
  });
  expect(targetKey(database)).toBe(targetKey(cluster));
  expect(targetKey(aSpec({ target: { ...cluster.target, namespace: 'other' } }))).not.toBe(targetKey(cluster));
});

test('a store is told apart by endpoint, bucket and credential, and a claim by its namespace', () => {
  const bucket = { type: 's3', bucket: 'backups', path: '' } as const;
  const keys = [
    locationKey(bucket, 'neo4j'),
    locationKey({ ...bucket, bucket: 'others' }, 'neo4j'),
    locationKey({ ...bucket, endpointUrl: 'https://minio.example' }, 'neo4j'),
    locationKey({ ...bucket, credentialsSecret: 'keys' }, 'neo4j'),
    locationKey({ ...bucket, credentialsSecret: 'keys' }, 'other'),
    locationKey({ type: 'gcs', bucket: 'backups', path: '' }, 'neo4j'),
    locationKey({ type: 'azure', bucket: 'backups', path: '' }, 'neo4j'),
    locationKey({ type: 'azure', bucket: 'backups', path: '', account: 'orders' }, 'neo4j'),
    locationKey({ type: 'pvc', claim: 'backups', path: '' }, 'neo4j'),
    locationKey({ type: 'pvc', claim: 'backups', path: '' }, 'other'),
  ];
  expect(new Set(keys).size).toBe(keys.length);
  expect(locationKey({ ...bucket, path: 'a' }, 'neo4j')).toBe(locationKey(bucket, 'neo4j'));
});

test('verifications share half of what a store may carry, and keep no backup waiting', () => {
  const verifying = (backup: string) => asking(backup, { kind: 'verify' });
  const reading = Array.from({ length: 5 }, (_, index) => verifying(`reading-${index}`));
  expect(admitted([verifying('one more')], reading.slice(1))).toEqual(['one more']);
  expect(admitted([verifying('one more'), asking('a backup')], reading)).toEqual(['a backup']);
  expect(admitted([verifying('alone')], [], { perLocation: 1 })).toEqual(['alone']);
});

test('a place that was taken and left counts no more, and a parked run takes none', () => {
  const [left, stays] = [asking('left'), asking('stays')];
  const taken = countTaken([left, stays, asking('parked', { parked: true })]);
  taken.remove(left);
  const kinds = (global: number) =>
    [...admit([asking('new')], taken, { ...limits, global }).values()].map(({ kind }) => kind);
  expect([kinds(1), kinds(2)]).toEqual([['wait'], ['admit']]);
});

const tryAt = Date.parse('2026-03-02T02:10:00Z');
const awayUntilTried = { open: 'StorageUnreachable', tryAt: 0, free: 1 } as const;
const parkedAt = (backup: string, triedAt: string) =>
  asking(backup, {
    parked: true,
    circuits: ['the endpoint'],
    fault: 'StorageUnreachable',
    turnAt: Date.parse(triedAt) + 60_000,
  });
const unproven = (backup: string, difference: Partial<Claimant> = {}) =>
  asking(backup, { circuits: ['the endpoint'], ...difference });
const withStore = (waiting: readonly Claimant[], circuit: Circuit, change: Partial<typeof limits> = {}) =>
  admit(waiting, countTaken(), { ...limits, ...change }, { circuitOf: () => circuit, now: new Date(tryAt) });
const named = (answers: ReturnType<typeof admit>) =>
  [...answers].filter(([, { kind }]) => kind === 'admit').map(([backup]) => backup);

test('one run at a time tries a store that is away, and the others say what they wait for', () => {
  const answers = withStore([unproven('a'), unproven('b')], awayUntilTried);
  expect(named(answers)).toEqual(['a']);
  expect(answers.get('b')).toMatchObject({ kind: 'wait', reason: 'StorageUnreachable' });
  expect(JSON.stringify(answers.get('b'))).toMatch(/did not answer .* one run at a time tries it again/);
});

test('of those who wait for a store the one that has not tried for longest goes first', () => {
  const waiting = [
    parkedAt('tried', '2026-03-02T02:08:00Z'),
    parkedAt('tried earlier', '2026-03-02T02:05:00Z'),
    unproven('never tried', { recordedAt: '2026-03-02T02:05:00Z' }),
  ];
  expect(named(withStore(waiting, awayUntilTried))).toEqual(['never tried']);
  expect(named(withStore(waiting.slice(0, 2), awayUntilTried))).toEqual(['tried earlier']);
});

test('nobody tries twice within a minute, and whoever may not leaves the turn to another', () => {
  const waiting = [
    parkedAt('just now', '2026-03-02T02:09:30Z'),
    unproven('next', { recordedAt: '2026-03-02T02:11:00Z' }),
  ];
  expect(named(withStore(waiting, { tryAt: 0, free: 1 }))).toEqual(['next']);
});

test('a store that came back is let on gently, the longest waiting first and within the limits', () => {
  const waiting = ['a', 'b', 'c', 'd'].map((backup) => parkedAt(backup, '2026-03-02T02:00:00Z'));
  const back = withStore(waiting, { tryAt: 0, free: 2 });
  expect(named(back)).toEqual(['a', 'b']);
  expect(back.get('c')).toMatchObject({ reason: 'StorageUnreachable' });
  expect(named(withStore(waiting, { tryAt: 0, free: 4 }, { perLocation: 3 }))).toEqual(['a', 'b', 'c']);
});

test('a store that is away holds neither runs to others nor retention, which gives up by itself', () => {
  const circuitOf = (key: string): Circuit =>
    key === 'the endpoint' ? { ...awayUntilTried, free: 0 } : { tryAt: 0, free: Infinity };
  const waiting = [
    unproven('held'),
    asking('elsewhere', { circuits: ['another'] }),
    unproven('nightly', { kind: 'retention' }),
  ];
  expect(named(admit(waiting, countTaken(), limits, { circuitOf, now: new Date(tryAt) }))).toEqual([
    'elsewhere',
    'nightly',
  ]);
});
