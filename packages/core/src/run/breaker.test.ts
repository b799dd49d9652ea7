import type { ActiveRun, Condition } from '@holdfast/types';
import { expect, test } from 'vitest';
import { aBackup, aRun, aSpec, at } from './an-observed.ts';
import { circuitKeys, judgeCircuit, wordFor, type StoreWord } from './breaker.ts';
import { storeWord } from './store-word.ts';

const ms = (time: string) => at(time).getTime();
const away = (since: string, triedAt = since): StoreWord => ({
  fault: { reason: 'StorageUnreachable', since: ms(since), triedAt: ms(triedAt) },
});
const good = (time: string): StoreWord => ({ goodAt: ms(time) });
const trying = (word: StoreWord, since: string): StoreWord => ({ ...word, tryingSince: ms(since) });

test('a store of which nobody says anything bad limits nobody', () => {
  expect(judgeCircuit([good('02T02:00'), {}, trying({}, '02T03:00')], at('02T03:00')).free).toBe(Infinity);
});

test('a store that is away is tried by one at a time, once a minute', () => {
  const words = [good('01T02:00'), away('02T02:00'), away('02T02:00', '02T02:10')];
  expect(judgeCircuit(words, at('02T02:10:59'))).toMatchObject({ open: 'StorageUnreachable', free: 0 });
  expect(judgeCircuit(words, at('02T02:11'))).toMatchObject({ open: 'StorageUnreachable', free: 1 });
  expect(judgeCircuit([...words, trying({}, '02T02:11')], at('02T02:12')).free).toBe(0);
});

test('one that tries and is never heard of again does not block the others for good', () => {
  const words = [trying(away('02T02:00'), '02T02:01')];
  expect(judgeCircuit(words, at('02T02:16')).free).toBe(0);
  expect(judgeCircuit(words, at('02T02:18')).free).toBe(1);
});

test('after the first success as many try at once as have succeeded', () => {
  const waiting = Array.from({ length: 5 }, () => away('02T02:00', '02T05:00'));
  const after = (...goods: StoreWord[]) =>
    judgeCircuit(
      [...waiting.map(({ fault }) => (fault ? { fault: { ...fault, triedAt: ms('02T02:00') } } : {})), ...goods],
      at('02T06:10'),
    );
  expect(after(good('02T06:00'))).toEqual({ tryAt: 0, free: 1 });
  expect(after(good('02T06:00'), good('02T06:01'), good('02T06:02'))).toEqual({ tryAt: 0, free: 3 });
  expect(after(good('02T06:00'), good('02T06:01'), trying(good('02T01:00'), '02T06:02')).free).toBe(1);
});

test("trouble that one alone keeps having is its own, that of two is the store's, and new trouble is believed at once", () => {
  const alone = away('02T02:00', '02T06:05');
  expect(judgeCircuit([alone, good('02T06:00')], at('02T07:00')).open).toBeUndefined();
  expect(judgeCircuit([alone, away('02T02:00', '02T06:06'), good('02T06:00')], at('02T07:00')).open).toBeDefined();
  expect(judgeCircuit([away('02T06:01'), good('02T06:00')], at('02T07:00')).open).toBeDefined();
});

test('a fault counts where it belongs: a connection for the endpoint, a refusal for the credential', () => {
  const [endpoint = '', credential = '', location = ''] = circuitKeys(aSpec().storage, 'neo4j');
  const heldBy = (word: StoreWord) =>
    [endpoint, credential, location].map((key) => wordFor(key, word).fault !== undefined);
  expect(heldBy(away('02T02:00'))).toEqual([true, false, true]);
  const fault = { reason: 'StorageDenied', since: 0, triedAt: 0 } as const;
  expect(heldBy({ fault })).toEqual([false, true, true]);
  expect(heldBy({ fault: { ...fault, reason: 'BucketMissing' } })).toEqual([false, false, true]);
  expect(wordFor(endpoint, { fault, goodAt: 7 })).toEqual({ goodAt: 7 });
});

