import { expect, test } from 'vitest';
import { anEntry, atHour } from '../chains/an-entry.ts';
import type { CatalogueEntry } from '../chains/catalogue-entry.ts';
import { planLeftovers, type LeftoverFacts, type UnnamedObject, type WritingTime } from './plan-leftovers.ts';

const day = 24;
const at = atHour(20 * day);

function anObject(told: Partial<UnnamedObject> & { key: string }): UnnamedObject {
  return { bytes: 100, modifiedAt: atHour(30), ...told };
}

/** The run `dead` wrote from hour 29 to hour 31. */
const dead: WritingTime = { run: 'dead', startedAt: atHour(29), endedAt: atHour(31), deadlineMs: day * 3_600_000 };
const orphan = anObject({ key: 'artifacts/orders-2026-01-02T06-00-00.backup' });
const newerFull = anEntry({ artifact: 'orders-2026-01-03T00-00-00', hour: 48 });

function plan(told: Partial<LeftoverFacts> & { entries?: CatalogueEntry[]; at?: Date; maxAgeMs?: number } = {}) {
  const { entries = [newerFull], ...facts } = told;
  return planLeftovers(
    entries,
    { unnamed: [orphan], writing: [dead], marks: [], runs: new Map(), runDeadlineMs: 3_600_000, ...facts },
    { at: told.at ?? at, maxAgeMs: told.maxAgeMs },
  );
}

function removed(told: Parameters<typeof plan>[0]): string[] {
  return plan(told).remove.map(({ key }) => key);
}

test('what a dead run left goes once a newer FULL of its database is whole', () => {
  expect(removed({})).toEqual([orphan.key]);
});

test('without a newer FULL of its own database it stays', () => {
  expect(removed({ entries: [] })).toEqual([]);
  expect(removed({ entries: [anEntry({ artifact: 'older', hour: 20 })] })).toEqual([]);
  expect(removed({ entries: [anEntry({ artifact: 'newer', hour: 48, database: 'customers' })] })).toEqual([]);
  expect(removed({ entries: [anEntry({ artifact: 'diff', chain: 'full', parent: 'full', hour: 48 })] })).toEqual([]);
});

test('a newer FULL that was found spoiled is none', () => {
  const suspect = { foundBy: 'looking', reason: 'ArtifactChanged', message: 'other bytes', time: at };
  expect(removed({ entries: [{ ...newerFull, suspect }] })).toEqual([]);
});

test('before the longest deadline and the grace are over it stays, whichever of the deadlines is the longest', () => {
  expect(removed({ at: atHour(30 + day + 1) })).toEqual([]);
  expect(removed({ at: atHour(30 + day + 2) })).toEqual([orphan.key]);
  expect(removed({ at: atHour(30 + day + 2), runDeadlineMs: 48 * 3_600_000 })).toEqual([]);
});

test('a manifest that names it as parent or as its chain keeps it', () => {
  const name = 'orders-2026-01-02T06-00-00';
  const byParent = anEntry({ artifact: 'child', chain: 'elsewhere', parent: name, hour: 60 });
  const byChain = anEntry({ artifact: 'child', chain: name, hour: 60 });
  for (const entry of [byParent, byChain]) expect(removed({ entries: [newerFull, entry] })).toEqual([]);
});

test('a chain that began before it and went on after it keeps it', () => {
  const older = anEntry({ artifact: 'older', hour: 20 });
  const across = anEntry({ artifact: 'across', chain: 'older', parent: 'older', tx: [11, 20], hour: 40 });
  const before = anEntry({ artifact: 'before', chain: 'older', parent: 'older', tx: [11, 20], hour: 25 });
  expect(removed({ entries: [newerFull, older, across] })).toEqual([]);
  expect(removed({ entries: [newerFull, older, before] })).toEqual([orphan.key]);
});

test('what no run of this backup explains stays for ever and is told', () => {
  const foreign = ['artifacts/notes.txt', 'artifacts/a/b/c.backup', orphan.key];
  const { remove, unexplained } = plan({ unnamed: foreign.map((key) => anObject({ key })), writing: [] });
  expect(remove).toEqual([]);
  expect(unexplained).toEqual({ count: 3, samples: foreign.toSorted() });
});

test('a file of another time than the run’s is not the run’s', () => {
  const late = anObject({ key: orphan.key, modifiedAt: atHour(32) });
  expect(plan({ unnamed: [late] })).toMatchObject({ remove: [], unexplained: { count: 1 } });
});

test('a staged object is its run’s by where it lies, encrypted ones too', () => {
  const key = 'artifacts/dead/orders-2026-01-02T06-00-00.backup.enc';
  const staged = anObject({ key, modifiedAt: atHour(40) });
  expect(removed({ unnamed: [staged] })).toEqual([key]);
  expect(removed({ unnamed: [{ ...staged, key: key.replace('/dead/', '/unknown/') }] })).toEqual([]);
});

test('a rejected artifact goes with its mark, and needs no note of its run', () => {
  const mark = {
    key: 'suspect/dead/dead~orders-2026-01-02T06-00-00.backup.json',
    artifactRun: 'dead',
    artifact: 'orders-2026-01-02T06-00-00.backup',
    keys: [orphan.key],
    database: 'orders',
    artifactAt: atHour(30),
    reason: 'VerificationFailed',
    message: 'spoiled',
    foundBy: 'looking',
    foundAt: atHour(30),
  };
  expect(plan({ writing: [], marks: [mark] })).toMatchObject({ remove: [{ key: orphan.key }], marks: [mark.key] });
  expect(plan({ writing: [], marks: [mark], entries: [] })).toMatchObject({ remove: [], marks: [] });
});

test('companion parts go before their artifact', () => {
  const part = anObject({ key: `${orphan.key}.1` });
  expect(removed({ unnamed: [orphan, part] })).toEqual([part.key, orphan.key]);
});

test('every manifest that could name it and was not listed is to be looked for', () => {
  expect(plan().remove[0]?.unlisted).toEqual(['manifests/dead/orders.json']);
  const other = anEntry({ artifact: 'other', hour: 30, run: 'dead' });
  expect(plan({ entries: [newerFull, other] }).remove[0]?.unlisted).toEqual([]);
});

test('documents of a run that left nothing go after thirty days, or after the policy’s age when that is longer', () => {
  const runs = new Map([['failed', atHour(0)]]);
  const documents = (days: number, maxAgeMs?: number) =>
    plan({ unnamed: [], runs, at: atHour(days * day), ...(maxAgeMs && { maxAgeMs }) }).runs;
  expect(documents(30)).toEqual([]);
  expect(documents(31)).toEqual(['failed']);
  expect(documents(31, 60 * 86_400_000)).toEqual([]);
  expect(documents(61, 60 * 86_400_000)).toEqual(['failed']);
});

test('documents that explain an object stay as long as the object does', () => {
  const runs = new Map([['dead', atHour(31)]]);
  expect(plan({ runs, at: atHour(40 * day), entries: [] }).runs).toEqual([]);
  expect(plan({ runs, at: atHour(40 * day) }).runs).toEqual(['dead']);
});