test('what is shared: an endpoint by its buckets, a credential by the backups that name it, and an unnamed account by nobody', () => {
  const bucket = { type: 's3', bucket: 'a', path: '', region: 'eu', credentialsSecret: 'keys' } as const;
  const same = (one: Parameters<typeof circuitKeys>, other: Parameters<typeof circuitKeys>) => {
    const others = circuitKeys(...other);
    return circuitKeys(...one).map((key, index) => key === others[index]);
  };
  expect(same([bucket, 'neo4j'], [{ ...bucket, path: 'elsewhere' }, 'neo4j'])).toEqual([true, true, true]);
  expect(same([bucket, 'neo4j'], [{ ...bucket, bucket: 'b' }, 'neo4j'])).toEqual([true, true, false]);
  expect(same([bucket, 'neo4j'], [bucket, 'other'])).toEqual([true, false, false]);
  expect(same([bucket, 'neo4j'], [{ ...bucket, region: 'us' }, 'neo4j'])).toEqual([false, false, false]);
  const azure = { type: 'azure', bucket: 'a', path: '', credentialsSecret: 'keys' } as const;
  expect(same([azure, 'neo4j'], [azure, 'other'])).toEqual([false, false, false]);
  expect(same([{ ...azure, account: 'x' }, 'neo4j'], [{ ...azure, account: 'x' }, 'other'])).toEqual([
    true,
    false,
    false,
  ]);
});

const found = (difference: Partial<Condition> = {}): Condition => ({
  type: 'StorageReady',
  status: 'False',
  reason: 'StorageUnreachable',
  message: 'it does not answer',
  lastTransitionTime: '2026-03-02T02:00:00Z',
  observedGeneration: 1,
  ...difference,
});
const parked = (waitingFor: Partial<ActiveRun['waitingFor']> = {}): ActiveRun => ({
  ...aRun({ phase: 'Admitted', admittedAt: '2026-03-02T02:00:00Z' }),
  waitingFor: {
    reason: 'StorageUnreachable',
    message: 'it does not answer',
    since: '2026-03-02T02:00:05Z',
    ...waitingFor,
  },
});
const wordOf = (condition: Condition, activeRun?: ActiveRun, more: object = {}) =>
  storeWord(aBackup({ status: { conditions: [condition], ...(activeRun && { activeRun }), ...more } }));

test('a record says since when its store is away, when it was tried last, and that it is tried just now', () => {
  expect(wordOf(found())).toEqual(away('02T02:00'));
  const tried = { triedAt: '2026-03-02T02:09:00Z' };
  expect(wordOf(found(), parked(tried))).toEqual(away('02T02:00:05', '02T02:09'));
  const now = { ...tried, tryingSince: '2026-03-02T02:10:00Z' };
  expect(wordOf(found(), parked(now))).toEqual(trying(away('02T02:00:05', '02T02:09'), '02T02:10'));
});

test('other trouble, and what was found of the store of an earlier spec, is no word about this one', () => {
  expect(wordOf(found({ reason: 'CredentialsMissing' }))).toEqual({});
  expect(wordOf(found({ observedGeneration: 0 }))).toEqual({});
});

test('a store works when a Job was made after it was asked, when a run succeeded, or when a pod has long been at it', () => {
  const lastRunTime = '2026-03-02T03:00:00Z';
  expect(wordOf(found({ status: 'True', reason: 'StorageReachable' }), undefined, { lastRunTime })).toEqual(
    good('02T03:00'),
  );
  const unknown = found({ status: 'Unknown', reason: 'WaitsForFirstPod' });
  expect(wordOf(unknown, undefined, { lastRunTime })).toEqual({});
  expect(wordOf(unknown, undefined, { lastSuccessTime: lastRunTime })).toEqual(good('02T03:00'));
  const started = aRun({ startedAt: lastRunTime });
  expect(wordOf(unknown, { ...started, phase: 'Starting' })).toEqual({ tryingSince: ms('02T03:00') });
  expect(wordOf(found(), { ...started, phase: 'Running' })).toEqual(good('02T03:00'));
});

test('a run that was just admitted finds out, and one that waits for its next attempt does not', () => {
  const admitted = { ...aRun(), phase: 'Admitted', admittedAt: '2026-03-02T02:00:00Z' } as const;
  expect(storeWord(aBackup({ status: { activeRun: admitted } }))).toEqual({ tryingSince: ms('02T02:00') });
  const later = { ...admitted, notBefore: '2026-03-02T02:30:00Z' };
  expect(storeWord(aBackup({ status: { activeRun: later } }))).toEqual({});
});

test('refused credentials are tried twice a minute, because a person who corrects them waits for that', () => {
  const words = [{ fault: { reason: 'StorageDenied' as const, since: ms('02T02:00'), triedAt: ms('02T02:10') } }];
  expect(judgeCircuit(words, at('02T02:10:29'))).toMatchObject({ open: 'StorageDenied', free: 0 });
  expect(judgeCircuit(words, at('02T02:10:30'))).toMatchObject({ open: 'StorageDenied', free: 1 });
});
